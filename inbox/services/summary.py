"""What the feed shows of a conversation, kept on its row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from inbox.models import Conversation, Direction, Message
from inbox.services.change import touch
from inbox.services.write import write

PREVIEW = 280
"""Characters of the newest message that a card keeps."""

COLUMNS = [
    "status",
    "outcome",
    "resolved_at",
    "snoozed_until",
    "opened_at",
    "last_message_at",
    "last_inbound",
    "preview",
    "author",
    "language",
    "news_at",
    "reply_until",
    "version",
    "changed_at",
]


def refresh(
    conversations: Sequence[Conversation], messages: Iterable[Message], *, now: datetime
) -> None:
    """Takes the messages into their conversations' rows and saves those."""
    by_id = {conversation.pk: conversation for conversation in conversations}
    for message in sorted(messages, key=_place):
        conversation = by_id.get(message.conversation_id or 0)
        if conversation is not None:
            _take(conversation, message)
    for conversation in conversations:
        touch(conversation, now=now)
    ordered = sorted(conversations, key=lambda conversation: conversation.pk)
    write(ordered, COLUMNS)


def _take(conversation: Conversation, message: Message) -> None:
    conversation.last_message_at = max(
        conversation.last_message_at, message.published_at
    )
    if message.direction == Direction.OUT:
        return
    if message.fetched_at is not None:
        # Also what comes late and stands above what was read is news.
        conversation.news_at = max(
            conversation.news_at or message.fetched_at, message.fetched_at
        )
    if _is_newest(conversation, message):
        conversation.last_inbound = message
        conversation.preview = message.text[:PREVIEW]
        conversation.author = message.author
        conversation.language = message.language
        conversation.reply_until = message.reply_until


def _is_newest(conversation: Conversation, message: Message) -> bool:
    last = conversation.last_inbound
    return last is None or _place(message) >= _place(last)


def _place(message: Message) -> tuple[datetime, int, int]:
    return (message.published_at, message.position, message.pk)
