"""`manage.py verify` finds what it looks for."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.db.models import CharField
from django.template import engines

from inbox.models import Workspace
from socialcare.management.commands import verify


def test_the_project_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify")
    assert capsys.readouterr().out == "Migrations and templates are in order.\n"


def test_a_change_without_a_migration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    field = Workspace._meta.get_field("name")
    assert isinstance(field, CharField)
    monkeypatch.setattr(field, "max_length", 121)
    assert list(verify.missing_migrations()) == [
        "inbox: not in a migration: Alter field name on workspace"
    ]


def test_two_leaves_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves = {"inbox": {"0002_one", "0002_other"}}
    monkeypatch.setattr(MigrationLoader, "detect_conflicts", lambda _self: leaves)
    assert list(verify.two_leaves()) == [
        "inbox: migrations end in 2 leaves: 0002_one, 0002_other"
    ]
    with pytest.raises(SystemExit, match="2 leaves"):
        call_command("verify")


def test_a_broken_template_is_found(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "templates" / "pages"
    folder.mkdir(parents=True)
    (folder / "good.html").write_text("{% if 1 %}{% endif %}")
    (folder / "bad.html").write_text("{% if 1 %}")
    settings.BASE_DIR = tmp_path
    loader = engines["django"].engine.template_loaders[0]
    monkeypatch.setattr(engines["django"].engine, "dirs", [folder.parent])
    loader.reset()
    (found,) = verify.broken_templates()
    assert found.startswith("pages/bad.html: Unclosed tag on line 1: 'if'.")
