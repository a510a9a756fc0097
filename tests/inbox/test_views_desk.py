"""The desk: whole without a script, in parts with one, and what changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import Form as ItemForm
from inbox.models import Agent, Channel, Conversation, ReadState, Role
from inbox.services import triage
from tests import make
from tests.inbox.browser import browser, replaced, said, scripted, tags

pytestmark = pytest.mark.django_db


def test_without_a_script_the_desk_is_links_and_forms() -> None:
    agent, conversation = make.agent(), make.conversation()

    page = browser(agent).get("/?form=comment")

    links = {link.get("href") for link in tags(page.content, "a")}
    assert f"/conversations/{conversation.pk}/?form=comment" in links
    assert {"/?assignee=me", "/?assignee=none", "/"} <= links
    assert "Where is my order?" in said(page.content)


def test_whole_page_and_part_have_the_same_address() -> None:
    agent = make.agent()
    make.conversation()

    whole = browser(agent).get("/")
    part = scripted(agent, target="feed").get("/")
    restored = Client.get(
        scripted(agent, target="feed"),
        "/",
        headers={"HX-History-Restore-Request": "true"},
    )
    boosted = scripted(agent, target="desk").get("/", headers={"HX-Boosted": "true"})

    assert tags(whole.content, "html") != []
    assert tags(part.content, "html") == []
    assert [part["id"] for part in tags(part.content, "section")] == ["feed"]
    assert replaced(part.content) == ["queues"]
    assert tags(restored.content, "html") == tags(boosted.content, "html") != []


def test_the_next_rows_come_alone() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(
        stream, *(make.item(author=make.author(f"person-{n}")) for n in range(52))
    )
    client = browser(agent)
    first = client.get("/")
    more = next(
        link["href"]
        for link in tags(first.content, "a")
        if "after=" in (link.get("href") or "")
    )

    rest = scripted(agent, target="more").get(more or "")
    unscripted = client.get(more or "")

    assert len(cards(first.content)) == 50
    assert len(cards(rest.content)) == len(cards(unscripted.content)) == 2
    assert set(cards(rest.content)).isdisjoint(cards(first.content))
    assert tags(rest.content, "section") == []


def test_bands_say_how_many_are_late() -> None:
    agent, conversation = make.agent(), make.conversation()
    late = timezone.now() - timedelta(minutes=42)
    Conversation.objects.filter(pk=conversation.pk).update(next_due_at=late)

    page = browser(agent).get("/")

    assert [
        band["class"] for band in tags(page.content, "h2") if band.get("class")
    ] == ["band late"]
    assert "Late 1" in said(page.content)
    assert "42 min late" in said(page.content).replace("\xa0", " ")


def test_words_of_customers_are_never_markup() -> None:
    agent = make.agent()
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    conversation = make.conversation(
        text=evil, author=make.author("eve", name=evil, handle=evil)
    )

    for address in ("/", f"/conversations/{conversation.pk}/"):
        page = browser(agent).get(address)
        assert b"<script>alert" not in page.content
        assert all("onerror" not in image for image in tags(page.content, "img"))
        assert "alert(1)" in said(page.content)


def test_links_in_words_open_elsewhere_and_are_https_or_http() -> None:
    agent = make.agent()
    conversation = make.conversation(
        text="See https://example.com/x and javascript:alert(1)"
    )

    page = browser(agent).get(f"/conversations/{conversation.pk}/")

    outward = [
        link
        for link in tags(page.content, "a")
        if not (link.get("href") or "").startswith(("/", "#", "?"))
    ]
    assert [link["href"] for link in outward] == ["https://example.com/x"]


def test_an_empty_installation_says_what_to_do_next() -> None:
    admin, operator = make.agent(role=Role.ADMIN), make.agent()

    mine = browser(admin).get("/")
    theirs = browser(operator).get("/")

    links = {link.get("href") for link in tags(mine.content, "a")}
    assert any((link or "").startswith("/channels/new/") for link in links)
    assert "Nobody is waiting for an answer yet." in said(mine.content)
    assert "An admin connects the first channel" in said(theirs.content)


def test_when_everybody_has_an_answer_it_says_so() -> None:
    agent, conversation = make.agent(), make.conversation()
    Conversation.objects.filter(pk=conversation.pk).update(status="resolved")

    assert "Everyone has an answer." in said(browser(agent).get("/").content)
    assert "Nothing here." in said(browser(agent).get("/?form=review").content)


def test_opening_reads_it_for_oneself_alone() -> None:
    marta, piotr, conversation = make.agent(), make.agent(), make.conversation()

    browser(marta).get(f"/conversations/{conversation.pk}/")

    assert list(ReadState.objects.values_list("agent_id", flat=True)) == [marta.pk]
    assert "unread" not in card_of(marta, conversation)
    assert "unread" in card_of(piotr, conversation)


def test_the_desk_takes_as_many_queries_for_many_as_for_few() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(stream, make.item(author=make.author("anna")))
    client = browser(agent)
    client.get("/")
    few = queries(client)
    make.store(
        stream, *(make.item(author=make.author(f"person-{n}")) for n in range(45))
    )

    assert queries(client) == few <= 20


def test_the_page_speaks_the_agent_s_language_and_time() -> None:
    agent = make.agent(language="pl", time_zone="Asia/Kathmandu", theme="dark")
    conversation = make.conversation()

    page = browser(agent).get(f"/conversations/{conversation.pk}/")

    html = tags(page.content, "html")[0]
    assert (html["lang"], html["data-theme"]) == ("pl", "dark")
    assert page.headers["Content-Language"] == "pl"
    assert "17:45" in said(page.content)  # noon in UTC


# --- What changed since -------------------------------------------------------------


def test_the_pulse_tells_ids_and_versions_and_no_words() -> None:
    agent, since = make.agent(), timezone.now()
    conversation = make.conversation(published_at=since)
    Conversation.objects.filter(pk=conversation.pk).update(
        changed_at=since, news_at=since
    )

    answer = pulse(agent, since.isoformat())

    conversation.refresh_from_db()
    assert answer["changed"] == [
        {"id": conversation.pk, "version": conversation.version, "fresh": True}
    ]
    assert answer["reload"] is False
    assert pulse(agent, (since + timedelta(seconds=16)).isoformat())["changed"] == []


def test_what_the_filter_leaves_out_is_not_fresh() -> None:
    agent, since = make.agent(), timezone.now()
    conversation = make.conversation(form=ItemForm.MENTION)
    Conversation.objects.update(changed_at=since, news_at=since)

    found = [
        pulse(agent, since.isoformat(), form=form)["changed"][0]["fresh"]
        for form in ("mention", "comment")
    ]

    assert found == [True, False]
    triage.assign(conversation.pk, by=agent, to=agent, now=since)
    Conversation.objects.update(news_at=since - timedelta(minutes=5))
    assert pulse(agent, since.isoformat())["changed"][0]["fresh"] is False


def test_the_pulse_keeps_quiet_about_what_one_may_not_see() -> None:
    piotr, since = make.agent("Piotr"), timezone.now()
    hidden = make.conversation()
    hidden.channel.teams.add(make.team("Warranty", make.agent("Marta")))
    Conversation.objects.update(changed_at=since, news_at=since)

    assert pulse(piotr, since.isoformat())["changed"] == []
    rows = scripted(piotr).get(f"/rows/?ids={hidden.pk}")
    assert cards(rows.content) == []


@pytest.mark.parametrize("since", ["", "x", "2026-11-02T12:00:00", "2020-01-01T00:00Z"])
def test_who_was_away_too_long_reloads(since: str) -> None:
    assert pulse(make.agent(), since)["reload"] is True


def test_rows_come_in_the_place_of_those_shown() -> None:
    agent, conversation = make.agent(), make.conversation()

    answer = scripted(agent).get(
        f"/rows/?ids={conversation.pk},999,x&current={conversation.pk}"
    )

    assert replaced(answer.content) == [f"card-{conversation.pk}", "queues"]
    assert tags(answer.content, "a")[0]["aria-current"] == "true"


def test_a_channel_in_trouble_is_marked_in_the_queues() -> None:
    agent, conversation = make.agent(), make.conversation()
    assert "access lost" not in said(browser(agent).get("/").content)
    Channel.objects.filter(pk=conversation.channel_id).update(
        unauthorized_at=timezone.now()
    )

    assert "access lost" in said(browser(agent).get("/").content)


def pulse(agent: Agent, since: str, **query: str) -> dict[str, object]:
    answer: dict[str, object] = (
        scripted(agent).get("/pulse/", {"since": since, **query}).json()
    )
    return answer


def cards(html: bytes) -> list[str]:
    return [
        link["id"] or ""
        for link in tags(html, "a")
        if "card" in (link.get("class") or "")
    ]


def card_of(agent: Agent, conversation: Conversation) -> str:
    page = browser(agent).get("/")
    wanted = f"card-{conversation.pk}"
    found = [one for one in tags(page.content, "a") if one.get("id") == wanted]
    return found[0]["class"] or ""


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as counted:
        client.get("/")
    return len(counted)
