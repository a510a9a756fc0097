"""A conversation's thread as it is read: days, messages, events, in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from django.db.models import Q, QuerySet
from django.utils import timezone

from inbox.display import history, speech
from inbox.display.speech import Speech
from inbox.display.wording import day
from inbox.models import Conversation, Event, Message

PAGE_SIZE = 80
"""Messages shown at once; older ones stand behind a link."""

FOLDED = 3
"""So many events, or words between strangers, in a row become one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    label: str
    is_day: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event, or several in a row that fold into one line."""

    lines: tuple[history.Line, ...]
    is_event: bool = True

    @property
    def is_folded(self) -> bool:
        return len(self.lines) >= FOLDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What strangers said in a row, folded: this conversation's own words stay in
    sight, however many write under the same post."""

    speeches: tuple[Speech, ...]
    is_others: bool = True

    @property
    def at(self) -> datetime:
        return self.speeches[0].at


Item: TypeAlias = "Day | Happened | Others | Speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The thread's items, the older page if any, and what has been seen by looking."""

    items: tuple[Item, ...]
    earlier: int | None
    """The message before which older ones are to be had."""
    last: int
    """The newest message of this very conversation, notes aside: what the stale guard
    compares."""


def thread(
    conversation: Conversation, *, now: datetime, before: int | None = None
) -> Shown:
    """The newest messages of the conversation's threads, strangers' too, and events."""
    rows = list(_messages(conversation, before)[: PAGE_SIZE + 1])
    rows, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    rows.reverse()
    since = rows[0].published_at if more else None
    until = rows[-1].published_at if before and rows else None
    events = _events(conversation, since=since, until=until)
    spoken = speech.speeches(rows, conversation, now=now)
    own = [row.pk for row in rows if _is_own(row, conversation)]
    return Shown(
        items=tuple(_by_day(_folded(_merged(spoken, events)), now=now)),
        earlier=rows[0].pk if more else None,
        last=max(own, default=0),
    )


def _messages(conversation: Conversation, before: int | None) -> QuerySet[Message]:
    threads = conversation.participations.values("thread_id")
    mine = Q(conversation=conversation)
    found = Message.objects.filter(mine | Q(thread_id__in=threads))
    found = found.select_related("author__identity", "agent", "channel")
    found = found.prefetch_related("versions", "attachments")
    if before and (edge := Message.objects.filter(pk=before).first()):
        found = found.filter(
            Q(published_at__lt=edge.published_at)
            | Q(published_at=edge.published_at, position__lt=edge.position)
            | Q(
                published_at=edge.published_at,
                position=edge.position,
                pk__lt=edge.pk,
            )
        )
    return found.order_by("-published_at", "-position", "-id")


def _is_own(row: Message, conversation: Conversation) -> bool:
    return row.conversation_id == conversation.pk and not row.is_note


def _events(
    conversation: Conversation, *, since: datetime | None, until: datetime | None
) -> list[history.Line]:
    found = Event.objects.filter(conversation=conversation).select_related("agent")
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lte=until)
    newest = list(found.order_by("-at", "-id")[:200])
    lines: list[history.Line] = []
    for event in reversed(newest):
        line = history.line(event)
        # Both waits of a conversation may be over in the same minute: said once.
        if line and not (lines and line.says_the_same(lines[-1])):
            lines.append(line)
    return lines


def _merged(
    spoken: Iterable[Speech], lines: Iterable[history.Line]
) -> Iterator[Speech | Happened]:
    """Both in order of time; events that stand together are one item."""
    both: list[Speech | history.Line] = [*spoken, *lines]
    both.sort(key=lambda item: item.at)
    together: list[history.Line] = []
    for item in both:
        if isinstance(item, history.Line):
            together.append(item)
            continue
        yield from _happened(together)
        together = []
        yield item
    yield from _happened(together)


def _happened(lines: list[history.Line]) -> Iterator[Happened]:
    if len(lines) >= FOLDED:
        yield Happened(lines=tuple(lines))
        return
    for line in lines:
        yield Happened(lines=(line,))


def _folded(
    items: Iterable[Speech | Happened],
) -> Iterator[Speech | Happened | Others]:
    """The same, strangers' words in a row as one item."""
    for strange, together in itertools.groupby(items, key=_is_strange):
        row = list(together)
        speeches = [item for item in row if isinstance(item, Speech)]
        if strange and len(speeches) >= FOLDED:
            yield Others(speeches=tuple(speeches))
        else:
            yield from row


def _is_strange(item: Speech | Happened) -> bool:
    return isinstance(item, Speech) and item.is_stranger


def _by_day(
    items: Iterable[Speech | Happened | Others], *, now: datetime
) -> Iterator[Item]:
    """The items with a heading where a new day begins in the reader's zone."""
    today, last = timezone.localdate(now), None
    for item in items:
        at: date = timezone.localdate(
            item.lines[0].at if isinstance(item, Happened) else item.at
        )
        if at != last:
            yield Day(label=day(at, today=today))
        yield item
        last = at
