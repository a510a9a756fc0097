"""Handing replies to the platform: `queued -> sending -> sent | failed | unknown`.

A reply is claimed before the platform hears of it. Whatever a dead worker left as
`sending` becomes `unknown`, never `queued`: then the platform is asked whether it
arrived, or a person is. Never twice in silence.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Coalesce

from connectors import (
    BudgetSpent,
    ConnectorError,
    Forbidden,
    HumanNeeded,
    NotDelivered,
    RateLimited,
    Receipt,
    Unauthorized,
    Unavailable,
)
from inbox.models import Delivery, Message
from inbox.models.message import MessageQuerySet
from inbox.services import connections, health, reply, seek
from inbox.services.settle import fail, move, settle

log = logging.getLogger(__name__)

MOST_ABANDONED = 200
GIVE_UP_AFTER = timedelta(hours=24)
"""An unsent reply older than this is failed: nobody expects it to go out any more."""


def due(*, now: datetime, limit: int) -> list[int]:
    """Replies to send or to look for, the longest waiting first."""
    queued = _free(now).order_by("send_at", "pk")
    unknown = Message.objects.unconfirmed(now).filter(
        channel__unauthorized_at__isnull=True
    )
    return [
        *queued.values_list("pk", flat=True)[:limit],
        *unknown.order_by("send_at", "pk").values_list("pk", flat=True)[:limit],
    ]


def give_up_claims(*, now: datetime) -> int:
    """What a dead worker was sending: nobody knows whether it arrived."""
    lost = Message.objects.abandoned(now).order_by("pk")[:MOST_ABANDONED]
    return sum(
        move(message, now=now, delivery=Delivery.UNKNOWN, send_at=now)
        for message in lost
    )


def deliver(message_id: int, *, clock: Callable[[], datetime]) -> None:
    """Sends the reply if it is queued and free; looks for it if its fate is unknown."""
    message = claim(message_id, now=clock())
    if message is None:
        seek.look_for(message_id, clock=clock)
        return
    try:
        receipt = _send(message, now=clock())
    except (Unavailable, RateLimited, BudgetSpent, Unauthorized) as error:
        health.note_error(message.channel, error, now=clock())
        _put_back(message, error, now=clock())
    except (NotDelivered, Forbidden, HumanNeeded) as error:
        health.note_error(message.channel, error, now=clock())
        fail(message, error, now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, it may have arrived
        _lose(message, error, now=clock())
    else:
        settle(message, receipt, now=clock())


def claim(message_id: int, *, now: datetime) -> Message | None:
    """Takes the reply for sending, else None. Never waits."""
    mine = uuid.uuid4()
    with transaction.atomic():
        # Locked, then changed: an UPDATE over a join would let two workers through.
        free = (
            _free(now)
            .filter(pk=message_id)
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
        )
        taken = Message.objects.filter(pk__in=[row.pk for row in free]).update(
            delivery=Delivery.SENDING,
            claim=mine,
            claimed_until=now + timedelta(seconds=settings.SEND_LEASE),
            tries=F("tries") + 1,
            last_tried_at=now,
            first_tried_at=Coalesce("first_tried_at", Value(now)),
        )
    if not taken:
        return None
    rows = Message.objects.select_related("channel", "answers__author__identity")
    return rows.filter(pk=message_id, claim=mine).first()


def _free(now: datetime) -> MessageQuerySet:
    """Replies of one conversation go out in the order in which Send was pressed: an
    earlier one goes first, also while it is being looked for."""
    earlier = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"), pk__lt=OuterRef("pk")
    )
    # Two questions, because each has an index of its own that holds few rows.
    waiting = earlier.filter(
        delivery__in=(Delivery.QUEUED, Delivery.UNKNOWN), send_at__isnull=False
    )
    leaving = earlier.filter(delivery=Delivery.SENDING)
    return Message.objects.to_send(now).filter(~Exists(waiting), ~Exists(leaving))


def _send(message: Message, *, now: datetime) -> Receipt:
    with connections.connected(message.channel, now=now) as connector:
        return connector.send(reply.outbound(message))


def _put_back(message: Message, error: ConnectorError, *, now: datetime) -> None:
    """It did not go out, and may later: queued again under the same key."""
    if message.answered_at and now - message.answered_at > GIVE_UP_AFTER:
        fail(message, error, now=now)
        return
    move(
        message,
        now=now,
        delivery=Delivery.QUEUED,
        send_at=health.next_try(error, failures=message.tries - 1, now=now),
        error_code=error.code,
        error_words=error.words(),
    )


def _lose(message: Message, error: Exception, *, now: datetime) -> None:
    """Nobody knows whether it arrived."""
    log.warning("reply %s: %s", message.pk, type(error).__name__)
    move(
        message,
        now=now,
        delivery=Delivery.UNKNOWN,
        send_at=now + seek.LOOK_AGAIN,
        error_code=health.code(error),
        error_words=health.words(error),
    )
