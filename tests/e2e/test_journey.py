"""The main job, from the network to the page and back, in one browser."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, expect

from connectors.world import World
from inbox.display import wording
from inbox.models import Category, Conversation, Delivery, Message
from inbox.models import Direction as Way
from sla.models import Clock
from sla.policy import Metric, Wait
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.running import until

FIRST = Metric.FIRST_RESPONSE
pytestmark = pytest.mark.usefixtures("crew", "channel")


def test_a_customer_writes_is_answered_and_counted(
    world: World, people: SimpleNamespace, desk: Desk, open_desk: OpenDesk
) -> None:
    post = world.post(text="Update 1.4 is out")
    world.comment(on=post, author="tomek", text="Stuck at 37 percent")

    _show_what_is_new(desk)
    desk.open("Stuck at 37 percent")
    desk.shows("Update 1.4 is out")
    _assign_to_me(desk)
    _tag(desk, "firmware")
    _categorise(desk, "Complaint")
    _note(desk, "The third one this week")
    _reply(desk, "Hold the steam button for 10 seconds")
    _wait_until_sent(count=1)
    # The queue says so by itself, and the conversation asks for no reason any more.
    expect(desk.page.locator("#talk-head button[data-key=e]")).to_be_visible()
    _resolve_and_reopen(desk)

    conversation = Conversation.objects.get()
    assert conversation.assignee == people.operator
    assert [tag.name for tag in conversation.tags.all()] == ["firmware"]
    assert conversation.category == Category.COMPLAINT
    assert conversation.waiting_since is None
    met = Clock.objects.filter(conversation=conversation, met_at__isnull=False)
    assert met.count() == Clock.objects.filter(conversation=conversation).count() > 0
    assert [write["text"] for write in _writes(world)] == [
        "@tomek Hold the steam button for 10 seconds"
    ]
    assert _created(world) == 1
    assert (desk.is_unbroken(), desk.faults) == (True, [])
    _check_the_report(open_desk(people.lead), conversation)


def test_words_that_cross_and_fingers_that_slip(
    world: World, people: SimpleNamespace, desk: Desk
) -> None:
    world.message(author="anya", text="My parcel is empty")
    world.mention(author="ola", text="@kawaipara open tomorrow?")
    _show_what_is_new(desk)

    # A private message is answered privately: there is no public tab to slip into.
    desk.open("My parcel is empty")
    expect(desk.page.locator(".mode", has_text="Public")).to_have_count(0)
    _press_reply(desk, "We are sorry. A new one leaves today.")
    _wait_until_sent(count=1)
    assert [write["private"] for write in _writes(world)] == [True]

    _write_while_the_customer_does(desk, world)
    _wait_until_sent(count=2)
    desk.open("open tomorrow?")
    _press_send_twice(desk, "Yes, from nine.")

    texts = [write["text"] for write in _writes(world)]
    assert texts.count("@ola Yes, from nine.") == 1
    assert (_created(world), Message.objects.filter(direction=Way.OUT).count()) == (
        3,
        3,
    )
    assert desk.is_unbroken()
    # The browser itself tells the console of the one conflict.
    assert [("409" in fault) for fault in desk.faults] == [True]


def _write_while_the_customer_does(desk: Desk, world: World) -> None:
    """What was not seen is not answered; the draft stays, and goes out once it is."""
    _begin(desk, "Shall we call you?")
    world.message(author="anya", text="It came this minute")
    desk.shows("It came this minute")
    desk.press("Control+Enter")
    moved = desk.page.locator(".moved")
    expect(moved).to_contain_text("Not sent. anya wrote")
    expect(moved.locator(".msg")).to_have_count(1)
    expect(moved.locator(".msg")).to_contain_text("It came this minute")
    expect(_pad(desk)).to_have_value("Shall we call you?")
    assert _created(world) == 1

    desk.page.get_by_role("link", name="Keep my draft").click()
    expect(moved).to_have_count(0)
    expect(_pad(desk)).to_have_value("Shall we call you?")
    _pad(desk).fill("Good to hear.")
    desk.press("Control+Enter")


def _press_send_twice(desk: Desk, words: str) -> None:
    """Twice at once, and a third time by a browser that repeats what it sent."""
    _begin(desk, words)
    with desk.page.expect_request(lambda it: it.url.endswith("/replies/")) as sent:
        desk.page.locator(".send:visible").evaluate("it => { it.click(); it.click() }")
    _wait_until_sent(count=3)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    again = desk.page.request.post(
        sent.value.url, data=sent.value.post_data, headers=form
    )
    assert again.ok
    waiting = Message.objects.filter(delivery=Delivery.QUEUED)
    assert until(lambda: not waiting.exists(), seconds=5)


def _check_the_report(desk: Desk, conversation: Conversation) -> None:
    """The lead reads the same figure on the page, behind it, and in the CSV."""
    desk.page.locator("#queues").get_by_role("link", name="Reports").click()
    desk.page.get_by_role("link", name="All hours").click()
    expect(desk.page.get_by_role("link", name="All hours")).to_have_attribute(
        "aria-current", "true"
    )
    waited = _waited(conversation)
    line = desk.page.locator("tbody tr", has_text="Marta Zielińska")
    figures = [
        text.replace("\u00a0", " ") for text in line.locator("a.f").all_inner_texts()
    ]
    spoken = wording.duration(waited).replace("\u00a0", " ")
    assert figures == ["1", spoken, "–", "100 %", "0"]

    link = desk.page.get_by_role("link", name="CSV").get_attribute("href")
    answer = desk.page.request.get(f"{desk.base}{link}")
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
    assert {row["agent"]: row["answered"] for row in rows} == {
        "Marta Zielińska": "1",
        "Outside": "0",
        "In total": "1",
    }
    assert rows[0]["median_seconds"] == str(waited)
    assert (rows[0]["met"], rows[0]["within_target_percent"]) == ("1", "100.00")

    line.locator("a.f").first.click()
    expect(desk.page.get_by_role("heading", name="Behind the figure")).to_be_visible()
    behind = desk.page.locator("tbody tr")
    expect(behind).to_have_count(1)
    expect(behind).to_contain_text("tomek")
    expect(behind).to_contain_text("Marta Zielińska")
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def _waited(conversation: Conversation) -> int:
    """From the moment we had it to Send, in whole seconds, as the clock has it."""
    reply = conversation.messages.get(delivery=Delivery.SENT)
    asked = conversation.messages.get(direction=Way.IN)
    seconds = (reply.answered_at - asked.fetched_at).total_seconds()
    clock = Clock.objects.get(conversation=conversation, wait=Wait.TEAM, metric=FIRST)
    assert abs(clock.wall_seconds - seconds) <= 1
    return int(clock.wall_seconds)


def _show_what_is_new(desk: Desk) -> None:
    """New items announce themselves and wait; one press shows them."""
    fresh = desk.page.locator("#feed .fresh")
    expect(fresh).to_be_visible(timeout=40_000)
    expect(desk.page.locator("#feed .card")).to_have_count(0)
    desk.shows("Nobody waits here.")
    desk.press(".")
    expect(desk.page.locator("#feed .card").first).to_be_visible()
    desk.shows("Choose somebody to answer.")
    expect(desk.page.get_by_text("Nobody waits here.")).not_to_be_visible()


def _assign_to_me(desk: Desk) -> None:
    desk.press("a")
    desk.page.get_by_role("button", name="Take it").click()
    expect(desk.page.locator("#talk-head")).to_contain_text("Marta")


def _tag(desk: Desk, name: str) -> None:
    desk.press("t")
    desk.page.locator("#tag-name").fill(name)
    desk.press("Enter")
    desk.shows(name)


def _categorise(desk: Desk, name: str) -> None:
    desk.press("c")
    desk.page.get_by_role("button", name=name).click()
    expect(desk.page.locator("#category-key")).to_contain_text(name)


def _note(desk: Desk, words: str) -> None:
    desk.press("n")
    _pad(desk).fill(words)
    desk.press("Control+Enter")
    expect(desk.page.locator("#talk .msg.note", has_text=words)).to_be_visible()
    expect(_pad(desk)).to_have_value("")


def _reply(desk: Desk, words: str) -> None:
    desk.press("Escape", "r")
    _press_reply(desk, words)


def _press_reply(desk: Desk, words: str) -> None:
    _begin(desk, words)
    desk.press("Control+Enter")
    expect(desk.page.locator("#talk .msg.ours", has_text=words)).to_be_visible()
    expect(_pad(desk)).to_have_value("")


def _begin(desk: Desk, words: str) -> None:
    _pad(desk).fill(words)
    expect(_pad(desk)).to_be_focused()


def _pad(desk: Desk) -> Locator:
    return desk.page.locator("#composer-form textarea")


def _resolve_and_reopen(desk: Desk) -> None:
    desk.press("Escape", "e")
    expect(desk.page.get_by_role("button", name="Open again")).to_be_visible()
    assert Conversation.objects.get().is_resolved is True
    expect(desk.page.locator("#feed .card")).to_have_count(0)
    desk.press("e")
    expect(desk.page.get_by_role("button", name="Resolve")).to_be_visible()
    assert Conversation.objects.get().is_resolved is False


def _wait_until_sent(*, count: int) -> None:
    sent = Message.objects.filter(direction=Way.OUT, delivery=Delivery.SENT)
    assert until(lambda: sent.count() == count, seconds=20)


def _writes(world: World) -> list[dict[str, object]]:
    return list(world.ledger.as_json()["writes"])


def _created(world: World) -> int:
    return sum(int(str(write["created"])) for write in _writes(world))
