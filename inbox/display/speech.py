"""A message as it is read: who says it to whom, when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.display import wording
from inbox.models import (
    Attachment,
    Conversation,
    Delivery,
    Direction,
    Message,
    Visibility,
)

CLOSE = timedelta(minutes=10)
"""The same speaker within this time needs no second by-line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What became of a reply of ours. Sent says nothing."""

    tone: str
    icon: str
    words: str
    may_settle: bool = False
    """The agent may say whether it arrived, or try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    text: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A message, ready to lay out."""

    id: int
    at: datetime
    time: str
    title: str
    speaker: str
    handle: str
    by: str
    """Who of us wrote it; empty for others' words and for those typed elsewhere."""
    text: str
    language: str
    url: str
    voice: str
    """`in`, `public`, `private` or `note`."""
    is_stranger: bool
    is_next: bool
    is_outside: bool
    gone: str
    edited: str
    versions: tuple[Version, ...]
    attachments: tuple[Attachment, ...]
    outgoing: Outgoing | None


def speeches(
    rows: Sequence[Message], conversation: Conversation, *, now: datetime
) -> Iterator[Speech]:
    """The rows, in order, as they are read in `conversation`."""
    before: Message | None = None
    for row in rows:
        yield speech(row, conversation, now=now, before=before)
        before = row


def speech(
    row: Message,
    conversation: Conversation,
    *,
    now: datetime,
    before: Message | None = None,
) -> Speech:
    author = row.author
    is_out = row.direction == Direction.OUT
    brand = row.channel.name or str(row.channel)
    return Speech(
        id=row.pk,
        at=row.published_at,
        time=wording.clock_time(row.published_at),
        title=wording.exact(row.published_at),
        speaker=_speaker(row, brand),
        handle="" if is_out else ((author.handle if author else "") or ""),
        by=row.agent.name if is_out and row.agent and not row.is_note else "",
        text=row.text,
        language=row.language or "",
        url=row.url or "",
        voice=_voice(row),
        is_stranger=row.conversation_id != conversation.pk,
        is_next=_goes_on(before, row),
        is_outside=row.is_outside,
        gone=_gone(row, now=now),
        edited=_edited(row),
        versions=tuple(
            Version(text=old.text, until=wording.exact(old.replaced_at))
            for old in sorted(row.versions.all(), key=lambda old: old.replaced_at)
        ),
        attachments=tuple(
            sorted(row.attachments.all(), key=lambda file: file.position)
        ),
        outgoing=_outgoing(row) if is_out else None,
    )


def _speaker(row: Message, brand: str) -> str:
    if row.is_note:
        return row.agent.name if row.agent else brand
    if row.direction == Direction.OUT:
        return brand
    author = row.author
    return ((author.name or author.handle) if author else "") or _("somebody")


def _voice(row: Message) -> str:
    if row.is_note:
        return "note"
    if row.direction == Direction.IN:
        return "in"
    return "private" if row.visibility == Visibility.PRIVATE else "public"


def _goes_on(before: Message | None, row: Message) -> bool:
    """The same customer goes on within minutes, on the same day."""
    if before is None or row.direction == Direction.OUT or before.deleted_at:
        return False
    return (
        before.direction == row.direction
        and before.author_id is not None
        and _person(before) == _person(row)
        and before.conversation_id == row.conversation_id
        and row.published_at - before.published_at < CLOSE
        and timezone.localdate(row.published_at)
        == timezone.localdate(before.published_at)
    )


def _person(row: Message) -> int | None:
    return row.author.identity_id if row.author else None


def _gone(row: Message, *, now: datetime) -> str:
    if row.deleted_at is None:
        return ""
    moment = wording.moment(row.deleted_at, now=now)
    return _("deleted by its author, %(moment)s") % {"moment": moment}


def _edited(row: Message) -> str:
    count = len(row.versions.all())
    if not count and not row.edited_at:
        return ""
    if count < 2:
        return _("edited")
    return ngettext("edited %(count)d time", "edited %(count)d times", count) % {
        "count": count
    }


def _outgoing(row: Message) -> Outgoing | None:
    if row.delivery in {Delivery.QUEUED, Delivery.SENDING}:
        return _on_its_way(row)
    if row.delivery == Delivery.FAILED:
        words = _("Not sent: %(reason)s") % {
            "reason": wording.fault(row.error_words) or row.error_code
        }
        return Outgoing(tone="failed", icon="circle-x", words=words, may_settle=True)
    if row.delivery == Delivery.UNKNOWN:
        return _unknown(row)
    return None


def _on_its_way(row: Message) -> Outgoing:
    if row.channel.sending_paused_at:
        words = _("Waits: sending is paused on this channel.")
    elif row.channel.unauthorized_at:
        words = _("Waits: the channel lost its access.")
    elif row.tries and row.error_words:
        words = _("Not yet sent: %(reason)s We are trying again.") % {
            "reason": wording.fault(row.error_words)
        }
    else:
        words = _("On its way")
    return Outgoing(tone="sending", icon="send", words=words)


def _unknown(row: Message) -> Outgoing:
    if row.send_at is None:
        words = _(
            "No answer from the network, and no way to ask it."
            " Look there: did it arrive?"
        )
        return Outgoing(
            tone="unknown", icon="circle-question-mark", words=words, may_settle=True
        )
    words = _(
        "No answer from the network. We are checking whether it arrived;"
        " do not send it again."
    )
    return Outgoing(tone="unknown", icon="circle-question-mark", words=words)
