"""`manage.py verify`: what can be wrong before anything runs. Needs no database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.template import TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Check that migrations match the models in one line, and templates compile."

    def handle(self, *_args: Any, **_options: Any) -> None:
        faults = [*two_leaves(), *missing_migrations(), *broken_templates()]
        if faults:
            raise SystemExit("\n".join(faults))
        self.stdout.write("Migrations and templates are in order.")


def two_leaves() -> Iterator[str]:
    """Apps whose migrations end in more than one leaf."""
    for app, names in MigrationLoader(None).detect_conflicts().items():
        leaves = ", ".join(sorted(names))
        yield f"{app}: migrations end in {len(names)} leaves: {leaves}"


def missing_migrations() -> Iterator[str]:
    """Changes of our own models that no migration makes yet."""
    loader = MigrationLoader(None)
    if loader.detect_conflicts():
        return
    ours = {app.label for app in apps.get_app_configs() if _is_ours(Path(app.path))}
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=ours, dry_run=True),
    )
    found = detector.changes(graph=loader.graph, trim_to_apps=ours, convert_apps=ours)
    for app, migrations in found.items():
        for operation in migrations[0].operations:
            yield f"{app}: not in a migration: {operation.describe()}"


def broken_templates() -> Iterator[str]:
    """Templates of the project that do not compile."""
    folder = Path(settings.BASE_DIR) / "templates"
    for path in sorted(folder.rglob("*.*")):
        name = str(path.relative_to(folder))
        try:
            get_template(name)
        except TemplateSyntaxError as error:
            yield f"{name}: {error}"


def _is_ours(path: Path) -> bool:
    return path.parent == Path(settings.BASE_DIR)
