"""Pressing Send: once per press, never over words nobody read, never in public what
was private, and no refusal later that could be said now."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

import connectors
from connectors import Form, Http
from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Delivery,
    Direction,
    Draft,
    Message,
    Stream,
    Visibility,
)
from inbox.services import deliver, drafts, notes, reply
from inbox.services.reply import MovedOn, ReplyFault
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(60)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may ask the network: it is a web request."""

    def asked(*_args: object) -> None:
        raise AssertionError("a request left")

    monkeypatch.setattr(Http, "send", asked)


def press(conversation: Conversation, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "by": fields.pop("by", None) or make.agent(),
        "text": "It is on its way.",
        "visibility": Visibility.PUBLIC,
        "seen": reply.newest(conversation),
        "key": uuid.uuid4(),
        "now": THEN,
    }
    return reply.submit(conversation.pk, **values | fields)


def pressed() -> int:
    return Message.objects.filter(direction=Direction.OUT).count()


def asked(stream: Stream, **fields: Any) -> Conversation:
    item = make.item(**fields)
    make.store(stream, item)
    found = Message.objects.get(channel=stream.channel, external_id=item.external_id)
    assert found.conversation is not None
    return found.conversation


# --- Once ---------------------------------------------------------------------------


def test_submit_makes_a_row_that_is_on_its_way() -> None:
    conversation, marta = make.conversation(), make.agent()
    question = conversation.messages.get()

    row = press(conversation, by=marta, text="  It is on its way.\n")

    assert (row.delivery, row.send_at, row.answered_at) == (Delivery.QUEUED, THEN, THEN)
    assert (row.text, row.agent, row.answers) == ("It is on its way.", marta, question)
    assert (row.thread_id, row.form) == (question.thread_id, question.form)
    conversation.refresh_from_db()
    assert conversation.waiting_since == make.NOW, "only what arrives ends a wait"


def test_submit_pressed_twice_is_one_row() -> None:
    conversation, marta, key = make.conversation(), make.agent(), uuid.uuid4()
    seen = reply.newest(conversation)

    first = press(conversation, by=marta, seen=seen, key=key)
    second = press(conversation, by=marta, seen=seen, key=key, text="Changed.")

    assert (first.pk, first.text) == (second.pk, "It is on its way.")
    assert pressed() == 1


def test_submit_key_of_another_conversation_is_no_way_in() -> None:
    mine, other = make.conversation(), make.conversation()
    there = press(other, text="For Piotr only.")

    with pytest.raises(ReplyFault):
        press(mine, key=there.key)

    assert pressed() == 1


@pytest.mark.parametrize("who", ["another company", "another team", "left"])
def test_submit_outsiders_cannot(who: str) -> None:
    conversation = make.conversation()
    outsider = elsewhere.outsiders(conversation)[who]

    with pytest.raises(Conversation.DoesNotExist):
        press(conversation, by=outsider)
    assert pressed() == 0

    press(conversation, by=elsewhere.insider(conversation))
    assert pressed() == 1


def test_submit_forgets_the_draft_of_the_sender_alone() -> None:
    conversation, marta, tomek = make.conversation(), make.agent(), make.agent("Tomek")
    for agent in (marta, tomek):
        drafts.save(
            conversation.pk, by=agent, text="Well", visibility=Visibility.PUBLIC
        )

    press(conversation, by=marta)

    assert [draft.agent for draft in Draft.objects.all()] == [tomek]


# --- The guard ----------------------------------------------------------------------


def test_submit_customer_wrote_meanwhile_moves_on() -> None:
    stream, marta = make.stream(), make.agent()
    conversation = asked(stream, external_id="c1")
    seen = reply.newest(conversation)
    drafts.save(conversation.pk, by=marta, text="Well", visibility=Visibility.PUBLIC)
    make.store(stream, make.item("c2", thread_id="c1"))

    with pytest.raises(MovedOn):
        press(conversation, by=marta, seen=seen)

    assert pressed() == 0
    assert Draft.objects.get().text == "Well"
    assert press(conversation, by=marta).delivery == Delivery.QUEUED


def test_submit_colleague_answered_meanwhile_moves_on() -> None:
    conversation = make.conversation()
    seen = reply.newest(conversation)
    press(conversation, by=make.agent("Tomek"), seen=seen)

    with pytest.raises(MovedOn):
        press(conversation, by=make.agent(), seen=seen)

    assert pressed() == 1


def test_submit_colleague_typed_elsewhere_meanwhile_moves_on() -> None:
    stream = make.stream()
    conversation = asked(stream, external_id="c1")
    seen = reply.newest(conversation)
    make.store(stream, make.own("o1", thread_id="c1", parent_id="c1"))

    with pytest.raises(MovedOn):
        press(conversation, seen=seen)


