"""Cycles measured against what was promised: one clock per wait.

The customer wait runs from published to delivered, the team wait from fetched to
answered; only the team wait is paused by an outage, and messages that were never
fetched live (back-filled, imported) have none. Pure; `now` tells which promises are
past due.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sla.calendar import ALWAYS, Hours, NoWorkingTimeError, whole
from sla.cycle import Aim, Cycle, fold
from sla.history import History, Outage, Place
from sla.lag import Lag, lag_of
from sla.policy import Calendar, Metric, PolicyBook, Target, Version, Wait

Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise in one cycle; see `sla.models.Clock` for what each value means."""

    place: Place
    cycle: Cycle
    metric: Metric
    wait: Wait
    started_at: datetime
    ended_at: datetime | None
    pauses: tuple[Pause, ...]
    target_seconds: int | None
    due_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    version_id: int | None
    rule: str
    calendar_id: int | None
    wall_seconds: int | None
    working_seconds: int | None
    lag: Lag

    @property
    def opened_at(self) -> datetime:
        return self.cycle.opening.published_at

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """What holds from a moment of the cycle on."""

    since: datetime
    version_id: int | None
    rule: str
    target: Target | None
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A wait as measured, before any promise."""

    start: datetime
    end: datetime | None
    pauses: tuple[Pause, ...]


def clocks(history: History, book: PolicyBook, *, now: datetime) -> tuple[Clock, ...]:
    """Every clock of a conversation, those after its resume point only."""
    return tuple(
        clock
        for cycle in fold(history)
        for clock in measured(cycle, history, book, now)
    )


def measured(
    cycle: Cycle, history: History, book: PolicyBook, now: datetime
) -> Iterator[Clock]:
    """The customer's clock of a cycle, and for live messages the team's."""
    yield _clock(Wait.CUSTOMER, _customer_span(cycle), cycle, history, book, now)
    team = _team_span(cycle, history.outages)
    if team:
        yield _clock(Wait.TEAM, team, cycle, history, book, now)


def running_seconds(
    hours: Hours, start: datetime, end: datetime, pauses: Sequence[Pause]
) -> int:
    """Working seconds from start to end without those within a pause."""
    paused = sum(
        hours.between(max(start, begin), min(end, until or end))
        for begin, until in pauses
        if begin < end
    )
    return hours.between(start, end) - paused


def _customer_span(cycle: Cycle) -> _Span:
    closing = cycle.closing
    delivered = closing.reply.delivered_at if closing and closing.reply else None
    end = (delivered or closing.at) if closing else None
    return _Span(start=cycle.opening.published_at, end=end, pauses=())


def _team_span(cycle: Cycle, outages: Sequence[Outage]) -> _Span | None:
    start, closing = cycle.opening.fetched_at, cycle.closing
    if start is None or not cycle.opening.is_live:
        return None
    reply = closing.reply if closing else None
    answered = (reply.answered_at or reply.delivered_at) if reply else None
    end = (answered or closing.at) if closing else None
    return _Span(start=start, end=end, pauses=_pauses(start, end, outages))


def _pauses(
    start: datetime, end: datetime | None, outages: Sequence[Outage]
) -> tuple[Pause, ...]:
    """Outages within the wait, in order, those that overlap joined."""
    joined: list[Pause] = []
    for outage in sorted(outages, key=lambda one: one.opened_at):
        begin, until = max(start, outage.opened_at), outage.closed_at
        if (until and until <= start) or (end and begin >= end):
            continue
        if end:
            until = min(end, until or end)
        if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
            begin, earlier = joined.pop()
            until = max(earlier, until) if earlier and until else None
        joined.append((begin, until))
    return tuple(joined)


def _clock(
    wait: Wait,
    span: _Span,
    cycle: Cycle,
    history: History,
    book: PolicyBook,
    now: datetime,
) -> Clock:
    metric = Metric.FIRST_RESPONSE if cycle.number == 1 else Metric.NEXT_RESPONSE
    promises = _promises(metric, wait, cycle, history.place, book)
    promise, due = _standing(promises, span)
    is_late = due is not None and whole(span.end or now) > due
    is_answered = cycle.closing is not None and cycle.closing.reply is not None
    is_met = is_answered and promise.target is not None and not is_late
    return Clock(
        place=history.place,
        cycle=cycle,
        metric=metric,
        wait=wait,
        started_at=span.start,
        ended_at=span.end,
        pauses=span.pauses,
        target_seconds=promise.target.seconds if promise.target else None,
        due_at=due,
        met_at=span.end if is_met else None,
        breached_at=due if is_late else None,
        version_id=promise.version_id,
        rule=promise.rule,
        calendar_id=promise.calendar.id,
        wall_seconds=_seconds(ALWAYS, span),
        working_seconds=_seconds(promise.calendar.hours, span),
        lag=lag_of(cycle),
    )


def _promises(
    metric: Metric, wait: Wait, cycle: Cycle, place: Place, book: PolicyBook
) -> list[_Promise]:
    """What was promised, from each change on; the first from the opening."""
    opened = cycle.opening.published_at
    version = book.version_at(opened)
    if version is None and cycle.opening.is_live:
        version = book.first_version()
    found, in_force = [], opened
    for aim in cycle.aims:
        if aim.version_id is not None and book.version(aim.version_id):
            moved = book.version(aim.version_id)
            in_force = in_force if moved is version else aim.since
            version = moved
        found.append(_promise(metric, wait, aim, version, in_force, place, book))
    return found


def _promise(
    metric: Metric,
    wait: Wait,
    aim: Aim,
    version: Version | None,
    in_force: datetime,
    place: Place,
    book: PolicyBook,
) -> _Promise:
    rule = version.rule_for(place.traits(aim.attributes)) if version else None
    priority = aim.attributes.priority
    target = rule.target(metric=metric, wait=wait, priority=priority) if rule else None
    calendar_id = target.calendar_id if target else book.default_calendar_id
    return _Promise(
        since=aim.since,
        version_id=version.id if version and rule else None,
        rule=rule.name if rule else "",
        target=target,
        calendar=book.calendar_at(calendar_id, in_force),
    )


def _standing(
    promises: Sequence[_Promise], span: _Span
) -> tuple[_Promise, datetime | None]:
    """The promise that was broken first, else the last one; and when it is due.

    A change re-targets from the change on: what was broken before stays broken, and
    a shorter promise is not broken before it was made.
    """
    for promise, later in pairwise(promises):
        due = _due(promise, span)
        if due and due < whole(later.since):
            return promise, due
    return promises[-1], _due(promises[-1], span)


def _due(promise: _Promise, span: _Span) -> datetime | None:
    """When the promise is due; None without a target or while an outage holds it."""
    if promise.target is None:
        return None
    hours = promise.calendar.hours
    try:
        due = hours.add(span.start, promise.target.seconds)
        for begin, until in span.pauses:
            if begin >= due:
                break
            if until is None:
                return None
            due = hours.add(due, hours.between(begin, until))
    except NoWorkingTimeError:
        return None
    return max(due, whole(promise.since))


def _seconds(hours: Hours, span: _Span) -> int | None:
    if span.end is None:
        return None
    return running_seconds(hours, span.start, span.end, span.pauses)
