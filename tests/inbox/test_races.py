"""Two transactions at once: the same end whichever is first, and nobody stuck."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from connectors import Form, Receipt
from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Direction,
    Message,
    Outcome,
    Status,
    Stream,
    Visibility,
)
from inbox.services import deliver, reply, triage
from tests import make
from tests.inbox.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 30
LATE = make.at(600)


def press(conversation: Conversation, by: Agent, **fields: Any) -> Message:
    values = {
        "text": "It is on its way.",
        "visibility": Visibility.PUBLIC,
        "seen": reply.newest(conversation),
        "key": uuid.uuid4(),
        "now": make.at(60),
    }
    return reply.submit(conversation.pk, by=by, **values | fields)


def reads(stream: Stream, *items: Any) -> Callable[[], int]:
    return lambda: make.store(stream, *items, now=LATE)


def streams(*names: str) -> list[Stream]:
    channel = make.channel()
    return [make.stream(channel, name=name) for name in names]


def test_two_workers_claim_one_reply() -> None:
    agent = make.agent()

    for _round in range(ROUNDS):
        queued = press(make.conversation(), agent)
        claims = race(*[lambda: deliver.claim(queued.pk, now=LATE)] * 3)  # noqa: B023

        queued.refresh_from_db()
        assert sorted(claim is not None for claim in claims) == [False, False, True]
        assert queued.tries == 1


def test_a_reply_is_pressed_while_the_customer_writes() -> None:
    agent = make.agent()

    for number in range(ROUNDS):
        [stream] = streams("mentions")
        make.store(stream, make.item("c1"))
        conversation = Conversation.objects.get(channel=stream.channel)
        seen = reply.newest(conversation)
        more = make.item("c2", thread_id="c1", published_at=make.at(30))

        pressed, stored = race(
            lambda: press(conversation, agent, seen=seen),  # noqa: B023
            reads(stream, more),
        )

        assert stored == 1, (number, stored)
        assert isinstance(pressed, (Message, reply.MovedOn)), (number, pressed)
        spoken = conversation.messages.count()
        assert spoken == (3 if isinstance(pressed, Message) else 2)
