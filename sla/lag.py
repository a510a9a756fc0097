"""Where the time of a wait went: network, queue, handling, delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sla.calendar import wall_seconds
from sla.cycle import Cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The moments of a wait, and the wall seconds between them.

    The four add up to the customer wait. They are None while it is open, when no
    reply ended it, and for messages that were not fetched live.
    """

    fetched_at: datetime | None = None
    assigned_at: datetime | None = None
    """First assignment in the cycle; already assigned before: when it opened."""
    answered_at: datetime | None = None
    delivered_at: datetime | None = None
    network: int | None = None
    queue: int | None = None
    handling: int | None = None
    delivery: int | None = None
    is_skewed: bool = False
    """A difference was below zero, which counts as zero."""


def lag_of(cycle: Cycle) -> Lag:
    opening = cycle.opening
    reply = cycle.closing.reply if cycle.closing else None
    fetched = opening.fetched_at if opening.is_live else None
    assigned = next(
        (hand.since for hand in cycle.hands if hand.agent_id is not None), None
    )
    if reply is None or reply.delivered_at is None or fetched is None:
        return Lag(
            fetched_at=fetched,
            assigned_at=assigned,
            answered_at=reply.answered_at if reply else None,
            delivered_at=reply.delivered_at if reply else None,
            is_skewed=bool(
                reply
                and reply.delivered_at
                and reply.delivered_at < opening.published_at
            ),
        )
    start, end = opening.published_at, reply.delivered_at
    answered = reply.answered_at or end
    moments = _rising(start, fetched, assigned or answered, answered, end)
    network, queue, handling, delivery = (
        wall_seconds(before, after) for before, after in pairwise(moments)
    )
    return Lag(
        fetched_at=fetched,
        assigned_at=assigned,
        answered_at=reply.answered_at,
        delivered_at=end,
        network=network,
        queue=queue,
        handling=handling,
        delivery=delivery,
        is_skewed=not (start <= fetched <= answered <= end),
    )


def _rising(*moments: datetime) -> list[datetime]:
    """The same moments, none before the one it follows nor after the last."""
    rising = [moments[0]]
    for moment in moments[1:]:
        rising.append(max(rising[-1], min(moment, moments[-1])))
    return rising
