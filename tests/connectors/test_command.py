"""`python -m connectors`, as typed: what holds for every platform."""

import subprocess
import sys
from pathlib import Path

import pytest

import connectors
from connectors.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


def test_it_runs_as_a_module_without_the_rest_of_the_project() -> None:
    """In a plain shell: no settings, no database, no Django imported."""
    code = (
        "import sys, connectors, connectors.__main__, connectors.sandbox\n"
        "connectors.get(connectors.kinds()[0])\n"
        "found = {n.partition('.')[0] for n in sys.modules}\n"
        "print(sorted(found & {'django', 'celery', 'redis', 'psycopg2', 'inbox'}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"


def test_kinds_are_the_folders(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds"]) == 0
    folders = ROOT.glob("connectors/*/connector.py")
    found = capsys.readouterr().out.split()
    assert found == sorted(path.parent.name for path in folders) != []


@pytest.mark.parametrize("kind", connectors.kinds())
def test_endpoints_are_those_of_the_platform(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["endpoints", kind]) == 0
    assert capsys.readouterr().out.split() == sorted(connectors.get(kind).endpoints)


def test_a_wrong_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["check", "no_such_network"])
    assert caught.value.code == 2
    assert "no_such_network" in capsys.readouterr().err
