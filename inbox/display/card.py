"""A conversation as the feed shows it, and the bands that split the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from inbox.display import clock, wording
from inbox.display.clock import Face
from inbox.feed import Filter
from inbox.models import Category, Conversation, Form, Status
from inbox.models.conversation import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All a card shows, as text."""

    id: int
    version: int
    url: str
    kind: str
    name: str
    handle: str
    reach: str
    city: str
    words: str
    language: str
    form: str
    form_label: str
    about: str
    tags: tuple[str, ...]
    assignee: str
    category: str
    category_label: str
    is_unread: bool
    is_current: bool
    clock: Face
    band: Band | None = None
    """The heading above this card, when it is the first of its band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the feed between two due times."""

    name: str
    label: str
    count: int | None = None


def card(
    row: Conversation,
    wanted: Filter,
    *,
    now: datetime,
    current: int | None = None,
    band: Band | None = None,
) -> Card:
    """`row` comes from `feed.shown`."""
    author = row.author
    return Card(
        id=row.pk,
        version=row.version,
        url=conversation_url(row.pk, wanted),
        kind=row.channel.kind,
        name=name_of(row),
        handle=(author.handle if author else "") or "",
        reach=wording.reach(author.followers if author else None),
        city=(author.city if author else None) or _("city not given"),
        words=row.preview or _("without words"),
        language=row.language or "",
        form=row.form,
        form_label=str(Form(row.form).label),
        about=_about(row),
        tags=tuple(tag.name for tag in row.shown_tags),  # type: ignore[attr-defined]
        assignee=row.assignee.name if row.assignee else "",
        category=row.category,
        category_label=str(Category(row.category).label) if row.category else "",
        is_unread=row.is_unread,  # type: ignore[attr-defined]
        is_current=row.pk == current,
        clock=face(row, now=now),
        band=band,
    )


def name_of(row: Conversation) -> str:
    """The customer's name as last seen, or the handle, or a word."""
    author = row.author
    seen = (author.name or author.handle) if author else ""
    return seen or row.contact.name or _("somebody")


def conversation_url(conversation_id: int, wanted: Filter) -> str:
    """The conversation with the feed beside it as it is filtered now."""
    return with_query(reverse("conversation", args=[conversation_id]), wanted)


def with_query(address: str, wanted: Filter) -> str:
    """The address with the filter as its query string."""
    query = wanted.query()
    return f"{address}?{query}" if query else address


def face(row: Conversation, *, now: datetime) -> Face:
    """The clock a conversation shows: what is due, or why nothing is."""
    if row.status == Status.RESOLVED:
        return clock.paused(_("resolved"))
    if row.status == Status.SNOOZED and row.snoozed_until:
        until = wording.moment(row.snoozed_until, now=now)
        return clock.paused(_("snoozed till %(moment)s") % {"moment": until})
    if row.next_due_at:
        return clock.running(due=row.next_due_at, since=row.waiting_since, now=now)
    if row.waiting_since:
        waits = wording.duration((now - row.waiting_since).total_seconds())
        return clock.plain(_("waits %(duration)s") % {"duration": waits})
    if row.status == Status.PENDING:
        return clock.paused(_("waits for customer"))
    at = row.last_message_at
    return clock.plain(wording.moment(at, now=now), title=wording.exact(at))


def _about(row: Conversation) -> str:
    """What the words stand under, said short."""
    if row.post and row.post.text:
        return _("under “%(post)s”") % {"post": _start(row.post.text)}
    if row.form == Form.MENTION:
        return _("in their own post")
    if row.thread.root_text and row.form == Form.COMMENT:
        return _("under “%(post)s”") % {"post": _start(row.thread.root_text)}
    return ""


def _start(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(48)


class Bands:
    """Says where a new band begins while walking a feed sorted by due time."""

    def __init__(self, *, now: datetime, counts: dict[str, int]) -> None:
        self.now = now
        self.counts = counts
        midnight = timezone.localtime(now).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        self.tomorrow = midnight + timedelta(days=1)
        self.labels = {
            "late": _("Late"),
            "soon": _("Within the hour"),
            "today": _("Later today"),
            "after": _("Tomorrow and after"),
            "never": _("No deadline"),
        }

    def name(self, urgent_at: datetime) -> str:
        if urgent_at >= NEVER:
            return "never"
        if urgent_at <= self.now:
            return "late"
        if urgent_at <= self.now + timedelta(hours=1):
            return "soon"
        return "today" if urgent_at < self.tomorrow else "after"

    def band(self, name: str) -> Band:
        return Band(name=name, label=self.labels[name], count=self.counts.get(name))


def cards(
    rows: list[Conversation],
    wanted: Filter,
    *,
    now: datetime,
    bands: Bands | None,
    above: datetime | None = None,
    current: int | None = None,
) -> list[Card]:
    """The rows as cards. `above`: due time of the row before the first, if any."""
    shown, last = [], bands.name(above) if bands and above else ""
    for row in rows:
        name = bands.name(row.urgent_at) if bands else ""
        band = bands.band(name) if bands and name != last else None
        shown.append(card(row, wanted, now=now, current=current, band=band))
        last = name
    return shown
