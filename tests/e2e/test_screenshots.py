"""Pictures of every page, to be looked at; and what a machine can see in them.

They are written to `test-output/screenshots/`, or to the folder SCREENSHOTS names.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

from django.utils import timezone

from inbox.models import Delivery, Direction
from inbox.services import channels
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.pages import INSIDE, views
from tests.e2e.scene import Scene
from tests.inbox import told

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


def test_what_opens_and_what_goes_wrong(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator)
    ola, tomek = (
        f"/conversations/{scene.talks[name].pk}/" for name in ("ola", "tomek")
    )
    wide: list[str] = []
    for key, name in OPENERS.items():
        desk.page.set_viewport_size({"width": 1440, "height": 900})
        desk.go("/" if key == "/" else tomek).press(key)
        wide += _too_wide(desk, name)
    desk.go("/#queues")
    wide += _too_wide(desk, "more")
    desk.go(ola)
    desk.page.locator("#composer textarea").fill("Yes, from nine.")
    there = scene.talks["ola"].thread.external_id
    scene.says("ola", "Never mind, found it.", minutes=0, thread_id=there)
    desk.press("Control+Enter")
    desk.page.locator(".moved").wait_for()
    wide += _too_wide(desk, "moved")
    _trouble(scene)
    desk.go(tomek)
    wide += _too_wide(desk, "trouble")
    assert wide == []


OPENERS = {
    "a": "assign",
    "t": "tag",
    "c": "category",
    "e": "resolve",
    "/": "filter",
    "?": "keys",
}


def _trouble(scene: Scene) -> None:
    """A paused channel, replies that failed or whose fate is unknown, words that were
    edited and words that are gone."""
    now, talk = timezone.now(), scene.talks["tomek"]
    for state, text in ((Delivery.FAILED, "Too late?"), (Delivery.UNKNOWN, "Try 1.5")):
        told.answers(talk, 0, scene.people.operator, text=text, delivery=state)
    talk.messages.filter(delivery=Delivery.FAILED).update(
        error_words="The text is long."
    )
    talk.messages.exclude(delivery=Delivery.SENT).filter(agent__isnull=False).update(
        published_at=now, answered_at=now
    )
    theirs = talk.messages.filter(direction=Direction.IN).order_by("pk")
    first, last = theirs[0], theirs[1]
    first.versions.create(text="Stuck since the update", replaced_at=now)
    theirs.filter(pk=last.pk).update(deleted_at=now)
    channels.pause_sending(scene.channel, by=scene.people.admin, now=now)


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
