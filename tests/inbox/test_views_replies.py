"""Answering: with and without a script, refused in words, never over a moved thread."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from connectors import Form as ItemForm
from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Draft,
    Message,
    Visibility,
)
from inbox.services import reply
from tests import make
from tests.inbox.browser import browser, replaced, said, scripted, tags

pytestmark = pytest.mark.django_db


def test_a_reply_is_queued_and_the_page_comes_back() -> None:
    agent, conversation = make.agent(), make.conversation()

    answer = send(
        browser(agent), conversation, "It is on its way.", query="?form=comment"
    )

    assert answer.status_code == 303
    assert (
        answer.headers["Location"] == f"/conversations/{conversation.pk}/?form=comment"
    )
    sent = Message.objects.get(agent=agent)
    assert (sent.text, sent.visibility, sent.delivery) == (
        "It is on its way.",
        Visibility.PUBLIC,
        Delivery.QUEUED,
    )


def test_a_script_gets_the_parts_that_changed_and_an_empty_composer() -> None:
    agent, conversation = make.agent(), make.conversation()

    answer = send(scripted(agent), conversation, "It is on its way.")

    assert answer.status_code == 200
    assert set(replaced(answer.content)) == {
        "talk-head",
        "thread",
        "beside",
        f"card-{conversation.pk}",
        "queues",
        "composer",
    }
    assert "The reply is on its way." in answer.headers["HX-Trigger"]
    assert composer(answer.content)["text"] == ""
    assert composer(answer.content)["seen"] == str(reply.newest(conversation))


def test_the_page_offers_a_new_key_each_time_and_one_key_sends_once() -> None:
    agent, conversation = make.agent(), make.conversation()
    address = f"/conversations/{conversation.pk}/"
    client = browser(agent)
    keys = {composer(client.get(address).content)["key"] for _turn in range(2)}
    assert len(keys) == 2

    key = uuid.uuid4()
    send(client, conversation, "Once", key=key)
    send(client, conversation, "Once", key=key)

    assert Message.objects.filter(agent=agent).count() == 1


def test_a_moved_thread_is_shown_with_the_draft_and_three_ways() -> None:
    marta, piotr, conversation = (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.conversation(),
    )
    seen = reply.newest(conversation)
    send(browser(piotr), conversation, "Ten minutes.")

    answer = send(scripted(marta), conversation, "About ten.", seen=seen)

    assert answer.status_code == 409
    words = said(answer.content)
    assert "Not sent. Piotr answered" in words
    assert "Ten minutes." in words
    assert [button for button in BUTTONS if button in words] == list(BUTTONS)
    assert composer(answer.content)["text"] == "About ten."
    assert Draft.objects.get(agent=marta).text == "About ten."
    assert not Message.objects.filter(agent=marta).exists()


BUTTONS = ("Send mine as well", "Keep my draft", "Drop it")


def test_send_mine_as_well_goes_out() -> None:
    marta, piotr, conversation = (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.conversation(),
    )
    seen = reply.newest(conversation)
    send(browser(piotr), conversation, "Ten minutes.")
    refused = send(scripted(marta), conversation, "About ten.", seen=seen)
    fields = composer(refused.content)

    answer = send(
        scripted(marta), conversation, fields["text"], seen=int(fields["seen"])
    )

    assert answer.status_code == 200
    assert Message.objects.get(agent=marta).text == "About ten."


def test_without_a_script_a_moved_thread_is_a_whole_page() -> None:
    marta, conversation = make.agent("Marta"), make.conversation()
    seen = reply.newest(conversation)
    make.store(
        make.stream(conversation.channel, name="later"),
        make.item(thread_id=conversation.thread.external_id, text="And the filter?"),
    )

    answer = send(browser(marta), conversation, "Soon.", seen=seen)

    assert answer.status_code == 409
    assert tags(answer.content, "html") != []
    assert "Not sent. Anna wrote" in said(answer.content)
    assert composer(answer.content)["text"] == "Soon."


def test_dropping_forgets_the_draft() -> None:
    marta, conversation = make.agent("Marta"), make.conversation()
    Draft.objects.create(
        agent=marta, conversation=conversation, text="About ten.", visibility="public"
    )
    client = scripted(marta)

    answer = client.post(
        f"/conversations/{conversation.pk}/draft/",
        {"text": "", "visibility": "public"},
        headers={"HX-Trigger": "draft-drop"},
    )

    assert not Draft.objects.exists()
    assert composer(answer.content)["text"] == ""


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"text": "   "}, "There is nothing to send yet."),
        ({"text": "x" * 20_001}, "This is longer than any network takes."),
        ({"text": "Hello", "visibility": "shouted"}, "Select a valid choice"),
        ({"text": "Hello", "key": "x"}, "Enter a valid UUID."),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(
    fields: dict[str, str], fault: str
) -> None:
    agent, conversation = make.agent(), make.conversation()

    answer = send(scripted(agent), conversation, **{"text": "", **fields})

    assert answer.status_code == 422
    assert fault in said(answer.content)
    assert composer(answer.content)["text"] == fields["text"].strip()
    assert not Message.objects.filter(agent=agent).exists()


def test_the_network_s_own_limit_is_told_and_the_draft_stays() -> None:
    agent, conversation = make.agent(), make.conversation()
    long = "So long. " * 400

    answer = send(scripted(agent), conversation, long)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Draft.objects.get().text.strip() == long.strip()


def test_a_private_thread_offers_no_public_reply() -> None:
    agent = make.agent()
    private = make.conversation(form=ItemForm.MESSAGE)
    public = make.conversation(author=make.author("ben"))

    assert modes(agent, private) == ["private", "internal"]
    assert modes(agent, public) == ["public", "private", "internal"]


def test_a_closed_channel_says_why_and_still_takes_notes() -> None:
    agent, conversation = make.agent(), make.conversation()
    conversation.channel.unauthorized_at = make.NOW
    conversation.channel.save()

    page = browser(agent).get(f"/conversations/{conversation.pk}/")
    answer = send(scripted(agent), conversation, "Hello")

    assert "No reply is possible here. The channel lost its access." in said(
        page.content
    )
    assert modes(agent, conversation) == ["internal"]
    assert answer.status_code == 422
    assert Draft.objects.get().text == "Hello"


def test_a_note_is_for_colleagues_and_leaves_the_wait_open() -> None:
    agent, conversation = make.agent(), make.conversation()

    answer = scripted(agent).post(
        f"/conversations/{conversation.pk}/notes/", {"text": "Ask Dasha"}
    )

    assert answer.status_code == 200
    assert Message.objects.get(agent=agent).visibility == Visibility.INTERNAL
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None


def test_a_draft_is_kept_quietly_and_is_one_s_own() -> None:
    marta, piotr, conversation = (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.conversation(),
    )
    address = f"/conversations/{conversation.pk}/"

    answer = scripted(marta).post(
        f"{address}draft/", {"text": "Dear Anna", "visibility": "private"}
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert "draft-kept" in answer.headers["HX-Trigger"]
    mine = composer(browser(marta).get(address).content)
    assert (mine["text"], mine["visibility"]) == ("Dear Anna", "private")
    assert composer(browser(piotr).get(address).content)["text"] == ""


def test_what_was_sent_does_not_come_back_as_a_draft() -> None:
    agent, conversation, key = make.agent(), make.conversation(), uuid.uuid4()
    send(scripted(agent), conversation, "Sent already", key=key)

    answer = scripted(agent).post(
        f"/conversations/{conversation.pk}/draft/",
        {"text": "Sent alread", "visibility": "public", "key": key},
    )

    assert answer.status_code == 204
    assert not Draft.objects.exists()


def test_a_reply_of_unknown_fate_asks_a_person() -> None:
    agent, conversation = make.agent(), make.conversation()
    send(browser(agent), conversation, "It is on its way.")
    unknown = Message.objects.filter(agent=agent)
    unknown.update(delivery=Delivery.UNKNOWN, send_at=None)
    page = browser(agent).get(f"/conversations/{conversation.pk}/")
    assert "did it arrive?" in said(page.content)

    answer = scripted(agent).post(f"/messages/{unknown.get().pk}/arrival/")

    assert answer.status_code == 200
    assert unknown.get().delivery == Delivery.SENT


def test_a_failed_reply_can_be_sent_again() -> None:
    agent, conversation = make.agent(), make.conversation()
    send(browser(agent), conversation, "It is on its way.")
    failed = Message.objects.filter(agent=agent)
    failed.update(delivery=Delivery.FAILED, error_words="The post is gone.")
    page = browser(agent).get(f"/conversations/{conversation.pk}/")
    assert "Not sent: The post is gone." in said(page.content)

    answer = browser(agent).post(f"/messages/{failed.get().pk}/retry/")

    assert answer.status_code == 303
    assert failed.get().delivery == Delivery.QUEUED


def send(
    client: Client,
    conversation: Conversation,
    text: str,
    *,
    seen: int | None = None,
    query: str = "",
    **fields: Any,
) -> Any:
    values = {
        "text": text,
        "visibility": "public",
        "seen": reply.newest(conversation) if seen is None else seen,
        "key": uuid.uuid4(),
        **fields,
    }
    return client.post(f"/conversations/{conversation.pk}/replies/{query}", values)


def composer(html: bytes) -> dict[str, str]:
    """What the composer would send as it stands on the page."""
    inputs = tags(html, "input")
    fields = {
        one["name"] or "": one.get("value") or ""
        for one in inputs
        if one.get("name") in {"seen", "key"}
    }
    chosen = [
        one["value"] or ""
        for one in inputs
        if one.get("name") == "visibility" and "checked" in one
    ]
    text = html.decode().split("<textarea", 1)[1].split(">", 1)[1]
    return {
        **fields,
        "visibility": chosen[0] if chosen else "",
        "text": text.split("</textarea>", 1)[0].lstrip("\n").strip(),
    }


def modes(agent: Agent, conversation: Conversation) -> list[str]:
    page = browser(agent).get(f"/conversations/{conversation.pk}/")
    return [
        one["value"] or ""
        for one in tags(page.content, "input")
        if one.get("name") == "visibility" and one.get("type") == "radio"
    ]
