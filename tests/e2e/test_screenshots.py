"""Pictures of every page, to be looked at; and what a machine can see in them.

They are written to `test-output/screenshots/`, or to the folder SCREENSHOTS names.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.pages import INSIDE, views
from tests.e2e.scene import Scene

FOLDER = Path(os.environ.get("SCREENSHOTS", "test-output/screenshots"))
WIDTHS = (1440, 768, 390)


def test_a_full_house(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.admin)
    for name, address in INSIDE.items():
        desk.go(address(scene))
        assert _too_wide(desk, name) == []
    assert _unexpected(desk) == []


def test_an_empty_house(people: SimpleNamespace, open_desk: OpenDesk) -> None:
    admin, door = open_desk(people.admin), open_desk(None).go("/log-in/")
    assert _too_wide(admin, "empty") == []
    assert _too_wide(door, "log-in") == []
    assert admin.faults + door.faults == []


def _too_wide(desk: Desk, name: str) -> list[str]:
    """Takes the pictures; names those one would have to scroll sideways in."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = []
    for view in views(desk, name, *WIDTHS):
        desk.page.screenshot(path=FOLDER / f"{view}.png")
        if desk.width_missing() > 0:
            found.append(str(view))
    return found


def _unexpected(desk: Desk) -> list[str]:
    """What the console said, but for the page that is not found on purpose."""
    return [fault for fault in desk.faults if "404" not in fault]
