"""Clocks as columns: what a row holds of a value, and the value's way into it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sla import models
from sla.clock import Clock
from sla.history import Attributes, Resume

KEY = ("conversation_id", "wait", "cycle")
COLUMNS = tuple(
    field.attname
    for field in models.Clock._meta.concrete_fields  # noqa: SLF001 - Django's own name
    if field.attname not in ("id", *KEY)
)

Key = tuple[int, str, int]


def key(clock: Clock) -> Key:
    return clock.place.conversation_id, clock.wait.value, clock.cycle.number


def columns(clock: Clock) -> dict[str, Any]:
    """Every column of the clock's row but its id and key."""
    return {**_promise(clock), **_cycle(clock), **_dimensions(clock)}


def row(clock: Clock) -> models.Clock:
    conversation_id, wait, cycle = key(clock)
    return models.Clock(
        conversation_id=conversation_id, wait=wait, cycle=cycle, **columns(clock)
    )


def resume(values: dict[str, Any]) -> Resume:
    """The point right after a closed cycle, from the columns of its customer clock."""
    event_id = values["closing_event_id"]
    return Resume(
        number=values["cycle"],
        closed_at=values["closed_at"],
        closing_id=event_id or values["closed_by_id"],
        by_event=event_id is not None,
        attributes=Attributes(
            team_id=values["team_id"],
            agent_id=values["assignee_id"],
            category=values["category"],
            priority=values["priority"],
            tag_ids=frozenset(values["tag_ids"]),
        ),
    )


def changed(stored: models.Clock, clock: Clock) -> Iterable[tuple[str, Any, Any]]:
    """(column, stored value, right value) where the row is not what it should be."""
    for name, value in columns(clock).items():
        if getattr(stored, name) != value:
            yield name, getattr(stored, name), value


def _promise(clock: Clock) -> dict[str, Any]:
    return {
        "metric": clock.metric.value,
        "started_at": clock.started_at,
        "target_seconds": clock.target_seconds,
        "due_at": clock.due_at,
        "pauses": [[_text(begin), _text(end)] for begin, end in clock.pauses],
        "ended_at": clock.ended_at,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
        "policy_version_id": clock.version_id,
        "rule": clock.rule,
        "calendar_version_id": clock.calendar_id,
        "wall_seconds": clock.wall_seconds,
        "working_seconds": clock.working_seconds,
    }


def _cycle(clock: Clock) -> dict[str, Any]:
    cycle, lag = clock.cycle, clock.lag
    closing = cycle.closing
    return {
        "origin": cycle.opening.origin.value,
        "opened_at": cycle.opening.published_at,
        "closed_at": closing.at if closing else None,
        "outcome": closing.outcome.value if closing and closing.outcome else "",
        "credit": closing.credit.value if closing and closing.credit else "",
        "agent_id": closing.reply.agent_id if closing and closing.reply else None,
        "opened_by_id": cycle.opening.id,
        "closed_by_id": cycle.closed_by,
        "closing_event_id": cycle.closing_event,
        "fetched_at": lag.fetched_at,
        "assigned_at": lag.assigned_at,
        "answered_at": lag.answered_at,
        "delivered_at": lag.delivered_at,
        "network_seconds": lag.network,
        "queue_seconds": lag.queue,
        "handling_seconds": lag.handling,
        "delivery_seconds": lag.delivery,
        "is_skewed": lag.is_skewed,
        "hands": [
            [hand.agent_id, _text(hand.since), _text(hand.until)]
            for hand in cycle.hands
        ],
    }


def _dimensions(clock: Clock) -> dict[str, Any]:
    place, attributes = clock.place, clock.cycle.attributes
    return {
        "workspace_id": place.workspace_id,
        "channel_id": place.channel_id,
        "kind": place.kind,
        "form": place.form,
        "post_id": place.post_id,
        "city": clock.cycle.opening.city,
        "team_id": attributes.team_id,
        "assignee_id": attributes.agent_id,
        "category": attributes.category,
        "priority": attributes.priority,
        "tag_ids": sorted(attributes.tag_ids),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
