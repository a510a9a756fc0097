"""Whatever the order of arrival, the clocks are the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clock import Clock, clocks
from sla.cycle import Cycle, fold
from sla.history import (
    Arrival,
    Assigned,
    Categorised,
    Entry,
    History,
    Origin,
    Outage,
    Outcome,
    OutcomeGiven,
    PolicyMoved,
    Prioritised,
    Reply,
    RequestMade,
    Resume,
    StatusChanged,
    Tagged,
    Transferred,
)
from sla.policy import PolicyBook, Rule, Version, Wait
from tests.sla.build import JAN, MARTA, START, WARRANTY, history, minute, promises

BOOK = PolicyBook(
    versions=(
        Version(
            id=1,
            valid_from=minute(-1),
            rules=(
                Rule(name="Urgent", priorities=frozenset({1}), targets=promises(3, 4)),
                Rule(name="All", targets=promises(9, 12)),
            ),
        ),
        Version(
            id=2, valid_from=minute(20), rules=(Rule(name="New", targets=promises(5)),)
        ),
    )
)
NOW = minute(60)

# Few minutes and few positions, so that much happens at the same moment.
moments = st.integers(0, 40).map(minute)


@st.composite
def messages(draw: st.DrawFn) -> list[Entry]:
    found: list[Entry] = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        at = draw(moments)
        position = draw(st.integers(0, 2))
        arrivals = [entry for entry in found if isinstance(entry, Arrival)]
        if draw(st.booleans()):
            found.append(_arrival(draw, number, at, position))
        else:
            answered = draw(st.sampled_from([None, *arrivals]))
            found.append(_reply(draw, number, at, position, answered))
    return found


def _arrival(draw: st.DrawFn, number: int, at: datetime, position: int) -> Arrival:
    origin = draw(st.sampled_from([Origin.LIVE, Origin.LIVE, Origin.BACKFILL]))
    return Arrival(
        id=number,
        published_at=at,
        position=position,
        fetched_at=draw(moments) if origin is Origin.LIVE else None,
        addressed=draw(st.sampled_from([True, True, False])),
        origin=origin,
        deleted_at=draw(st.none() | st.none() | moments),
    )


def _reply(
    draw: st.DrawFn, number: int, at: datetime, position: int, answered: Arrival | None
) -> Reply:
    return Reply(
        id=number,
        published_at=at,
        position=position,
        delivered_at=draw(st.sampled_from([at, at, at, None])),
        answered_at=draw(moments),
        agent_id=draw(st.sampled_from([None, MARTA, JAN])),
        is_note=draw(st.sampled_from([False, False, True])),
        answers_published_at=answered.published_at if answered else None,
    )


@st.composite
def events(draw: st.DrawFn) -> list[Entry]:
    kinds = st.sampled_from(
        [
            (Assigned, {"agent_id": st.sampled_from([None, MARTA, JAN])}),
            (Transferred, {"team_id": st.just(WARRANTY)}),
            (Categorised, {"category": st.sampled_from(["", "complaint"])}),
            (Prioritised, {"priority": st.sampled_from([1, 3])}),
            (Tagged, {"tag_id": st.just(5), "removed": st.booleans()}),
            (OutcomeGiven, {"outcome": st.just(Outcome.NO_REPLY_NEEDED)}),
            (RequestMade, {"message_id": st.integers(1, 9)}),
            (PolicyMoved, {"version_id": st.sampled_from([1, 2, 3])}),
            (StatusChanged, {"status": st.just("resolved")}),
        ]
    )
    found: list[Entry] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        kind, fields = draw(kinds)
        values = {name: draw(values) for name, values in fields.items()}
        found.append(kind(id=number, at=draw(moments), **values))
    return found


outages = st.lists(
    st.builds(
        lambda first, second: Outage(
            opened_at=min(first, second), closed_at=max(first, second)
        ),
        moments,
        moments,
    ),
    max_size=2,
).map(tuple)


def _possible(said: list[Entry], done: list[Entry]) -> list[Entry]:
    """Nobody makes a request of what was not written yet."""
    written = {one.id: one.published_at for one in said if isinstance(one, Arrival)}
    return said + [
        replace(one, at=max(one.at, written.get(one.message_id, one.at)))
        if isinstance(one, RequestMade)
        else one
        for one in done
    ]


entries = st.builds(_possible, messages(), events())


def told(some: Iterable[Entry], down: tuple[Outage, ...] = ()) -> History:
    return history(*some, outages=down)


@settings(max_examples=150, deadline=None)
@given(st.data(), entries, outages)
def test_any_order_and_any_repetition_gives_the_same_clocks(
    data: st.DataObject, some: list[Entry], down: tuple[Outage, ...]
) -> None:
    right = clocks(told(some, down), BOOK, now=NOW)
    shuffled = data.draw(st.permutations(some + some[:3]))
    assert clocks(told(shuffled, down), BOOK, now=NOW) == right


@settings(max_examples=200, deadline=None)
@given(st.data(), entries)
def test_a_resumed_fold_is_the_full_fold_after_every_arrival(
    data: st.DataObject, some: list[Entry]
) -> None:
    arriving = data.draw(st.permutations(some))
    known: list[Entry] = []
    kept: tuple[Cycle, ...] = ()
    for entry in arriving:
        for state in _states(entry):
            known = [*(one for one in known if not _is_same(one, state)), state]
            kept = _taken_up(kept, known, changed=_earliest(state, known))
            assert kept == fold(told(known))


@settings(max_examples=150, deadline=None)
@given(entries, outages, st.integers(0, 8))
def test_clocks_from_a_resume_point_are_the_last_of_all_clocks(
    some: list[Entry], down: tuple[Outage, ...], choice: int
) -> None:
    every = clocks(told(some, down), BOOK, now=NOW)
    points = [cycle.resume for cycle in fold(told(some)) if cycle.resume]
    for point in points[choice : choice + 1]:
        tail = replace(told(_since(point, some), down), resume=point)
        assert clocks(tail, BOOK, now=NOW) == tuple(
            clock for clock in every if clock.cycle.number > point.number
        )


@settings(max_examples=150, deadline=None)
@given(entries, outages)
def test_what_is_always_true_of_clocks(
    some: list[Entry], down: tuple[Outage, ...]
) -> None:
    found = clocks(told(some, down), BOOK, now=NOW)
    for wait in Wait:
        ours = [clock for clock in found if clock.wait is wait]
        assert sum(clock.is_open for clock in ours) <= 1
    customer = [clock.cycle.number for clock in found if clock.wait is Wait.CUSTOMER]
    assert customer == list(range(1, len(customer) + 1))
    for clock in found:
        _check(clock)


def _check(clock: Clock) -> None:
    closing = clock.cycle.closing
    assert clock.is_open == (closing is None)
    assert (clock.wall_seconds is None) == clock.is_open
    assert clock.wall_seconds is None or clock.wall_seconds >= 0
    assert clock.met_at is None or clock.breached_at is None
    assert clock.breached_at in (None, clock.due_at)
    if closing and closing.reply and clock.due_at:
        assert (clock.met_at is None) == (clock.breached_at is not None)
    lag = clock.lag
    if clock.wait is Wait.CUSTOMER and lag.network is not None:
        parts = (lag.network, lag.queue, lag.handling, lag.delivery)
        assert sum(part or 0 for part in parts) == clock.wall_seconds
    hands = clock.cycle.hands
    assert [hand.until for hand in hands[:-1]] == [hand.since for hand in hands[1:]]


def _states(entry: Entry) -> list[Entry]:
    """A deletion and a delivery become known after the message itself."""
    if isinstance(entry, Arrival) and entry.deleted_at:
        return [replace(entry, deleted_at=None), entry]
    if isinstance(entry, Reply) and entry.delivered_at:
        return [replace(entry, delivered_at=None), entry]
    return [entry]


def _is_same(one: Entry, other: Entry) -> bool:
    message = (Arrival, Reply)
    return one.id == other.id and isinstance(one, message) == isinstance(other, message)


def _earliest(entry: Entry, known: list[Entry]) -> datetime:
    """The moment that a caller of the refresh has to name."""
    if isinstance(entry, Arrival | Reply):
        return entry.published_at
    meant = [
        one.published_at
        for one in known
        if isinstance(entry, RequestMade)
        and isinstance(one, Arrival)
        and one.id == entry.message_id
    ]
    return min([entry.at, *meant])


def _taken_up(
    kept: tuple[Cycle, ...], known: list[Entry], *, changed: datetime
) -> tuple[Cycle, ...]:
    points = [
        cycle.resume
        for cycle in kept
        if cycle.resume and cycle.resume.closed_at < changed
    ]
    if not points:
        return fold(told(known))
    point = points[-1]
    tail = fold(replace(told(_since(point, known)), resume=point, start=START))
    return (*(cycle for cycle in kept if cycle.number <= point.number), *tail)


def _since(point: Resume, some: list[Entry]) -> list[Entry]:
    """What a store reads that looks at published_at, and at what a reply answers."""
    return [entry for entry in some if _last(entry) >= point.closed_at]


def _last(entry: Entry) -> datetime:
    if isinstance(entry, Reply):
        return max(entry.published_at, entry.answers_published_at or entry.published_at)
    return entry.published_at if isinstance(entry, Arrival) else entry.at
