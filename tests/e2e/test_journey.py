"""The main job, from the network to the page and back, in one browser."""

from __future__ import annotations

from types import SimpleNamespace

from playwright.sync_api import expect

from connectors.world import World
from inbox.models import Conversation, Delivery, Message
from inbox.models import Direction as Way
from sla.models import Clock
from tests.e2e.desk import Desk
from tests.running import until


def test_a_customer_writes_and_is_answered(
    crew: None, channel: object, world: World, people: SimpleNamespace, desk: Desk
) -> None:
    post = world.post(text="Update 1.4 is out")
    world.comment(on=post, author="tomek", text="Stuck at 37 percent")

    _show_what_is_new(desk)
    desk.open("Stuck at 37 percent")
    desk.shows("Update 1.4 is out")
    _assign_to_me(desk)
    _tag(desk, "firmware")
    _reply(desk, "Hold the steam button for 10 seconds")

    assert until(lambda: _created(world) == 1, seconds=20)
    assert until(
        lambda: (
            Message.objects.filter(direction=Way.OUT, delivery=Delivery.SENT).count()
            == 1
        ),
        seconds=20,
    )
    assert desk.is_unbroken(), "a full page load happened"
    conversation = Conversation.objects.get()
    assert conversation.assignee == people.operator
    assert [tag.name for tag in conversation.tags.all()] == ["firmware"]
    assert conversation.waiting_since is None
    met = Clock.objects.filter(conversation=conversation, met_at__isnull=False)
    assert met.count() == Clock.objects.filter(conversation=conversation).count() > 0
    assert _created(world) == 1
    assert desk.faults == []


def _show_what_is_new(desk: Desk) -> None:
    """New items announce themselves and wait; one press shows them."""
    fresh = desk.page.locator("#feed .fresh")
    expect(fresh).to_be_visible(timeout=40_000)
    fresh.click()


def _assign_to_me(desk: Desk) -> None:
    desk.page.keyboard.press("a")
    desk.page.get_by_role("button", name="Take it").click()
    expect(desk.page.locator("#talk-head")).to_contain_text("Marta")


def _tag(desk: Desk, name: str) -> None:
    desk.page.keyboard.press("t")
    desk.page.locator("#tag-name").fill(name)
    desk.page.keyboard.press("Enter")
    desk.shows(name)


def _reply(desk: Desk, words: str) -> None:
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("r")
    desk.page.locator("#composer-form textarea").fill(words)
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator("#talk .msg.ours", has_text=words)).to_be_visible()


def _created(world: World) -> int:
    return sum(write["created"] for write in world.ledger.as_json()["writes"])
