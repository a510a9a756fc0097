"""Histories in minutes: short builders for what the fold reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sla.clock import Clock, clocks
from sla.history import (
    Arrival,
    Assigned,
    Attributes,
    Entry,
    History,
    Outage,
    Outcome,
    OutcomeGiven,
    Place,
    Prioritised,
    Reply,
    Transferred,
)
from sla.policy import Metric, PolicyBook, Rule, Target, Version, Wait

ZERO = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""A Monday noon."""
MARTA, JAN = 11, 12
FIRST_LINE, WARRANTY = 1, 2
PLACE = Place(
    conversation_id=7,
    workspace_id=1,
    channel_id=3,
    kind="network",
    form="comment",
)
START = Attributes(team_id=FIRST_LINE)


def minute(count: float) -> datetime:
    return ZERO + timedelta(minutes=count)


def says(
    number: int, at: float, *, fetched: float | None = None, **more: Any
) -> Arrival:
    """A customer's message, published at this minute and fetched a minute later."""
    seen = at + 1 if fetched is None else fetched
    live = more.get("origin", "live") == "live"
    return Arrival(
        id=number,
        published_at=minute(at),
        fetched_at=minute(seen) if live else None,
        **more,
    )


def answers(number: int, at: float, *, by: int | None = MARTA, **more: Any) -> Reply:
    """A reply of ours: Send pressed at this minute, delivered a minute later."""
    values: dict[str, Any] = {
        "published_at": minute(at + 1),
        "delivered_at": minute(at + 1),
        "answered_at": None if by is None else minute(at),
        "agent_id": by,
    }
    return Reply(id=number, **values | more)


def ends(number: int, at: float, outcome: Outcome = Outcome.NO_REPLY_NEEDED) -> Entry:
    return OutcomeGiven(id=number, at=minute(at), outcome=outcome)


def assigned(number: int, at: float, to: int | None) -> Entry:
    return Assigned(id=number, at=minute(at), agent_id=to)


def transferred(number: int, at: float, to: int) -> Entry:
    return Transferred(id=number, at=minute(at), team_id=to)


def prioritised(number: int, at: float, priority: int) -> Entry:
    return Prioritised(id=number, at=minute(at), priority=priority)


def down(at: float, until: float | None = None) -> Outage:
    return Outage(
        opened_at=minute(at), closed_at=None if until is None else minute(until)
    )


def history(*entries: Entry, outages: Iterable[Outage] = (), **more: Any) -> History:
    values: dict[str, Any] = {"place": PLACE, "start": START}
    return History(entries=entries, outages=tuple(outages), **values | more)


def target(minutes: float, **more: Any) -> Target:
    values: dict[str, Any] = {
        "metric": Metric.FIRST_RESPONSE,
        "wait": Wait.CUSTOMER,
        "seconds": int(minutes * 60),
    }
    return Target(**values | more)


def promises(first: float = 60, then: float = 120) -> tuple[Target, ...]:
    """First and next response, in minutes, on both waits, round the clock."""
    return tuple(
        target(minutes, metric=metric, wait=wait)
        for metric, minutes in (
            (Metric.FIRST_RESPONSE, first),
            (Metric.NEXT_RESPONSE, then),
        )
        for wait in Wait
    )


def book(*rules: Rule, **more: Any) -> PolicyBook:
    ordered = rules or (Rule(name="All", targets=promises()),)
    version = Version(id=1, valid_from=minute(-10_000), rules=ordered)
    return PolicyBook(**{"versions": (version,)} | more)


def folded(
    *entries: Entry,
    by: PolicyBook | None = None,
    now: float = 10_000,
    outages: Iterable[Outage] = (),
    **more: Any,
) -> list[Clock]:
    told = history(*entries, outages=outages, **more)
    return list(clocks(told, by or book(), now=minute(now)))


def one(found: Iterable[Clock], wait: Wait = Wait.CUSTOMER, cycle: int = 1) -> Clock:
    (clock,) = (
        clock for clock in found if clock.wait is wait and clock.cycle.number == cycle
    )
    return clock
