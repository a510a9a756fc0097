"""With JavaScript off one can do the job: filter, assign, tag, answer, resolve."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import Page, expect

from connectors import Receipt
from inbox.models import Delivery, Message, Outcome, Visibility
from inbox.services import settle
from tests.e2e.conftest import OpenDesk
from tests.e2e.scene import Scene


def test_the_job_is_done_without_a_script(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(None, java_script_enabled=False)
    page, people = desk.page, scene.people
    _log_in(page, desk.base, people.operator.email)
    expect(page.locator("#feed .card")).to_have_count(4)

    # Filter: by a chip, by the form, and back.
    page.locator("#feed .chip", has_text="Comment").click()
    expect(page.locator("#feed .card")).to_have_count(2)
    page.locator("#filter-key").click()
    page.get_by_label("Category").select_option("question")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#feed .card")).to_have_count(1)
    assert "category=question" in page.url

    # Open; the feed beside it stays as it was filtered, after every act.
    page.locator("#feed .card").click()
    expect(page.locator("#talk h1")).to_have_text("Marek Dąbrowski")
    page.locator("#assign-key").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#assign-key")).to_contain_text("Marta Zielińska")
    expect(page.locator("#feed .card")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("Now with Marta Zielińska.")

    page.locator("#tag-key").click()
    page.locator("#tag-name").fill("grinder")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#beside .tag")).to_have_text("grinder")

    # Answer, leave a note, resolve and open again.
    page.locator("#composer textarea").fill("Tak, pasuje.")
    page.get_by_role("button", name="Reply publicly").click()
    expect(page.locator("#talk .msg.ours")).to_contain_text("Tak, pasuje.")
    sent = Message.objects.get(conversation=scene.talks["marek"], agent=people.operator)
    assert (sent.visibility, sent.delivery) == (Visibility.PUBLIC, Delivery.QUEUED)

    settle.settle(sent, Receipt(external_id="there"), now=timezone.now())

    page.locator("#composer textarea").fill("Zapytać o rok.")
    page.locator(".mode", has_text="Note").click()
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#talk .msg.note")).to_contain_text("Zapytać o rok.")

    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    scene.talks["marek"].refresh_from_db()
    assert scene.talks["marek"].is_resolved is True
    page.get_by_role("button", name="Open again").click()
    expect(page.locator("#resolve-key")).to_contain_text("Resolve")
    assert desk.faults == []


def test_a_wait_is_closed_with_its_reason(scene: Scene, open_desk: OpenDesk) -> None:
    desk = open_desk(scene.people.operator, java_script_enabled=False)
    desk.go(f"/conversations/{scene.talks['ola'].pk}/")
    desk.page.locator("#resolve-key").click()
    desk.page.get_by_label("In a word").fill("asked and answered by a friend")
    desk.page.get_by_role("button", name="Answered elsewhere").click()
    expect(desk.page.get_by_role("button", name="Open again")).to_be_visible()
    scene.talks["ola"].refresh_from_db()
    assert scene.talks["ola"].outcome == Outcome.ANSWERED_ELSEWHERE


def test_a_reply_that_came_too_late_is_kept_without_a_script(
    scene: Scene, open_desk: OpenDesk
) -> None:
    desk = open_desk(scene.people.operator, java_script_enabled=False)
    page = desk.page
    desk.go(f"/conversations/{scene.talks['ola'].pk}/")
    scene.says("ola", "Never mind, found it.", minutes=0, thread_id=thread(scene))
    page.locator("#composer textarea").fill("Yes, from nine.")
    page.get_by_role("button", name="Reply publicly").click()
    expect(page.locator(".moved")).to_contain_text("Never mind, found it.")
    expect(page.locator("#composer textarea")).to_have_value("Yes, from nine.")
    assert Message.objects.filter(text="Yes, from nine.").count() == 0
    page.get_by_role("button", name="Send mine as well").click()
    expect(page.locator("#talk .msg.ours")).to_contain_text("Yes, from nine.")


def thread(scene: Scene) -> str:
    return scene.talks["ola"].thread.external_id


def _log_in(page: Page, base: str, email: str) -> None:
    page.goto(f"{base}/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()
