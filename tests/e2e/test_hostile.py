"""What people write to hurt, to show off or by accident: escaped, and it fits."""

from __future__ import annotations

from types import SimpleNamespace

from playwright.sync_api import expect

from connectors import Form, PostRef
from inbox.models import Message
from tests import make
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.scene import open_scene

SCRIPT = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
LINES = "\n".join(f"line {number} of a poem" for number in range(300))
HOSTILE = {
    "emoji": "🥹" * 10_000,
    "family": "👩\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈" * 300,
    "arabic": "أين طلبي؟ دفعت 45 zł \u200f#4471 ولم يصل شيء حتى الآن",
    "override": "safe \u202eexe.gpj\u202c text \u2066\u2067",
    "script": SCRIPT + "{{ 7 * 7 }} {% now 'Y' %} &amp; javascript:alert(1)",
    "zero": "\u200b\u200d\u2060\ufeff" * 400,
    "one-word": "W" * 5_000,
    "address": "https://example.com/" + "path/" * 400 + "?q=<b>&r=\"'",
    "poem": LINES,
    "zalgo": "c" + "\u0337\u0321\u0334" * 400 + "offee",
}
"""By who wrote it."""

LONG_NAME = f"{SCRIPT} " + "Maximilian" * 50


def test_hostile_words_are_words(people: SimpleNamespace, open_desk: OpenDesk) -> None:
    scene = open_scene(people)
    for name, text in HOSTILE.items():
        author = make.author(
            name, name=f"{name} {LONG_NAME}", handle=f"@{SCRIPT}{name}"
        )
        post = PostRef(id=name, text=text, url=f"javascript:alert({name!r})")
        fields = {"post": post} if name in {"script", "one-word", "arabic"} else {}
        if name == "poem":
            fields["form"] = Form.MESSAGE
        scene.says(name, text, minutes=5, author=author, url="javascript:1", **fields)
    desk = open_desk(people.admin)

    assert _harm(desk) == []
    for name in HOSTILE:
        desk.go(f"/conversations/{scene.talks[name].pk}/")
        stored = Message.objects.get(conversation=scene.talks[name]).text
        shown = desk.page.locator("#thread .msg .words")
        if stored.strip():
            assert _letters(shown.last.text_content()) == _letters(stored)
        for width in (1440, 390):
            desk.page.set_viewport_size({"width": width, "height": 800})
            assert (name, width, _harm(desk)) == (name, width, [])
        desk.page.set_viewport_size({"width": 1440, "height": 900})
    assert desk.faults == []


def test_hostile_names_of_ours_are_words(
    people: SimpleNamespace, open_desk: OpenDesk
) -> None:
    scene = open_scene(people)
    scene.says("anna", "Where is my order?", minutes=5)
    desk = open_desk(people.admin, viewport={"width": 390, "height": 844})
    desk.go("/people/")
    teams = desk.page.locator("form[action$='/people/teams/']")
    teams.get_by_label("Name").fill(f"{SCRIPT}{'team' * 8}")
    teams.get_by_role("button", name="New team").click()
    expect(desk.page.locator("#toasts")).to_contain_text("<script>")
    assert _harm(desk) == []

    desk.go(f"/conversations/{scene.talks['anna'].pk}/")
    desk.page.locator("#tag-key").click()
    desk.page.locator("#tag-name").fill('"><script>hurt=1</script>')
    desk.press("Enter")
    expect(desk.page.locator("#toasts")).to_have_text("Tagged.")
    desk.page.locator("#composer textarea").fill(f"</textarea>{SCRIPT}")
    desk.page.locator(".mode", has_text="Note").click()
    desk.page.get_by_role("button", name="Add the note").click()
    expect(desk.page.locator("#thread .msg.note")).to_contain_text("</textarea>")
    assert _harm(desk) == []

    desk.go("/?tag=%22%3E%3Cscript%3Ewindow.hurt=1%3C/script%3E&assignee=%00&after=~")
    assert _harm(desk) == []
    assert [fault for fault in desk.faults if "404" not in fault] == []


def _harm(desk: Desk) -> list[str]:
    """Whatever ran, widened the page, or leads where no link may lead."""
    ran = desk.page.evaluate("window.hurt === undefined ? [] : ['it ran']")
    planted = desk.page.evaluate(
        "[...document.querySelectorAll('img, [onerror], [href^=\"javascript:\" i]')]"
        ".map(it => it.outerHTML)"
    )
    wide = [f"{desk.width_missing()} px too wide"] if desk.width_missing() > 0 else []
    return [*ran, *planted, *wide]


def _letters(text: str | None) -> str:
    """Without the blanks that a page folds."""
    return "".join((text or "").split())
