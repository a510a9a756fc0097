"""Looking on the platform for a reply of which nobody knows whether it arrived."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from connectors import FindsOwn
from inbox.models import Delivery, Message
from inbox.models.message import MessageQuerySet
from inbox.services import connections, health, reply
from inbox.services.settle import is_taken, move, settle

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP_AFTER = timedelta(hours=24)
"""From then on only a person can tell."""


def look_for(message_id: int, *, clock: Callable[[], datetime]) -> None:
    """Found: it was sent. Proven absent: queued again under the same key."""
    now = clock()
    # Moved on before the question is asked, so that nobody else asks meanwhile.
    asking = Message.objects.unconfirmed(now).filter(pk=message_id)
    if not asking.update(send_at=now + LOOK_AGAIN):
        return
    rows = Message.objects.select_related("channel", "answers__author__identity")
    message = rows.get(pk=message_id)
    with connections.connected(message.channel, now=now) as connector:
        if not isinstance(connector, FindsOwn):
            _ask_a_person(message)
            return
        try:
            _judge(message, connector, clock)
        except Exception as error:  # noqa: BLE001 - it stays as unknown as it was
            log.warning("reply %s: %s", message.pk, error)
            health.note_error(message.channel, error, now=clock())
            _look_later(message, error, now=clock())


def _judge(
    message: Message, connector: FindsOwn, clock: Callable[[], datetime]
) -> None:
    first = message.first_tried_at or message.published_at
    asked_at = clock()
    receipt = connector.find_own(reply.outbound(message), first - timedelta(minutes=1))
    # The last try may have left our side up to the end of its claim.
    last = (message.last_tried_at or first) + timedelta(seconds=settings.SEND_LEASE)
    if receipt is not None and is_taken(message, receipt.external_id):
        # The very same words were sent twice: which one arrived, no list can tell.
        _ask_a_person(message)
    elif receipt is not None:
        settle(message, receipt, now=clock())
    elif asked_at - last > timedelta(seconds=connector.own_lag):
        move(message, now=asked_at, delivery=Delivery.QUEUED, send_at=asked_at)


def _look_later(message: Message, error: Exception, *, now: datetime) -> None:
    """At the time the network names, and ever more seldom as the reply grows old."""
    age = now - (message.first_tried_at or message.published_at)
    if age > GIVE_UP_AFTER:
        _ask_a_person(message)
        return
    later = max(health.next_try(error, failures=0, now=now), now + age / 10)
    _doubtful(message).update(send_at=later)


def _ask_a_person(message: Message) -> None:
    """The composer asks: it arrived, or send again?"""
    _doubtful(message).update(send_at=None)


def _doubtful(message: Message) -> MessageQuerySet:
    return Message.objects.filter(pk=message.pk, delivery=Delivery.UNKNOWN)
