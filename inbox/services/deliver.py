"""Handing replies to the platform: `queued -> sending -> sent | failed | unknown`.

A reply is claimed by a conditional UPDATE before the platform hears of it. Whatever a
dead worker left as `sending` becomes `unknown`, never `queued`: then the platform is
asked whether it arrived, or a person is. Never twice in silence.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce

from connectors import (
    BudgetSpent,
    ConnectorError,
    FindsOwn,
    Forbidden,
    HumanNeeded,
    NotDelivered,
    RateLimited,
    Receipt,
    Unauthorized,
    Unavailable,
)
from inbox.models import Conversation, Delivery, Happening, Message
from inbox.services import change, clocks, connections, health, reply

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP_AFTER = timedelta(hours=24)
"""An unsent reply older than this is failed: nobody expects it to go out any more."""


def due(*, now: datetime, limit: int) -> list[int]:
    """Replies to send or to look for, the longest waiting first."""
    queued = Message.objects.to_send(now).order_by("send_at", "pk")
    unknown = Message.objects.unconfirmed(now).order_by("send_at", "pk")
    return [
        *queued.values_list("pk", flat=True)[:limit],
        *unknown.values_list("pk", flat=True)[:limit],
    ]


def give_up_claims(*, now: datetime) -> int:
    """What a dead worker was sending: nobody knows whether it arrived."""
    lost = Message.objects.abandoned(now)
    return lost.update(
        delivery=Delivery.UNKNOWN, send_at=now, claim=None, claimed_until=None
    )


def deliver(message_id: int, *, clock: Callable[[], datetime]) -> None:
    """Sends the reply if it is queued and free; looks for it if its fate is unknown."""
    message = claim(message_id, now=clock())
    if message is not None:
        _send(message, clock)
    else:
        _look_for(message_id, clock)


def claim(message_id: int, *, now: datetime) -> Message | None:
    """Takes the reply for sending, else None. Replies of one conversation go out in
    the order in which Send was pressed."""
    earlier = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"),
        delivery__in=(Delivery.QUEUED, Delivery.SENDING),
        pk__lt=OuterRef("pk"),
    )
    mine = uuid.uuid4()
    taken = (
        Message.objects.to_send(now)
        .filter(~Exists(earlier), pk=message_id)
        .update(
            delivery=Delivery.SENDING,
            claim=mine,
            claimed_until=now + timedelta(seconds=settings.SEND_LEASE),
            tries=F("tries") + 1,
            last_tried_at=now,
            first_tried_at=Coalesce("first_tried_at", Value(now)),
        )
    )
    if not taken:
        return None
    rows = Message.objects.select_related("channel", "answers__author__identity")
    return rows.get(pk=message_id)


def _send(message: Message, clock: Callable[[], datetime]) -> None:
    try:
        connector = connections.connect(message.channel, now=clock())
        receipt = connector.send(reply.outbound(message))
    except (Unavailable, RateLimited, BudgetSpent, Unauthorized) as error:
        _put_back(message, error, now=clock())
    except (NotDelivered, Forbidden, HumanNeeded) as error:
        _fail(message, error, now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, it may have arrived
        _lose(message, error, now=clock())
    else:
        settle(message, receipt, now=clock())


def settle(message: Message, receipt: Receipt, *, now: datetime) -> None:
    """The platform has it. Its own echo may have come first, as somebody else's.

    Holds even when the claim ran out meanwhile: a receipt is better than a doubt.
    """
    at = min(receipt.published_at or now, now)
    doubtful = (Delivery.SENDING, Delivery.UNKNOWN, Delivery.QUEUED)
    with _held(message, doubtful, now=now) as current:
        if current is None:
            return
        _absorb_echo(current, receipt.external_id)
        current.external_id = receipt.external_id
        current.url = receipt.url or current.url
        current.delivery = Delivery.SENT
        current.delivered_at = current.published_at = at
        current.claim = current.claimed_until = current.send_at = None
        current.error_code = current.error_words = ""
        current.save()


def _absorb_echo(message: Message, external_id: str) -> None:
    """An echo that nobody recognised was stored as typed elsewhere: it was ours."""
    echoes = Message.objects.filter(
        channel_id=message.channel_id, external_id=external_id
    ).exclude(pk=message.pk)
    for echo in echoes:
        message.handle = message.handle or echo.handle
        echo.delete()


def _put_back(message: Message, error: ConnectorError, *, now: datetime) -> None:
    """It did not go out, and may later: queued again under the same key."""
    health.note_error(message.channel, error, now=now)
    if message.answered_at and now - message.answered_at > GIVE_UP_AFTER:
        _fail(message, error, now=now)
        return
    _move(
        message,
        now=now,
        delivery=Delivery.QUEUED,
        send_at=health.next_try(error, failures=message.tries - 1, now=now),
        error_code=error.code,
        error_words=error.words(),
    )


def _fail(message: Message, error: ConnectorError, *, now: datetime) -> None:
    """The network said no: the agent sees why, the wait stays open."""
    health.note_error(message.channel, error, now=now)
    with _held(message, (Delivery.SENDING,), now=now) as current:
        if current is None or current.conversation is None:
            return
        current.delivery = Delivery.FAILED
        current.claim = current.claimed_until = current.send_at = None
        current.error_code, current.error_words = error.code, error.words()
        current.save()
        change.record(
            current.conversation,
            Happening.SEND_FAILED,
            by=None,
            now=now,
            message=current,
            code=error.code,
        )


def _lose(message: Message, error: Exception, *, now: datetime) -> None:
    """Nobody knows whether it arrived."""
    log.warning("reply %s: %s", message.pk, type(error).__name__)
    _move(
        message,
        now=now,
        delivery=Delivery.UNKNOWN,
        send_at=now + LOOK_AGAIN,
        error_code=health.code(error),
        error_words=health.words(error),
    )


def _look_for(message_id: int, clock: Callable[[], datetime]) -> None:
    """Asks the platform whether a reply of unknown fate arrived, where it can tell."""
    now = clock()
    # Moved on before the question is asked, so that nobody else asks meanwhile.
    asking = Message.objects.unconfirmed(now).filter(pk=message_id)
    if not asking.update(send_at=now + LOOK_AGAIN):
        return
    rows = Message.objects.select_related("channel", "answers__author__identity")
    message = rows.get(pk=message_id)
    connector = connections.connect(message.channel, now=now)
    if not isinstance(connector, FindsOwn):
        # Only a person can tell: the composer asks one.
        Message.objects.filter(pk=message_id).update(send_at=None)
        return
    try:
        _judge(message, connector, clock)
    except ConnectorError as error:
        health.note_error(message.channel, error, now=clock())


def _judge(
    message: Message, connector: FindsOwn, clock: Callable[[], datetime]
) -> None:
    first = message.first_tried_at or message.published_at
    asked_at = clock()
    receipt = connector.find_own(reply.outbound(message), first - timedelta(minutes=1))
    # The last try may have left our side up to the end of its claim.
    last = (message.last_tried_at or first) + timedelta(seconds=settings.SEND_LEASE)
    if receipt is not None:
        settle(message, receipt, now=clock())
    elif asked_at - last > timedelta(seconds=connector.own_lag):
        _move(message, now=asked_at, delivery=Delivery.QUEUED, send_at=asked_at)


def _move(message: Message, *, now: datetime, **columns: Any) -> None:
    """Moves a reply that is still in the state in which we took it."""
    with _held(message, (Delivery(message.delivery),), now=now) as current:
        if current is not None and current.claim == message.claim:
            Message.objects.filter(pk=message.pk).update(
                claim=None, claimed_until=None, **columns
            )


@contextmanager
def _held(
    message: Message, states: Sequence[Delivery], *, now: datetime
) -> Iterator[Message | None]:
    """The reply as it is now, locked after its conversation; None if its state is none
    of `states`. What the block says of it is timed and shown with it."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(
            pk=message.conversation_id or 0
        )
        current = (
            Message.objects.select_for_update(of=("self",))
            .select_related("conversation")
            .filter(pk=message.pk, delivery__in=states)
            .first()
        )
        yield current
        if current is None:
            return
        change.touch(conversation, now=now)
        conversation.last_message_at = max(
            conversation.last_message_at, current.published_at
        )
        conversation.save(update_fields=["version", "changed_at", "last_message_at"])
        earliest = min(message.published_at, current.published_at)
        clocks.refresh({conversation.pk: earliest}, now=now)
