"""How far each agent has read."""

from __future__ import annotations

from datetime import datetime

from inbox.models import Agent, Conversation, ReadState


def mark_read(conversation: Conversation, *, by: Agent, now: datetime) -> None:
    """Opening a conversation reads it; the mark never goes back."""
    state, made = ReadState.objects.get_or_create(
        agent=by, conversation=conversation, defaults={"read_at": now}
    )
    if not made and state.read_at < now:
        ReadState.objects.filter(pk=state.pk, read_at__lt=now).update(read_at=now)
