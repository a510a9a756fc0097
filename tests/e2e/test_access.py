"""Read by a machine, by a thumb, at any width; and a door that tires of guessing."""

from __future__ import annotations

from types import SimpleNamespace

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from inbox.models import Agent
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.pages import INSIDE, View, views
from tests.e2e.scene import Scene
from tests.running import until
from tests.sandboxes import make_people

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
QUICK = {"preload": False, "resultTypes": ["violations"]}


def test_axe_finds_nothing(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.admin, bypass_csp=True)
    found: list[str] = []
    for name, address in INSIDE.items():
        desk.go(address(scene))
        found += _violations(desk, name, 1440, 390)
    desk.page.context.clear_cookies()
    desk.go("/log-in/")
    found += _violations(desk, "log-in", 1440, 390)
    assert found == []


def test_axe_finds_nothing_in_what_opens(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.admin, bypass_csp=True)
    desk.go(f"/conversations/{scene.talks['tomek'].pk}/")
    found: list[str] = []
    for key in ("a", "t", "e", "c", "/", "?"):
        desk.press(key)
        found += _violations(desk, f"open-{key}", 1440)
        desk.press("Escape")
    desk.page.locator("#composer textarea").fill("It is on its way")
    for mode in ("n", "Shift+R"):
        desk.press("Escape", mode)
        found += _violations(desk, f"mode-{mode}", 1440)
    assert found == []


def test_axe_finds_nothing_in_an_empty_house(
    transactional_db: None, open_desk: OpenDesk
) -> None:
    desk = open_desk(None, bypass_csp=True).go("/set-up/")
    found = _violations(desk, "set-up", 1440, 390)
    desk.enter(make_people().admin)
    found += _violations(desk, "empty", 1440, 390)
    assert found == []


def test_every_page_fits_a_small_phone_and_names_nothing_twice(
    scene: Scene, open_desk: OpenDesk
) -> None:
    desk = open_desk(scene.people.admin, viewport={"width": 320, "height": 640})
    found = {}
    for name, address in INSIDE.items():
        desk.go(address(scene))
        found[name] = (desk.width_missing(), desk.page.evaluate(DOUBLE_IDS))
    assert found == dict.fromkeys(INSIDE, (0, []))


def test_a_thumb_finds_everything_on_a_phone(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.admin, **PHONE)
    small: list[str] = []
    for name, address in INSIDE.items():
        desk.go(address(scene))
        small += [f"{name}: {target}" for target in desk.page.evaluate(SMALL_TARGETS)]
    assert small == []


def test_a_phone_shows_one_pane_at_a_time(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator, **PHONE)
    page = desk.page
    _expect_panes(desk, ["feed", "tab-bar"])

    desk.card("Dzień dobry").tap()
    expect(page.locator("#talk h1")).to_have_text("Marek Dąbrowski")
    _expect_panes(desk, ["talk"])
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.locator("#feed")).to_be_visible()
    _expect_panes(desk, ["feed", "tab-bar"])

    page.get_by_role("link", name="More").tap()
    expect(page.locator("#queues")).to_be_visible()
    _expect_panes(desk, ["queues", "tab-bar"])
    page.locator("#queues .queue-row", has_text="Reports").tap()
    expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_a_phone_reaches_everything_on_the_first_visit(
    people: SimpleNamespace, open_desk: OpenDesk
) -> None:
    desk = open_desk(people.admin, **PHONE)
    desk.shows("Nobody is waiting for an answer yet.")
    _expect_panes(desk, ["tab-bar", "talk"])
    desk.page.get_by_role("link", name="More").tap()
    desk.page.locator("#queues .queue-row", has_text="People").tap()
    expect(desk.page.get_by_role("heading", name="A new colleague")).to_be_visible()
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_no_menu_is_cut_off(scene: Scene, open_desk: OpenDesk) -> None:
    for width, height in ((1440, 900), (1024, 768), (768, 1024), (390, 844)):
        size = {"width": width, "height": height}
        desk = open_desk(scene.people.admin, viewport=size)
        for path in (f"/conversations/{scene.talks['tomek'].pk}/", "/people/"):
            desk.go(path)
            assert (size, path, desk.page.evaluate(CUT_MENUS)) == (size, path, [])


