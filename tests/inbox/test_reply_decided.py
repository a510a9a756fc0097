"""What a person decides of a reply that failed or was never confirmed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from inbox.models import (
    Conversation,
    Delivery,
    Event,
    Happening,
    Message,
    Visibility,
)
from inbox.services import reply
from sla.models import Clock
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(60)


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


def lost(conversation: Conversation, **columns: Any) -> Message:
    row = press(conversation)
    values = {
        "delivery": Delivery.UNKNOWN,
        "send_at": None,
        "first_tried_at": make.at(61),
        "error_code": "unknown",
    }
    Message.objects.filter(pk=row.pk).update(**values | columns)
    return Message.objects.get(pk=row.pk)


def test_confirm_arrived_ends_the_wait_at_the_first_try() -> None:
    conversation = make.conversation()
    row = lost(conversation)

    reply.confirm_arrived(row.pk, by=make.agent(), now=make.at(900))

    row.refresh_from_db()
    conversation.refresh_from_db()
    assert (row.delivery, row.delivered_at) == (Delivery.SENT, make.at(61))
    assert row.error_code == ""
    assert conversation.waiting_since is None
    assert conversation.last_message_at == make.at(61)
    assert set(Clock.objects.values_list("closed_at", flat=True)) == {make.at(61)}


@pytest.mark.parametrize("delivery", [Delivery.QUEUED, Delivery.FAILED, Delivery.SENT])
def test_confirm_arrived_is_for_unknown_ones_only(delivery: Delivery) -> None:
    row = lost(make.conversation(), delivery=delivery)

    reply.confirm_arrived(row.pk, by=make.agent(), now=make.at(900))

    row.refresh_from_db()
    assert (row.delivery, row.delivered_at) == (delivery, None)


@pytest.mark.parametrize("delivery", [Delivery.UNKNOWN, Delivery.FAILED])
def test_send_again_queues_it_under_the_same_key(delivery: Delivery) -> None:
    conversation, marta = make.conversation(), make.agent()
    row = lost(conversation, delivery=delivery)

    reply.send_again(row.pk, by=marta, now=make.at(900))

    again = Message.objects.get(pk=row.pk)
    event = Event.objects.get(what=Happening.SENT_AGAIN)
    assert (again.delivery, again.send_at) == (Delivery.QUEUED, make.at(900))
    assert (again.key, again.error_code) == (row.key, "")
    assert (event.agent, event.message) == (marta, again)


def test_send_again_of_a_refused_reply_is_pressed_anew() -> None:
    """Until then somebody waited for us, not for the network."""
    refused = lost(make.conversation(), delivery=Delivery.FAILED)
    doubtful = lost(make.conversation())

    for row in (refused, doubtful):
        reply.send_again(row.pk, by=make.agent(), now=make.at(900))
        row.refresh_from_db()

    assert refused.answered_at == make.at(900)
    assert doubtful.answered_at == THEN


@pytest.mark.parametrize("delivery", [Delivery.QUEUED, Delivery.SENDING, Delivery.SENT])
def test_send_again_never_sends_twice(delivery: Delivery) -> None:
    row = lost(make.conversation(), delivery=delivery)

    reply.send_again(row.pk, by=make.agent(), now=make.at(900))

    row.refresh_from_db()
    assert row.delivery == delivery
    assert not Event.objects.filter(what=Happening.SENT_AGAIN).exists()


@pytest.mark.parametrize("verb", [reply.confirm_arrived, reply.send_again])
def test_deciding_outsiders_cannot(verb: Any) -> None:
    conversation = make.conversation()
    row = lost(conversation)

    for outsider in elsewhere.outsiders(conversation).values():
        with pytest.raises(Conversation.DoesNotExist):
            verb(row.pk, by=outsider, now=make.at(900))

    row.refresh_from_db()
    assert row.delivery == Delivery.UNKNOWN
