"""From an empty installation to people and a channel at work, on the pages alone."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from inbox.models import Agent, Channel, Membership, Role
from tests import make
from tests.e2e.conftest import OpenDesk
from tests.e2e.desk import Desk
from tests.e2e.scene import open_scene
from tests.sandboxes import PASSWORD, connect_form, make_people


def test_the_first_visit_ends_in_a_living_inbox(
    crew: None, sandbox: Sandbox, world: World, open_desk: OpenDesk
) -> None:
    desk = open_desk(None)
    _set_up(desk)
    desk.shows("Nobody is waiting for an answer yet.")
    desk.shows("Connect the first channel")
    assert [Membership.objects.get().role] == [Role.ADMIN]

    desk.mark()
    _connect(desk, sandbox, world)
    channel = Channel.objects.get()
    assert (channel.name, channel.unauthorized_at) == ("Kawa i Para", None)
    world.mention(author="ola", text="@kawaipara open tomorrow?")
    desk.page.locator("#queues .queue-row", has_text="Everyone").click()
    desk.page.locator("#feed .fresh, #feed .card").locator(
        "visible=true"
    ).first.wait_for(timeout=40_000)
    desk.press(".")
    desk.open("open tomorrow?")

    _pause_sending(desk, channel)
    assert desk.is_unbroken()
    # A second try at the door of a house with people.
    desk.page.goto(f"{desk.base}/set-up/")
    expect(desk.page).to_have_url(f"{desk.base}/")
    assert desk.faults == []


def test_a_wrong_token_is_said_in_words(
    crew: None, sandbox: Sandbox, world: World, open_desk: OpenDesk
) -> None:
    desk = open_desk(make_people().admin)
    world.revoke()
    desk.page.locator("#talk .kinds a").first.click()
    _fill(desk.page, sandbox, world, token="not-the-token")
    failure = desk.page.locator("#test .notice.bad")
    expect(failure).to_be_visible(timeout=20_000)
    expect(failure).not_to_contain_text(re.compile("401|Traceback|not-the-token"))
    desk.page.get_by_role("link", name="Change the settings").click()
    expect(desk.page.get_by_role("button", name="Test the connection")).to_be_visible()
    assert Channel.objects.count() == 0
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_stopping_to_read_says_what_is_lost(open_desk: OpenDesk) -> None:
    scene = open_scene(make_people())
    desk = open_desk(scene.people.admin).go(f"/channels/{scene.channel.pk}/")
    desk.shows("The network keeps what is written; it is read when you start again.")
    desk.page.get_by_role("button", name="Stop reading").click()
    desk.shows("Reading has stopped.")
    scene.channel.refresh_from_db()
    assert scene.channel.reading_stopped_at is not None
    expect(
        desk.page.locator("#queues .queue-row", has_text="@kawaipara")
    ).to_contain_text("reading stopped")
    desk.page.get_by_role("button", name="Read again").click()
    desk.shows("It is read again.")
    scene.channel.refresh_from_db()
    assert scene.channel.reading_stopped_at is None
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def test_people_come_and_go(open_desk: OpenDesk) -> None:
    people = make_people()
    make.channel()
    desk = open_desk(people.admin)
    desk.page.locator("#queues").get_by_role("link", name="People").click()
    _add_team(desk, "Night shift")
    _add_colleague(desk)
    nora = Agent.objects.get(email="nora@example.com")
    assert [team.name for team in nora.teams.all()] == ["Night shift"]

    hers = open_desk(None).log_in_as("nora@example.com")
    row = desk.page.locator("tbody tr", has_text="Nora")
    row.locator("summary", has_text="Operator").click()
    row.get_by_role("button", name="Team lead").click()
    expect(row.locator("summary", has_text="Team lead")).to_be_visible()
    assert Membership.objects.get(agent=nora).role == Role.LEAD

    row.get_by_role("button", name="Deactivate").click()
    expect(row.get_by_role("button", name="Let in again")).to_be_visible()
    # Her open page is led out by itself, and the door stays shut.
    expect(hers.page).to_have_url(re.compile("/log-in/"), timeout=15_000)
    hers.page.get_by_label("E-mail").fill("nora@example.com")
    hers.page.get_by_label("Password").fill(PASSWORD)
    hers.page.get_by_role("button", name="Log in").click()
    hers.shows("This address and password do not go together.")

    # Somebody has to stay admin.
    mine = desk.page.locator("tbody tr", has_text="Ewa")
    mine.get_by_role("button", name="Deactivate").click()
    desk.shows("Somebody has to stay admin.")
    assert Agent.objects.get(pk=people.admin.pk).is_active is True
    assert (desk.is_unbroken(), desk.faults) == (True, [])


def _set_up(desk: Desk) -> None:
    desk.page.goto(f"{desk.base}/")
    expect(desk.page).to_have_url(re.compile("/set-up/"))
    desk.page.get_by_label("Name").fill("Ewa Krawiec")
    desk.page.get_by_label("E-mail").fill("ewa@example.com")
    desk.page.get_by_label("Password").fill("ewa")
    desk.page.get_by_role("button", name="Begin").click()
    expect(desk.page.locator(".field .fault").first).to_be_visible()
    assert Agent.objects.count() == 0
    desk.faults.clear()  # the console names the refused form
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Begin").click()


def _connect(desk: Desk, sandbox: Sandbox, world: World) -> None:
    desk.page.locator("#talk .kinds a").first.click()
    _fill(desk.page, sandbox, world)
    expect(desk.page.locator("#test .notice.good")).to_contain_text(
        "This is Kawa i Para", timeout=20_000
    )
    desk.page.get_by_label("From a day on").check()
    desk.page.get_by_role("button", name="Connect", exact=True).click()
    desk.shows("Say from which day on.")
    desk.faults.clear()  # the console names the refused form
    desk.page.get_by_label("From now on").check()
    desk.page.get_by_role("button", name="Connect", exact=True).click()
    desk.shows("@kawaipara is connected.")
    desk.shows("open on the network")


def _fill(page: Page, sandbox: Sandbox, world: World, *, token: str = "") -> None:
    """The form that the connector describes: one field per setting, secrets hidden."""
    kind = connectors.kinds()[0]
    values = connect_form(sandbox, world)
    for setting in connectors.get(kind).settings:
        field = page.get_by_label(setting.label)
        expect(field).to_have_attribute(
            "type", "password" if setting.secret else "text"
        )
        field.fill(
            (token or values[setting.name]) if setting.secret else values[setting.name]
        )
    page.get_by_role("button", name="Test the connection").click()


def _pause_sending(desk: Desk, channel: Channel) -> None:
    desk.page.locator("#queues").get_by_role("link", name="Channels").click()
    desk.page.locator("main").get_by_role("link", name=channel.name).click()
    desk.page.get_by_role("button", name="Pause sending").click()
    desk.shows("Sending is paused.")
    desk.page.locator("#queues .queue-row", has_text="Everyone").click()
    desk.open("open tomorrow?")
    expect(desk.page.locator("#composer .shut")).to_contain_text(
        "Sending is paused on this channel."
    )
    expect(_modes(desk)).to_have_text(["Note"])


def _modes(desk: Desk) -> Locator:
    return desk.page.locator("#composer .mode")


def _add_team(desk: Desk, name: str) -> None:
    form = desk.page.locator("form[action$='/people/teams/']")
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="New team").click()
    desk.shows(f"The team {name} is there.")


def _add_colleague(desk: Desk) -> None:
    form = desk.page.locator("form[action$='/people/agents/']")
    form.get_by_label("Name").fill("Nora Lis")
    form.get_by_label("E-mail").fill("nora@example.com")
    form.get_by_label("First password").fill(PASSWORD)
    form.get_by_label("Night shift").check()
    form.get_by_role("button", name="Let in").click()
    desk.shows("Nora Lis can log in now.")
