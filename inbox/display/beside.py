"""Beside the conversation: the wait and where it was spent, the author, what was
before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.display import wording
from inbox.display.card import conversation_url, name_of
from inbox.feed import Filter
from inbox.models import Agent, Conversation, Status
from sla.models import Clock, Wait

BAR = 240
"""Width of the lag bar's drawing."""
GAP = 2
LEAST = 3
"""A part that is there is seen, however short."""
EARLIER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of the lag bar: `network`, `queue` or `agent`."""

    name: str
    label: str
    words: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How long the newest wait has taken, and where."""

    label: str
    words: str
    parts: list[Part]

    @property
    def spoken(self) -> str:
        return ", ".join(f"{part.label} {part.words}" for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorCard:
    name: str
    handle: str
    url: str
    kind: str
    reach: str
    city: str
    language: str
    others: list[tuple[str, str, str]]
    """Kind, handle and address of the person's other identities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    url: str
    kind: str
    words: str
    language: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    waited: Waited | None
    author: AuthorCard
    past: list[Past]


def beside(
    conversation: Conversation, agent: Agent, wanted: Filter, *, now: datetime
) -> Beside:
    return Beside(
        waited=_waited(conversation, now=now),
        author=_author(conversation),
        past=_past(conversation, agent, wanted, now=now),
    )


def _waited(conversation: Conversation, *, now: datetime) -> Waited | None:
    """The customer's newest wait; None when nobody has waited yet."""
    rows = conversation.clocks.filter(wait=Wait.CUSTOMER)
    row = rows.order_by("-cycle", "metric").first()
    if row is None:
        return None
    end = row.ended_at or now
    label = _("Answered in") if row.ended_at else _("Waiting for a reply")
    if row.outcome:
        label = _("Closed without a reply after")
    return Waited(
        label=label,
        words=wording.duration((end - row.opened_at).total_seconds()),
        parts=_parts(_stretches(row, conversation, end)),
    )


def _stretches(
    row: Clock, conversation: Conversation, end: datetime
) -> list[tuple[str, str, float]]:
    fetched = min(row.fetched_at or row.opened_at, end)
    assigned = min(max(row.assigned_at or end, fetched), end)
    with_whom = _("with an agent")
    if conversation.assignee:
        with_whom = _("with %(name)s") % {"name": conversation.assignee.name.split()[0]}
    stretches = [
        ("network", _("on the network"), fetched - row.opened_at),
        ("queue", _("in the queue"), assigned - fetched),
        ("agent", with_whom, end - assigned),
    ]
    return [
        (name, label, max(length.total_seconds(), 0.0))
        for name, label, length in stretches
    ]


def _parts(stretches: list[tuple[str, str, float]]) -> list[Part]:
    there = [part for part in stretches if part[2] > 0]
    total = sum(seconds for _name, _label, seconds in there)
    room = BAR - GAP * max(len(there) - 1, 0) - LEAST * len(there)
    parts, x = [], 0.0
    for name, label, seconds in there:
        width = LEAST + room * seconds / total
        parts.append(
            Part(
                name=name,
                label=label,
                words=wording.duration(seconds),
                x=round(x, 1),
                width=round(width, 1),
            )
        )
        x += width + GAP
    return parts


def _author(conversation: Conversation) -> AuthorCard:
    author = conversation.author
    identities = conversation.contact.identities.select_related("snapshot")
    return AuthorCard(
        name=name_of(conversation),
        handle=(author.handle if author else "") or "",
        url=(author.url if author else "") or "",
        kind=conversation.channel.kind,
        reach=wording.followers(author.followers if author else None),
        city=(author.city if author else "") or _("not given"),
        language=_language(conversation.language),
        others=[
            (
                row.network,
                row.snapshot.handle or row.snapshot.name,
                row.snapshot.url or "",
            )
            for row in identities
            if row.snapshot and row.pk != (author.identity_id if author else None)
        ],
    )


def _language(code: str | None) -> str:
    """The language's name in the reader's language."""
    if not code:
        return ""
    reader = Locale.parse(get_language() or "en", sep="-")
    return str(reader.languages.get(code.partition("-")[0], code))


def _past(
    conversation: Conversation, agent: Agent, wanted: Filter, *, now: datetime
) -> list[Past]:
    """The person's other conversations that this agent may see, newest first."""
    found = Conversation.objects.visible_to(agent).filter(
        contact=conversation.contact_id
    )
    rows = (
        found.exclude(pk=conversation.pk)
        .select_related("channel")
        .order_by("-last_message_at")[:EARLIER]
    )
    return [
        Past(
            url=conversation_url(row.pk, wanted),
            kind=row.channel.kind,
            words=row.preview or _("without words"),
            language=row.language or "",
            detail=f"{wording.moment(row.last_message_at, now=now)} · "
            f"{Status(row.status).label}",
        )
        for row in rows
    ]