def test_submit_stranger_wrote_in_the_thread_does_not_matter() -> None:
    stream = make.stream()
    conversation = asked(stream, external_id="c1")
    seen = reply.newest(conversation)
    make.store(
        stream,
        make.item("s1", thread_id="c1", author=make.author("stranger")),
        make.own("o1", thread_id="c1", parent_id="s1"),
    )

    assert press(conversation, seen=seen).delivery == Delivery.QUEUED


def test_submit_note_of_a_colleague_does_not_matter() -> None:
    conversation = make.conversation()
    seen = reply.newest(conversation)
    notes.add(conversation.pk, by=make.agent("Tomek"), text="I call her.", now=THEN)

    assert press(conversation, seen=seen).delivery == Delivery.QUEUED


# --- What is said now rather than later ----------------------------------------------


def test_submit_too_long_is_refused_before_any_request() -> None:
    conversation = make.conversation()
    limit = connectors.get(conversation.channel.kind).capabilities.length.limit
    assert limit is not None

    with pytest.raises(ReplyFault, match=str(limit)):
        press(conversation, text="ą" * (limit + 1))

    assert pressed() == 0


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_submit_nothing_is_refused(text: str) -> None:
    with pytest.raises(ReplyFault):
        press(make.conversation(), text=text)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"unauthorized_at": make.NOW}, "lost its access"),
        ({"sending_paused_at": make.NOW}, "paused"),
        ({"trouble": {"reply": "forbidden"}}, "not allow"),
    ],
)
def test_submit_closed_channel_says_why(columns: dict[str, Any], words: str) -> None:
    conversation = make.conversation()
    open_one = make.conversation()
    Channel.objects.filter(pk=conversation.channel_id).update(**columns)

    with pytest.raises(ReplyFault, match=words):
        press(conversation)

    assert press(open_one).delivery == Delivery.QUEUED


def test_submit_after_the_networks_window_is_refused() -> None:
    conversation = asked(make.stream(), reply_until=THEN)

    with pytest.raises(ReplyFault, match="over"):
        press(conversation, now=THEN)
    assert press(conversation, now=THEN - timedelta(seconds=1)).pk


def test_submit_private_trouble_leaves_public_replies_alone() -> None:
    conversation = make.conversation()
    Channel.objects.update(trouble={"private_reply": "forbidden"})

    with pytest.raises(ReplyFault):
        press(conversation, visibility=Visibility.PRIVATE)
    assert press(conversation).visibility == Visibility.PUBLIC


# --- Where it goes ------------------------------------------------------------------


def test_submit_private_thread_is_never_answered_in_public() -> None:
    conversation = asked(make.stream(), external_id="d1", form=Form.MESSAGE)

    row = press(conversation, visibility=Visibility.PUBLIC)

    assert row.visibility == Visibility.PRIVATE
    assert reply.outbound(row).visibility == connectors.Visibility.PRIVATE


def test_submit_private_words_under_a_public_thread_stay_private() -> None:
    stream = make.stream()
    asked(stream, external_id="c1")
    conversation = asked(stream, external_id="d1", thread_id="c1", form=Form.MESSAGE)

    assert press(conversation).visibility == Visibility.PRIVATE


def test_submit_answers_the_newest_living_word_of_the_customer() -> None:
    stream = make.stream()
    conversation = asked(stream, external_id="c1")
    for number, seconds in (("c2", 10), ("c3", 20)):
        make.store(
            stream,
            make.item(number, thread_id="c1", published_at=make.at(seconds)),
            now=make.at(seconds),
        )
    make.store(stream, make.item("c3", thread_id="c1", deleted=True, text=""))

    row = press(conversation)

    target = row.answers
    assert target is not None
    assert (target.external_id, row.parent_external_id) == ("c2", "c2")
    assert reply.outbound(row).to == {"id": "c2"}
    assert reply.outbound(row).recipient_handle == "@anna"


def test_outbound_keeps_its_key_over_all_tries() -> None:
    row = press(make.conversation())

    deliver.claim(row.pk, now=THEN)

    again = Message.objects.get(pk=row.pk)
    assert reply.outbound(again).idempotency_key == str(row.key)


def test_newest_counts_words_not_notes() -> None:
    stream, marta = make.stream(), make.agent()
    conversation = asked(stream, external_id="c1")
    first = conversation.messages.get().pk
    notes.add(conversation.pk, by=marta, text="Hm", now=THEN)
    make.store(stream, make.item("s1", thread_id="c1", author=make.author("x")))

    assert reply.newest(conversation) == first


def test_length_rule_of_the_channel() -> None:
    channel: Channel = make.channel()
    channel.notes.create(key="limits", value={"characters": 11, "url": 23})

    rule = reply.length_rule(channel, Visibility.PUBLIC, now=THEN)

    assert rule.limit == 11
    other: Agent = make.agent()
    conversation = make.conversation(channel=channel)
    with pytest.raises(ReplyFault, match="11"):
        press(conversation, by=other, text="twelve chars")
