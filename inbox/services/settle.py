"""What the platform said of a reply becomes the row's state.

Lock order as everywhere: the thread, its conversations by id, then the reply. Holding
the thread keeps the reply's own echo, which ingest may be reading right now, from
passing unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from connectors import ConnectorError, Receipt
from inbox.models import (
    Conversation,
    Delivery,
    Happening,
    Message,
    Status,
    Thread,
)
from inbox.services import change, clocks, orphans

DOUBTFUL = (Delivery.SENDING, Delivery.UNKNOWN, Delivery.QUEUED)


def settle(message: Message, receipt: Receipt, *, now: datetime) -> None:
    """The platform has it. Its own echo may have come first, as somebody else's.

    Holds even when the claim ran out meanwhile: a receipt is better than a doubt.
    """
    at = min(receipt.published_at or now, now)
    with _held(message, DOUBTFUL, now=now, named=receipt.external_id) as held:
        if held is None:
            return
        reply = held.reply
        _take_name(held, receipt.external_id)
        reply.external_id = receipt.external_id
        reply.url = receipt.url or reply.url
        reply.delivery = Delivery.SENT
        reply.delivered_at = reply.published_at = at
        reply.claim = reply.claimed_until = reply.send_at = None
        reply.error_code = reply.error_words = ""
        reply.save()
        _bring_home(held)


def move(message: Message, *, now: datetime, **columns: Any) -> bool:
    """Moves a reply that is still in the state and the hands in which we took it;
    whether it was."""
    with _held(message, (Delivery(message.delivery),), now=now) as held:
        if held is None or held.reply.claim != message.claim:
            return False
        Message.objects.filter(pk=message.pk).update(
            claim=None, claimed_until=None, **columns
        )
        if columns.get("delivery") in (Delivery.FAILED, Delivery.UNKNOWN):
            _take_up_again(held.reply, now=now)
    return True


def _take_up_again(reply: Message, *, now: datetime) -> None:
    """What was resolved in trust of this reply is open again: somebody still waits."""
    conversation = Conversation.objects.get(pk=reply.conversation_id or 0)
    if conversation.is_resolved and conversation.waiting_since is not None:
        change.record(
            conversation,
            Happening.REOPENED,
            by=None,
            now=now,
            message=reply,
            why="reply",
        )
        conversation.status, conversation.resolved_at = Status.OPEN, None
        conversation.save(update_fields=["status", "resolved_at"])


def fail(message: Message, error: ConnectorError, *, now: datetime) -> None:
    """The network said no: the agent sees why, the wait stays open."""
    with transaction.atomic():
        failed = move(
            message,
            now=now,
            delivery=Delivery.FAILED,
            send_at=None,
            error_code=error.code,
            error_words=error.words(),
        )
        if failed and message.conversation is not None:
            change.record(
                message.conversation,
                Happening.SEND_FAILED,
                by=None,
                now=now,
                message=message,
                code=error.code,
            )


def is_taken(message: Message, external_id: str) -> bool:
    """Whether this item of the network is another reply that went through us."""
    others = Message.objects.filter(
        channel_id=message.channel_id, external_id=external_id, agent__isnull=False
    )
    return others.exclude(pk=message.pk).exists()


@dataclass(slots=True, kw_only=True)
class _Hold:
    """A reply as it is now, locked; `moments`: what changed since when, and where."""

    reply: Message
    moments: dict[int, datetime] = field(default_factory=dict)

    def touch(self, conversation_id: int | None, at: datetime) -> None:
        if conversation_id is not None:
            self.moments[conversation_id] = min(
                at, self.moments.get(conversation_id, at)
            )


@contextmanager
def _held(
    message: Message, states: Sequence[Delivery], *, now: datetime, named: str = ""
) -> Iterator[_Hold | None]:
    """The reply, locked; None if its state is none of `states`. What the block says of
    it is timed and shown with it. `named`: the network's id that it is about to get."""
    with transaction.atomic():
        Thread.objects.select_for_update(no_key=True).get(pk=message.thread_id or 0)
        _lock_conversations(message, named)
        rows = Message.objects.select_for_update(of=("self",), no_key=True)
        reply = rows.filter(pk=message.pk, delivery__in=states).first()
        if reply is None:
            yield None
            return
        hold = _Hold(reply=reply)
        hold.touch(reply.conversation_id, reply.published_at)
        yield hold
        hold.touch(reply.conversation_id, reply.published_at)
        _show(hold, now)


def _lock_conversations(message: Message, named: str) -> None:
    """The reply's own, and that in which its echo may have been put."""
    echoes = Message.objects.filter(channel_id=message.channel_id, external_id=named)
    wanted = Q(pk=message.conversation_id) | Q(
        pk__in=echoes.exclude(conversation=None).values("conversation_id")
    )
    rows = Conversation.objects.select_for_update(no_key=True)
    list(rows.filter(wanted).order_by("pk").values_list("pk"))


def _take_name(held: _Hold, external_id: str) -> None:
    """What nobody recognised as ours was stored as typed elsewhere: it goes. If it was
    taken for another reply of ours, that one's fate is unknown again."""
    others = Message.objects.filter(
        channel_id=held.reply.channel_id, external_id=external_id
    ).exclude(pk=held.reply.pk)
    for other in others:
        held.touch(other.conversation_id, other.published_at)
        if other.agent_id is None:
            held.reply.handle = held.reply.handle or other.handle
            other.delete()
        else:
            Message.objects.filter(pk=other.pk).update(
                external_id=None,
                delivery=Delivery.UNKNOWN,
                delivered_at=None,
                published_at=other.answered_at or other.published_at,
                send_at=held.reply.last_tried_at,
            )


def _bring_home(held: _Hold) -> None:
    """What answers the reply, and was read before the reply had its name, joins it."""
    reply = held.reply
    if reply.conversation_id is not None and reply.external_id is not None:
        homes = {reply.external_id: reply.conversation_id}
        for orphan in orphans.bring_home(reply.channel_id, homes):
            held.touch(orphan.conversation_id, orphan.published_at)


def _show(held: _Hold, now: datetime) -> None:
    for conversation in Conversation.objects.filter(pk__in=held.moments).order_by("pk"):
        change.touch(conversation, now=now)
        columns = ["version", "changed_at"]
        if conversation.pk == held.reply.conversation_id:
            latest = max(conversation.last_message_at, held.reply.published_at)
            conversation.last_message_at = latest
            columns.append("last_message_at")
        conversation.save(update_fields=columns)
    clocks.refresh(held.moments, now=now)
