"""What colleagues tell each other; no customer ever sees it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from inbox.models import Agent, Direction, Draft, Message, Visibility
from inbox.services.change import changing


class NoteFault(Exception):
    """What cannot be done, in the user's words."""


def add(conversation_id: int, *, by: Agent, text: str, now: datetime) -> Message:
    """Adds a note. Closes no wait. Raises NoteFault when it is empty."""
    text = text.strip()
    if not text:
        raise NoteFault(_("The note is empty."))
    with changing(conversation_id, by=by, now=now) as conversation:
        note = Message.objects.create(
            workspace_id=conversation.workspace_id,
            channel_id=conversation.channel_id,
            conversation=conversation,
            direction=Direction.OUT,
            visibility=Visibility.INTERNAL,
            form=conversation.form,
            agent=by,
            text=text,
            published_at=now,
        )
        Draft.objects.filter(
            agent=by, conversation=conversation, visibility=Visibility.INTERNAL
        ).delete()
    return note
