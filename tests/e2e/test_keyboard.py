"""All of the desk without a mouse, and the focus where one looks for it."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from inbox.models import Conversation, Outcome
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.scene import Scene


def test_the_feed_is_walked_with_j_and_k(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator)
    cards = desk.page.locator("#feed .card")
    expect(cards).to_have_count(4)

    desk.press("j")
    expect(cards.nth(0)).to_be_focused()
    assert ring(cards.nth(0)) == "solid 2px"
    desk.press("j", "j", "k")
    expect(cards.nth(1)).to_be_focused()
    expect(desk.page.locator("#talk[data-id]")).to_have_count(0)

    desk.press("Enter")
    expect(cards.nth(1)).to_have_attribute("aria-current", "true")
    expect(desk.page.locator("#talk h1")).to_have_text("Ola")
    desk.press("k")
    expect(desk.page.locator("#talk h1")).to_have_text("Marek Dąbrowski")
    expect(cards.nth(0)).to_be_focused()
    desk.press("k")  # there is nothing above
    expect(cards.nth(0)).to_be_focused()
    desk.press("j", "j", "o")
    expect(desk.page.locator("#talk h1")).to_have_text("Tomek Wójcik")
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_a_conversation_is_worked_by_single_keys(
    scene: Scene, open_desk: OpenDesk
) -> None:
    desk = open_desk(scene.people.operator)
    marek = scene.talks["marek"]
    desk.go(f"/conversations/{marek.pk}/")

    desk.press("a")
    expect(desk.page.get_by_role("button", name="Take it")).to_be_focused()
    desk.press("Enter")
    expect(head(desk)).to_contain_text("Marta")
    assert focus_is_in(desk, "talk-head")

    desk.press("t")
    expect(desk.page.locator("#tag-name")).to_be_focused()
    desk.page.keyboard.type("grinder")
    desk.press("Enter")
    expect(desk.page.locator("#beside .tag")).to_have_text("grinder")
    assert focus_is_in(desk, "talk-head")

    desk.press("c")
    expect(desk.page.get_by_role("button", name="Question")).to_be_focused()
    desk.press("ArrowDown", "ArrowDown", "Enter")
    expect(head(desk).locator("summary", has_text="Complaint")).to_be_visible()

    desk.press("e")
    first = desk.page.get_by_role("button", name="No reply needed")
    expect(first).to_be_focused()
    desk.press("Escape")
    expect(first).not_to_be_visible()
    expect(head(desk).locator("summary", has_text="Resolve")).to_be_focused()
    assert Conversation.objects.get(pk=marek.pk).is_resolved is False

    desk.press("e", "ArrowDown", "ArrowDown", "Enter")
    expect(desk.card("Dzień dobry")).to_have_count(0)
    # The next one is open, and has the focus.
    expect(desk.page.locator("#talk h1")).to_have_text("Ola")
    expect(desk.card("Piotrkowska")).to_be_focused()
    marek.refresh_from_db()
    assert (marek.is_resolved, marek.outcome) == (True, Outcome.SPAM)
    assert marek.category == "complaint"
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_keys_rest_while_one_writes(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator)
    desk.go(f"/conversations/{scene.talks['tomek'].pk}/")
    pad, modes = desk.page.locator("#composer textarea"), desk.page.locator(".mode")

    desk.press("r")
    expect(pad).to_be_focused()
    desk.page.keyboard.type("jkoretan?/. it is on its way")
    expect(pad).to_have_value("jkoretan?/. it is on its way")
    expect(desk.page.locator("#talk h1")).to_have_text("Tomek Wójcik")
    expect(desk.page.locator("#key-sheet")).not_to_be_visible()
    expect(desk.page.locator("details.menu[open]")).to_have_count(0)

    desk.press("Escape", "n")
    expect(modes.nth(2).locator("input")).to_be_checked()
    expect(pad).to_be_focused()
    desk.press("Escape", "Shift+R")
    expect(modes.nth(1).locator("input")).to_be_checked()
    expect(desk.page.get_by_role("button", name="Send privately")).to_be_visible()
    desk.press("Escape", "r")
    expect(modes.nth(0).locator("input")).to_be_checked()
    expect(pad).to_have_value("jkoretan?/. it is on its way")
    assert desk.faults == []


def test_the_sheet_the_filter_and_the_panes(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator)
    sheet = desk.page.locator("#key-sheet")
    desk.press("j", "?")
    expect(sheet).to_be_visible()
    desk.press("j")  # rests too: a dialog is open
    desk.press("Escape")
    expect(sheet).not_to_be_visible()
    expect(desk.page.locator("#feed .card").first).to_be_focused()

    desk.press("/")
    expect(desk.page.get_by_label("Channel", exact=True)).to_be_focused()
    desk.press("Escape")
    filters = desk.page.locator("#feed summary", has_text="Filter")
    expect(filters).to_be_focused()
    assert ring(filters) == "solid 2px"

    desk.go(f"/conversations/{scene.talks['ola'].pk}/")
    stops = []
    for _press in range(4):
        desk.press("F6")
        stops.append(desk.page.evaluate(PANE_OF_FOCUS))
    assert stops == ["queues", "feed", "talk", "queues"]
    assert desk.faults == []


def test_what_tab_reaches_is_seen_to_have_the_focus(
    scene: Scene, open_desk: OpenDesk
) -> None:
    desk = open_desk(scene.people.admin)
    for path in (f"/conversations/{scene.talks['tomek'].pk}/", "/people/"):
        desk.go(path)
        reached = []
        for _press in range(80):
            desk.press("Tab")
            reached.append(desk.page.evaluate(FOCUS))
        unseen = {stop["what"] for stop in reached if not stop["isSeen"]}
        assert (path, unseen) == (path, set())
        assert len({stop["what"] for stop in reached}) > 20


PANE_OF_FOCUS = "document.activeElement.closest('nav, section').id"

FOCUS = """() => {
  const at = document.activeElement;
  const name = at.id || at.name || at.textContent.trim().slice(0, 30);
  const what = `${at.tagName} ${name}`;
  if (at === document.body) return { what, isSeen: true };
  // A radio or a checkbox without a face shows the focus on its label; a field shows
  // it on its frame.
  const faces = [at, at.closest("label"), at.closest(".pad"), at.nextElementSibling];
  const isSeen = faces.some((face) => {
    if (!face) return false;
    const style = getComputedStyle(face);
    const isRing = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return isRing || style.boxShadow !== "none";
  });
  return { what, isSeen };
}"""


def ring(of: Locator) -> str:
    """The focus ring that is drawn around it."""
    return str(
        of.evaluate(
            "it => (s => `${s.outlineStyle} ${s.outlineWidth}`)(getComputedStyle(it))"
        )
    )


def head(desk: Desk) -> Locator:
    return desk.page.locator("#talk-head")


def focus_is_in(desk: Desk, place: str) -> bool:
    return bool(
        desk.page.evaluate(
            "id => document.getElementById(id).contains(document.activeElement)", place
        )
    )
