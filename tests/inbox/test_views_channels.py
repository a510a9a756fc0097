"""Connecting an account, step by step, and its two switches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

import connectors
from inbox.display.guide import guide
from inbox.models import Channel, ConnectionTest, Quarantine, Role
from inbox.services import workspaces
from tests import make
from tests.inbox.browser import browser, said, scripted, tags

pytestmark = pytest.mark.django_db

KIND = connectors.kinds()[0]
SETTINGS = connectors.get(KIND).settings
ACCOUNT = {
    "id": "7",
    "name": "Kawa i Para",
    "handle": "@kawaipara",
    "avatar": None,
    "url": None,
    "identities": ["7"],
    "lacks": [],
    "notes": {},
}


def test_the_form_is_what_the_connector_asks_for_and_secrets_are_hidden() -> None:
    page = browser(admin()).get(f"/channels/new/{KIND}/")

    kinds = {
        field["name"]: field["type"]
        for field in tags(page.content, "input")
        if field.get("name") in {setting.name for setting in SETTINGS}
    }
    assert kinds == {
        setting.name: "password" if setting.secret else "text" for setting in SETTINGS
    }
    assert tags(page.content, "article")[0]["class"] == "guide"


def test_an_unknown_network_does_not_exist() -> None:
    assert browser(admin()).get("/channels/new/carrier-pigeon/").status_code == 404


def test_sending_the_form_starts_a_test_and_shows_how_it_goes() -> None:
    client = browser(admin())

    answer = client.post(f"/channels/new/{KIND}/", values())

    test = ConnectionTest.objects.get()
    assert answer.headers["Location"] == f"/channels/tests/{test.pk}/"
    assert test.settings == values()
    page = client.get(answer.headers["Location"])
    assert "Asking the network who we are" in said(page.content)
    assert tags(page.content, "section")[0]["hx-trigger"] == "every 1s"
    assert all(value not in page.content.decode() for value in secrets())


def test_a_form_with_gaps_is_refused() -> None:
    answer = browser(admin()).post(f"/channels/new/{KIND}/", {})

    assert answer.status_code == 422
    assert not ConnectionTest.objects.exists()


def test_secrets_are_not_readable_in_the_database() -> None:
    browser(admin()).post(f"/channels/new/{KIND}/", values())

    raw = ConnectionTest.objects.extra(select={"raw": "settings::text"}).get().raw
    assert all(secret not in raw for secret in secrets())


def test_a_test_that_failed_says_why_and_asks_no_more() -> None:
    test = connection_test(error_code="unauthorized", error_words="The key is bad.")

    page = scripted(admin()).get(f"/channels/tests/{test.pk}/")

    assert "The key is bad." in said(page.content)
    assert "hx-trigger" not in tags(page.content, "section")[0]


def test_a_test_that_went_well_becomes_a_channel_read_from_now_on() -> None:
    test, now = connection_test(account=ACCOUNT), timezone.now()
    client = browser(admin())
    page = client.get(f"/channels/tests/{test.pk}/")
    assert "This is Kawa i Para, @kawaipara." in said(page.content)

    answer = client.post(
        f"/channels/tests/{test.pk}/channel/", {"begin": "now", "team": team()}
    )

    channel = Channel.objects.get()
    assert answer.headers["Location"] == f"/channels/{channel.pk}/"
    assert abs(channel.read_from - now) < timedelta(minutes=1)
    assert (channel.unanswered_from - channel.read_from) == -timedelta(days=7)
    assert channel.streams.count() > 0


def test_an_admin_may_choose_from_when() -> None:
    test = connection_test(account=ACCOUNT)

    browser(admin()).post(
        f"/channels/tests/{test.pk}/channel/",
        {"begin": "chosen", "day": "2026-10-01", "team": team()},
    )

    assert Channel.objects.get().read_from == datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"begin": "chosen"}, "Say from which day on."),
        ({"begin": "chosen", "day": "2999-01-01"}, "This day is yet to come."),
        ({"begin": "someday"}, "Select a valid choice."),
        ({"team": "999999"}, "Select a valid choice."),
    ],
)
def test_from_when_is_refused_in_words(fields: dict[str, str], fault: str) -> None:
    test = connection_test(account=ACCOUNT)

    answer = browser(admin()).post(
        f"/channels/tests/{test.pk}/channel/",
        {"begin": "now", "team": team(), **fields},
    )

    assert answer.status_code == 422
    assert fault in said(answer.content)
    assert not Channel.objects.exists()


def test_an_account_is_connected_once() -> None:
    client = browser(admin())
    for _turn in range(2):
        test = connection_test(account=ACCOUNT)
        answer = client.post(
            f"/channels/tests/{test.pk}/channel/", {"begin": "now", "team": team()}
        )

    assert answer.status_code == 422
    assert "This account is connected already." in said(answer.content)
    assert Channel.objects.count() == 1


def test_sending_and_reading_have_a_switch_each() -> None:
    client, channel = browser(admin()), make.channel()
    states = []
    for resource, to in (
        ("sending", "off"),
        ("reading", "off"),
        ("sending", "on"),
        ("reading", "on"),
    ):
        client.post(f"/channels/{channel.pk}/{resource}/", {"to": to})
        channel.refresh_from_db()
        states.append(
            (bool(channel.sending_paused_at), bool(channel.reading_stopped_at))
        )

    assert states == [(True, False), (True, True), (False, True), (False, False)]
    words = said(client.get(f"/channels/{channel.pk}/").content)
    for expected in ("paused sending", "stopped reading", "started reading"):
        assert expected in words


def test_a_switch_knows_on_and_off_alone() -> None:
    channel = make.channel()

    answer = browser(admin()).post(f"/channels/{channel.pk}/sending/", {"to": "maybe"})

    channel.refresh_from_db()
    assert (answer.status_code, channel.sending_paused_at) == (404, None)


def test_leads_see_how_many_items_nobody_could_read() -> None:
    channel, lead = make.channel(), make.agent(role=Role.LEAD)
    for digest in ("a", "b"):
        Quarantine.objects.create(
            channel=channel,
            stream="mentions",
            digest=digest,
            raw="{",
            reason="not JSON",
            first_seen_at=make.NOW,
            last_seen_at=make.NOW,
        )

    words = said(browser(lead).get("/channels/").content)

    assert "2 items we could not read" in words


def test_a_stream_that_fails_says_so_in_words() -> None:
    stream = make.stream()
    stream.failures, stream.error_words = 3, "The server answers with an error."
    stream.save()

    words = said(browser(make.agent(role=Role.LEAD)).get("/channels/").content)

    assert "The server answers with an error." in words


def test_who_sees_a_channel_can_be_changed() -> None:
    channel, warranty = make.channel(), make.team("Warranty")

    browser(admin()).post(f"/channels/{channel.pk}/teams/", {"teams": [warranty.pk]})

    assert list(channel.teams.all()) == [warranty]


# --- The guide ----------------------------------------------------------------------


def test_a_guide_is_laid_out() -> None:
    html = guide(
        "# Keys\nOpen **Settings**.\n\n1. Copy\n   it\n2. Paste `key`\n\n- x\n"
        "\n1. Choose:\n   - `read`,\n     all of it\n   - `write`\n2. Save"
    )

    assert html.splitlines() == [
        "<h2>Keys</h2>",
        "<p>Open <b>Settings</b>.</p>",
        "<ol><li>Copy it</li><li>Paste <code>key</code></li></ol>",
        "<ul><li>x</li></ul>",
        "<ol><li>Choose:<ul><li><code>read</code>, all of it</li>"
        "<li><code>write</code></li></ul></li><li>Save</li></ol>",
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '[x](https://e.example/"onclick="alert(1))',
        "# <img src=x onerror=alert(1)>",
        "`<b>`",
        "- <i>",
    ],
)
def test_nothing_in_a_guide_is_markup_of_its_own(evil: str) -> None:
    html = guide(evil)

    allowed = {"p", "h2", "ul", "li", "code", "a"}
    found = {
        name
        for name in ("script", "img", "i", "b", *allowed)
        if tags(html, name) and name not in allowed
    }
    assert found == set()
    for link in tags(html, "a"):
        assert set(link) == {"href", "target", "rel"}
        assert (link["href"] or "").startswith("https://")


def admin() -> Any:
    return make.agent("Ewa", role=Role.ADMIN)


def team() -> int:
    return workspaces.default_team(make.workspace()).pk


def values() -> dict[str, str]:
    return {setting.name: f"value-of-{setting.name}" for setting in SETTINGS}


def secrets() -> list[str]:
    return [f"value-of-{setting.name}" for setting in SETTINGS if setting.secret]


def connection_test(**columns: Any) -> ConnectionTest:
    """A test that a worker has finished."""
    return ConnectionTest.objects.create(
        workspace=make.workspace(),
        kind=KIND,
        settings=values(),
        asked_by=make.agent(),
        started_at=timezone.now(),
        finished_at=timezone.now(),
        **columns,
    )
