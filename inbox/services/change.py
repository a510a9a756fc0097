"""One change of one conversation: locked, recorded, timed and shown together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from inbox.models import Agent, Conversation, Event, Happening, Message
from inbox.services import clocks


@contextmanager
def changing(
    conversation_id: int, *, by: Agent, now: datetime, since: datetime | None = None
) -> Iterator[Conversation]:
    """The conversation, locked; what the block sets on it is saved after the block.

    Its clocks are folded anew in the same transaction, since the block appended to
    its history; `since` is the earliest moment that is another now, if not `now`.
    Raises Conversation.DoesNotExist when `by` may not see it.
    """
    with transaction.atomic():
        visible = Conversation.objects.visible_to(by)
        conversation = visible.select_for_update(of=("self",), no_key=True).get(
            pk=conversation_id
        )
        yield conversation
        touch(conversation, now=now)
        conversation.save()
        clocks.refresh({conversation.pk: since or now}, now=now)


def touch(conversation: Conversation, *, now: datetime) -> None:
    """Marks a change that one could see; the caller saves."""
    conversation.version += 1
    conversation.changed_at = now


def record(
    conversation: Conversation,
    what: Happening,
    *,
    by: Agent | None,
    now: datetime,
    message: Message | None = None,
    **data: object,
) -> Event:
    """Appends a line to the history; `data` holds names as they are now."""
    return Event.objects.create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        channel_id=conversation.channel_id,
        message=message,
        agent=by,
        what=what,
        at=now,
        data=data,
    )
