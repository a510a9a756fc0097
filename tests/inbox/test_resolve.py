"""That a matter is done, and what takes it up again."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import pytest

from connectors import Form, Refused
from inbox.models import (
    Agent,
    Conversation,
    Event,
    Happening,
    Message,
    Outcome,
    Role,
    Status,
    Visibility,
)
from inbox.services import reply, settle, triage
from inbox.services.triage import TriageFault
from sla.models import Clock
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(300)


def history(conversation: Conversation) -> list[tuple[str, dict[str, Any]]]:
    rows = Event.objects.filter(conversation=conversation).order_by("pk")
    return [(row.what, row.data) for row in rows]


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_resolve_while_somebody_waits_asks_why() -> None:
    conversation, marta = make.conversation(), make.agent()

    with pytest.raises(TriageFault, match="still waits"):
        triage.resolve(conversation.pk, by=marta, now=THEN)

    assert fresh(conversation).status == Status.OPEN
    assert history(conversation) == []


@pytest.mark.parametrize("outcome", Outcome)
def test_resolve_with_an_outcome_ends_the_wait_and_meets_nothing(
    outcome: Outcome,
) -> None:
    conversation, marta = make.conversation(), make.agent()

    triage.resolve(
        conversation.pk, by=marta, outcome=outcome, reason="praise", now=THEN
    )

    after = fresh(conversation)
    assert (after.status, after.outcome) == (Status.RESOLVED, outcome)
    assert (after.resolved_at, after.waiting_since) == (THEN, None)
    assert after.next_due_at is None
    assert set(Clock.objects.values_list("outcome", "met_at")) == {(outcome, None)}
    assert history(conversation) == [
        ("outcome", {"outcome": outcome.value, "reason": "praise"}),
        ("resolved", {}),
    ]


def test_resolve_twice_is_once() -> None:
    conversation, marta = make.conversation(), make.agent()
    spam = {"by": marta, "outcome": Outcome.SPAM}

    triage.resolve(conversation.pk, now=THEN, **spam)
    triage.resolve(conversation.pk, now=make.at(900), **spam)

    assert fresh(conversation).resolved_at == THEN
    assert len(history(conversation)) == 2


def test_resolve_answered_needs_no_outcome() -> None:
    channel = make.channel()
    stream = make.stream(channel)
    make.store(
        stream,
        make.item("c1"),
        make.own("o1", thread_id="c1", parent_id="c1", published_at=make.at(5)),
        now=make.at(9),
    )
    conversation = Conversation.objects.get()

    triage.resolve(conversation.pk, by=make.agent(), now=THEN)

    assert fresh(conversation).status == Status.RESOLVED
    assert fresh(conversation).outcome == ""


def test_resolve_over_words_that_nobody_read_is_refused() -> None:
    channel = make.channel()
    stream = make.stream(channel)
    make.store(stream, make.item("c1"))
    conversation = Conversation.objects.get()
    seen = Message.objects.get().pk
    make.store(
        stream,
        make.item("c2", thread_id="c1", published_at=make.at(60)),
        make.item("s1", thread_id="c1", author=make.author("stranger")),
        now=make.at(61),
    )
    resolve = partial(
        triage.resolve,
        conversation.pk,
        by=make.agent(),
        outcome=Outcome.NO_REPLY_NEEDED,
        now=THEN,
    )

    with pytest.raises(TriageFault, match="wrote meanwhile"):
        resolve(seen=seen)
    assert fresh(conversation).waiting_since == make.NOW

    resolve(seen=Message.objects.get(external_id="c2").pk)
    assert fresh(conversation).status == Status.RESOLVED


def test_resolve_is_not_stopped_by_a_strangers_words() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"))
    conversation = Conversation.objects.get()
    seen = Message.objects.get().pk
    make.store(stream, make.item("s1", thread_id="c1", author=make.author("stranger")))

    triage.resolve(
        conversation.pk, by=make.agent(), outcome=Outcome.SPAM, seen=seen, now=THEN
    )

    assert fresh(conversation).status == Status.RESOLVED


@pytest.mark.parametrize("status", [Status.PENDING, Status.SNOOZED])
def test_customers_word_ends_every_rest(status: Status) -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"))
    Conversation.objects.update(status=status, snoozed_until=make.at(9000))

    make.store(
        stream,
        make.item("c2", thread_id="c1", published_at=make.at(60)),
        now=make.at(61),
    )

    after = Conversation.objects.get()
    assert (after.status, after.snoozed_until) == (Status.OPEN, None)
    assert not Event.objects.filter(what=Happening.REOPENED).exists()


@pytest.mark.parametrize("status", [Status.PENDING, Status.SNOOZED])
def test_others_words_and_our_own_end_no_rest(status: Status) -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"))
    Conversation.objects.update(status=status, snoozed_until=make.at(9000))

    make.store(
        stream,
        make.item("c2", thread_id="c1", addressed=False, published_at=make.at(60)),
        make.item("s1", thread_id="c1", author=make.author("stranger")),
        make.own("o1", thread_id="c1", parent_id="c1", published_at=make.at(61)),
        now=make.at(62),
    )

    after = Conversation.objects.get(contact__name="Anna")
    assert (after.status, after.snoozed_until) == (status, make.at(9000))


def test_reopen_takes_it_up_again_and_keeps_the_figures() -> None:
    conversation, marta = make.conversation(), make.agent()
    triage.resolve(conversation.pk, by=marta, outcome=Outcome.SPAM, now=THEN)

    triage.reopen(conversation.pk, by=marta, now=make.at(900))
    triage.reopen(conversation.pk, by=marta, now=make.at(901))

    after = fresh(conversation)
    assert (after.status, after.outcome, after.resolved_at) == (Status.OPEN, "", None)
    assert set(Clock.objects.values_list("outcome", flat=True)) == {"spam"}
    assert [what for what, _data in history(conversation)][-1] == Happening.REOPENED
    assert len(history(conversation)) == 3


def test_admins_see_channels_of_teams_they_are_not_in() -> None:
    conversation = make.conversation()
    elsewhere.outsiders(conversation)
    admin: Agent = make.agent("Ada", role=Role.ADMIN)

    triage.tag(conversation.pk, by=admin, name="seen", now=THEN)

    assert [tag.name for tag in conversation.tags.all()] == ["seen"]


def test_a_dialog_is_private_even_in_a_public_thread() -> None:
    stream = make.stream()
    make.store(
        stream, make.item("c1"), make.item("d1", thread_id="c1", form=Form.MESSAGE)
    )

    visibility = dict(Message.objects.values_list("external_id", "visibility"))
    assert visibility == {"c1": "public", "d1": "private"}


def test_resolve_with_a_reply_on_its_way_asks_for_no_outcome() -> None:
    conversation, marta = make.conversation(), make.agent()
    answered(conversation, marta)

    triage.resolve(conversation.pk, by=marta, now=THEN)

    assert fresh(conversation).status == Status.RESOLVED
    assert fresh(conversation).waiting_since is not None
    assert "outcome" not in [what for what, _data in history(conversation)]


def test_resolve_asks_again_when_the_customer_wrote_after_that_reply() -> None:
    conversation, marta = make.conversation(thread_id="t"), make.agent()
    answered(conversation, marta)
    later = make.item("more", thread_id="t", published_at=make.at(60))
    make.store(make.stream(conversation.channel, name="later"), later, now=make.at(61))

    with pytest.raises(TriageFault):
        triage.resolve(conversation.pk, by=marta, now=THEN)


def test_resolved_in_trust_of_a_reply_that_failed_is_open_again() -> None:
    conversation, marta = make.conversation(), make.agent()
    pressed = answered(conversation, marta)
    triage.resolve(conversation.pk, by=marta, now=THEN)

    settle.fail(pressed, Refused(code="refused"), now=make.at(400))

    assert fresh(conversation).status == Status.OPEN
    assert [what for what, _data in history(conversation)][-2:] == [
        Happening.REOPENED,
        Happening.SEND_FAILED,
    ]


def test_resolved_with_an_outcome_stays_so_when_a_reply_fails() -> None:
    conversation, marta = make.conversation(), make.agent()
    pressed = answered(conversation, marta)
    triage.resolve(conversation.pk, by=marta, outcome=Outcome.SPAM, now=THEN)

    settle.fail(pressed, Refused(code="refused"), now=make.at(400))

    assert fresh(conversation).status == Status.RESOLVED


def answered(conversation: Conversation, by: Agent) -> Message:
    """Send was pressed a moment ago; no worker has looked yet."""
    return reply.submit(
        conversation.pk,
        by=by,
        text="It is on its way.",
        visibility=Visibility.PUBLIC,
        seen=reply.newest(conversation),
        key=uuid.uuid4(),
        now=make.at(5),
    )
