"""The only writer of Clock rows.

The caller holds the conversations' locks and an open transaction. What it passes are
histories as plain values; what it gets are the few facts that a feed needs, and the
breaches that came to light or turned out to be none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from sla import rows
from sla.calendar import whole
from sla.clock import Clock, clocks
from sla.cycle import Cycle
from sla.history import History, Origin, Resume
from sla.models import Clock as Row
from sla.policy import Metric, PolicyBook, Wait

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A promise that was broken, or that was wrongly thought to be."""

    metric: Metric
    wait: Wait
    cycle: int
    opened_by: int
    due_at: datetime
    why: str = ""
    """Of a retracted one: reply, deleted, or another outcome; empty if still open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationClocks:
    """What a conversation's row keeps of its clocks, and what changed."""

    conversation_id: int
    next_due_at: datetime | None
    """The earliest due time of an open clock, past ones included."""
    breached_at: datetime | None
    """Since when an open clock is past due."""
    waiting_since: datetime | None
    """When the customer who still waits wrote first."""
    breached: tuple[Breach, ...]
    retracted: tuple[Breach, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a stored clock is not what its history says."""

    conversation_id: int
    wait: str
    cycle: int
    column: str
    stored: Any
    rebuilt: Any


def resume_points(moments: Mapping[int, datetime]) -> dict[int, Resume]:
    """Where the fold of each conversation may begin, when nothing before the moment
    given for it has changed. Conversations without such a point are left out."""
    if not moments:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESUME, [list(moments), list(moments.values())])
        names = [column.name for column in cursor.description or ()]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return {values["conversation_id"]: rows.resume(values) for values in found}


def refresh(
    *, histories: Sequence[History], book: PolicyBook, now: datetime
) -> list[ConversationClocks]:
    """Folds the histories and makes the rows after their resume points so."""
    stored = _stored(histories)
    folded = {
        history.place.conversation_id: clocks(history, book, now=now)
        for history in histories
    }
    fresh = {rows.key(clock): clock for ours in folded.values() for clock in ours}
    _write(stored, fresh)
    before = defaultdict(list)
    for row in stored.values():
        before[row.conversation_id].append(row)
    return [_outcome(pk, before[pk], ours) for pk, ours in folded.items()]


def overdue(*, now: datetime, limit: int) -> list[int]:
    """Conversations with a promise that broke and was not yet marked, oldest first."""
    due = Row.objects.unnoticed(whole(now)).order_by("due_at")
    return list(dict.fromkeys(due.values_list("conversation_id", flat=True)[:limit]))


def open_on_channel(*, channel_id: int) -> list[int]:
    """Conversations of a channel in which somebody waits."""
    waiting = Row.objects.open().filter(channel_id=channel_id, wait=Wait.CUSTOMER)
    return list(
        waiting.order_by("conversation_id").values_list("conversation_id", flat=True)
    )


def differences(
    *, histories: Sequence[History], book: PolicyBook, now: datetime
) -> Iterator[Difference]:
    """What a rebuild would change. A breach that the sweep has not met yet is none."""
    stored = _stored(histories)
    for row in stored.values():
        is_due = row.ended_at is None and row.due_at and row.due_at < whole(now)
        row.breached_at = row.due_at if is_due else row.breached_at
    gone = set(stored)
    for history in histories:
        for clock in clocks(history, book, now=now):
            place = rows.key(clock)
            found = (
                rows.changed(stored[place], clock)
                if place in stored
                else [("", None, "a clock")]
            )
            yield from (_difference(place, *one) for one in found)
            gone.discard(place)
    for place in sorted(gone):
        yield _difference(place, "", "a clock", None)


def _difference(place: rows.Key, column: str, stored: Any, rebuilt: Any) -> Difference:
    conversation_id, wait, cycle = place
    return Difference(
        conversation_id=conversation_id,
        wait=wait,
        cycle=cycle,
        column=column,
        stored=stored,
        rebuilt=rebuilt,
    )


def _stored(histories: Iterable[History]) -> dict[rows.Key, Row]:
    """The rows that the histories reach: those after the resume points."""
    whole_ones, reach = [], Q()
    for history in histories:
        pk = history.place.conversation_id
        if history.resume is None:
            whole_ones.append(pk)
        else:
            reach |= Q(conversation_id=pk, cycle__gt=history.resume.number)
    reach |= Q(conversation_id__in=whole_ones)
    return {
        (row.conversation_id, row.wait, row.cycle): row
        for row in Row.objects.filter(reach)
    }


def _write(stored: Mapping[rows.Key, Row], fresh: Mapping[rows.Key, Clock]) -> None:
    """What vanished goes first and cycles close before later ones open, so that no
    moment has two open clocks of one promise."""
    gone = [row.pk for place, row in stored.items() if place not in fresh]
    Row.objects.filter(pk__in=gone).delete()
    wrong = [
        clock
        for place, clock in sorted(fresh.items())
        if place not in stored or any(rows.changed(stored[place], clock))
    ]
    Row.objects.bulk_create(
        (rows.row(clock) for clock in wrong),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["conversation", "wait", "cycle", "metric"],
        update_fields=_UPDATED,
    )


_UPDATED = [
    field.name
    for field in Row._meta.concrete_fields  # noqa: SLF001 - Django's own name
    if field.attname in rows.COLUMNS and field.name != "metric"
]


def _outcome(
    conversation_id: int, before: Sequence[Row], now: Sequence[Clock]
) -> ConversationClocks:
    waiting = [clock for clock in now if clock.is_open]
    return ConversationClocks(
        conversation_id=conversation_id,
        next_due_at=min((one.due_at for one in waiting if one.due_at), default=None),
        breached_at=min(
            (one.breached_at for one in waiting if one.breached_at), default=None
        ),
        waiting_since=min((one.opened_at for one in waiting), default=None),
        breached=tuple(_found(before, now)),
        retracted=tuple(_retracted(before, now)),
    )


def _found(before: Sequence[Row], now: Sequence[Clock]) -> Iterator[Breach]:
    for clock in now:
        is_known = any(row.breached_at and _is_in(row, clock) for row in before)
        is_live = clock.cycle.opening.origin is Origin.LIVE
        if clock.breached_at and is_live and not is_known:
            yield Breach(
                metric=clock.metric,
                wait=clock.wait,
                cycle=clock.cycle.number,
                opened_by=clock.cycle.opening.id,
                due_at=clock.breached_at,
            )


def _retracted(before: Sequence[Row], now: Sequence[Clock]) -> Iterator[Breach]:
    for row in before:
        if row.breached_at is None or row.origin != Origin.LIVE:
            continue
        clock = next((one for one in now if _is_in(row, one)), None)
        if clock is None or clock.breached_at is None:
            yield Breach(
                metric=Metric(row.metric),
                wait=Wait(row.wait),
                cycle=row.cycle,
                opened_by=row.opened_by_id,
                due_at=row.breached_at,
                why=_why(clock.cycle) if clock else "",
            )


def _is_in(row: Row, clock: Clock) -> bool:
    """Whether the message that opened the row's cycle now belongs to the clock's."""
    closing = clock.cycle.closing
    return (
        row.wait == clock.wait
        and clock.opened_at <= row.opened_at
        and (closing is None or row.opened_at <= closing.at)
    )


def _why(cycle: Cycle) -> str:
    closing = cycle.closing
    if closing is None:
        return ""
    return closing.outcome.value if closing.outcome else "reply"


_RESUME = """
SELECT found.*
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (id, moment)
CROSS JOIN LATERAL (
    SELECT conversation_id, cycle, closed_at, closed_by_id, closing_event_id,
           team_id, assignee_id, category, priority, tag_ids
    FROM sla_clock
    WHERE conversation_id = asked.id AND wait = 'customer'
      AND closed_at < asked.moment AND outcome NOT IN ('deleted', 'history')
    ORDER BY cycle DESC
    LIMIT 1
) AS found
"""
