"""Rows of a conversation's history, written straight: minutes after NOW."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Direction,
    Event,
    Happening,
    Message,
    Status,
    Thread,
    Visibility,
)
from tests import make


def minute(count: float) -> datetime:
    return make.NOW + timedelta(minutes=count)


def conversation(**columns: Any) -> Conversation:
    """One without a message."""
    channel = columns.pop("channel", None) or make.channel()
    thread = Thread.objects.create(
        channel=channel, external_id=str(Thread.objects.count()), visibility="public"
    )
    workspace = make.workspace()
    values: dict[str, Any] = {
        "workspace": workspace,
        "channel": channel,
        "contact": workspace.contact_set.create(name="Anna"),
        "thread": thread,
        "team": channel.default_team,
        "form": "comment",
        "status": Status.OPEN,
        "opened_at": make.NOW,
        "last_message_at": make.NOW,
        "changed_at": make.NOW,
    }
    return Conversation.objects.create(**values | columns)


def says(to: Conversation, at: float, **columns: Any) -> Message:
    """The customer's, fetched a minute after it was published."""
    values = {"fetched_at": minute(at + 1), "is_addressed": True}
    return _message(to, at, Direction.IN, **values | columns)


def answers(to: Conversation, at: float, by: Agent | None, **columns: Any) -> Message:
    """Ours: Send pressed at this minute, delivered a minute later."""
    values = {
        "agent": by,
        "answered_at": minute(at) if by else None,
        "delivered_at": minute(at + 1),
        "published_at": minute(at + 1),
        "delivery": Delivery.SENT,
    }
    return _message(to, at, Direction.OUT, **values | columns)


def happens(
    to: Conversation, at: float, what: Happening, *, message: Any = None, **data: Any
) -> Event:
    return Event.objects.create(
        workspace=to.workspace,
        conversation=to,
        channel=to.channel,
        message=message,
        what=what,
        at=minute(at),
        data=data,
    )


def outage(on: Conversation, at: float, *, closes: bool = False) -> Event:
    what = Happening.OUTAGE_CLOSED if closes else Happening.OUTAGE_OPENED
    return Event.objects.create(
        workspace=on.workspace, channel=on.channel, what=what, at=minute(at)
    )


def talk(of: Conversation, count: int, *, answered_by: Agent | None) -> None:
    """A message a minute; with an agent every second one is the agent's reply."""
    Message.objects.bulk_create(
        _said(of, at, by=answered_by if at % 2 else None) for at in range(count)
    )


def _said(of: Conversation, at: int, *, by: Agent | None) -> Message:
    moment = minute(at)
    return Message(
        workspace=of.workspace,
        channel=of.channel,
        thread=of.thread,
        conversation=of,
        direction=Direction.OUT if by else Direction.IN,
        visibility=Visibility.PUBLIC,
        form=of.form,
        published_at=moment,
        is_addressed=by is None,
        fetched_at=None if by else moment,
        agent=by,
        answered_at=moment if by else None,
        delivered_at=moment if by else None,
        delivery=Delivery.SENT if by else Delivery.NONE,
    )


def _message(
    to: Conversation, at: float, direction: Direction, **columns: Any
) -> Message:
    values: dict[str, Any] = {
        "workspace": to.workspace,
        "channel": to.channel,
        "thread": to.thread,
        "conversation": to,
        "direction": direction,
        "visibility": Visibility.PUBLIC,
        "form": to.form,
        "text": "",
        "published_at": minute(at),
    }
    return Message.objects.create(**values | columns)