def test_the_door_tires_of_guessing(
    people: SimpleNamespace, open_desk: OpenDesk
) -> None:
    desk = open_desk(None).go("/log-in/")
    for _guess in range(8):
        _guess_password(desk, people.operator)
    desk.shows("There were too many wrong passwords for this address.")
    desk.page.get_by_role("link", name="Back to the log-in").click()
    _guess_password(desk, people.operator, "correct horse battery staple")
    desk.shows("There were too many wrong passwords for this address.")
    # Others come in as ever.
    open_desk(None).log_in(people.lead)


def _guess_password(desk: Desk, agent: Agent, password: str = "1234") -> None:
    if desk.page.locator("input[type=password]").count():
        desk.page.locator("input[name=username]").fill(agent.email)
        desk.page.locator("input[type=password]").fill(password)
        desk.page.locator("main form button.solid").click()


def _violations(desk: Desk, name: str, *widths: int) -> list[str]:
    """What axe objects to, in words short enough to read in a report."""
    return [
        line
        for view in views(desk, name, *widths)
        for line in _objections(view, Axe().run(desk.page, options=QUICK).response)
    ]


def _objections(view: View, response: dict[str, list[dict[str, object]]]) -> list[str]:
    return [
        f"{view}: {rule['id']}: {node['html'][:160]}"
        for rule in response["violations"]
        for node in rule["nodes"]
    ]


def _expect_panes(desk: Desk, names: list[str]) -> None:
    """These are to be seen and no others, as soon as the page has settled."""
    until(lambda: _panes(desk) == names, seconds=3, each=0.1)
    assert _panes(desk) == names


def _panes(desk: Desk) -> list[str]:
    shown = desk.page.evaluate(
        "[...document.querySelectorAll('#queues, #feed, #talk, .tab-bar')]"
        ".filter(pane => pane.checkVisibility())"
        ".map(pane => pane.id || pane.className)"
    )
    return sorted(shown)


SMALL_TARGETS = """() => {
  const all = document.querySelectorAll("a[href], button, summary, input, select");
  // A link among words is exempt (WCAG 2.5.8); a label carries its box's taps.
  const isAmongWords = (it) => it.matches("p a, article a, .words a");
  const faceOf = (it) => it.matches("[type=radio], [type=checkbox]")
    ? it.closest("label") ?? document.querySelector(`label[for="${it.id}"]`) ?? it : it;
  const isTaken = (it) => it.checkVisibility({ visibilityProperty: true })
    && !it.closest(".sr") && it.type !== "hidden";
  return [...all].filter((it) => isTaken(it) && !isAmongWords(it)).map(faceOf)
    .map((it) => [it, it.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
    .map(([it, box]) => `${it.tagName} ${it.textContent.trim().slice(0, 30)}`
      + ` ${Math.round(box.width)}x${Math.round(box.height)}`);
}"""

DOUBLE_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""

CUT_MENUS = """() => [...document.querySelectorAll("details.menu")].flatMap((menu) => {
  if (!menu.checkVisibility()) return [];
  menu.open = true;
  const panel = menu.querySelector(".panel");
  const { left, top, right, bottom } = panel.getBoundingClientRect();
  const corners = [[left + 12, top + 12], [right - 12, bottom - 12]];
  const isWhole = corners.every(([x, y]) => {
    const there = document.elementFromPoint(x, y);
    return there !== null && panel.contains(there);
  });
  menu.open = false;
  const name = menu.querySelector("summary").textContent.trim();
  return isWhole ? [] : [`${name} ${[left, top, right, bottom].map(Math.round)}`];
})"""
