"""Percentiles over waits that ended and waits that go on.

`percentile_cont` as Postgres has it. A wait that goes on enters with its age so far;
if a percentile's rank falls on one, the true value can only be higher: at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil, floor
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Aggregate, FloatField, QuerySet

from sla.calendar import ALWAYS, Hours
from sla.clock import running_seconds
from sla.models import CalendarVersion, Clock


class Measure(StrEnum):
    WORKING = "working"
    WALL = "wall"

    @property
    def column(self) -> str:
        return f"{self.value}_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    seconds: float
    at_least: bool = False
    """Its rank falls on a wait that goes on."""


class At(Aggregate):
    """`percentile_cont` of a column at each of the fractions; null over nothing."""

    function = "percentile_cont"
    template = (
        "%(function)s(ARRAY%(fractions)s::float8[])"
        " WITHIN GROUP (ORDER BY %(expressions)s)"
    )
    output_field = ArrayField(FloatField())

    def __init__(
        self, expression: str, *, fractions: Sequence[float], **extra: Any
    ) -> None:
        numbers = [float(fraction) for fraction in fractions]
        super().__init__(expression, fractions=numbers, **extra)


def ages(waiting: Sequence[Clock], *, measure: Measure, now: datetime) -> list[int]:
    """How many seconds each of these waits has lasted by now."""
    is_working = measure is Measure.WORKING
    hours = _hours({one.calendar_version_id for one in waiting}) if is_working else {}
    return [
        running_seconds(
            hours.get(one.calendar_version_id, ALWAYS),
            one.started_at,
            now,
            list(_pauses(one.pauses)),
        )
        for one in waiting
    ]


def over(
    closed: QuerySet[Clock],
    waiting: Sequence[int],
    *,
    ended: int,
    measure: Measure,
    fractions: Sequence[float],
) -> list[Percentile | None]:
    """The percentiles of both together; None over nothing. `ended`: how many of
    `closed` there are, which whoever asks has counted already."""
    closed = closed.order_by()
    count = ended + len(waiting)
    if not count:
        return [None] * len(fractions)
    places = [fraction * (count - 1) for fraction in fractions]
    ranks = sorted({end for place in places for end in (floor(place), ceil(place))})
    found = _at_ranks(closed, waiting, measure, ranks, count)
    return [_between(place, found) for place in places]


def _between(place: float, found: dict[int, tuple[int, bool]]) -> Percentile:
    (low, low_open), (high, high_open) = found[floor(place)], found[ceil(place)]
    return Percentile(
        seconds=low + (high - low) * (place - floor(place)),
        at_least=low_open or high_open,
    )


def _at_ranks(
    closed: QuerySet[Clock],
    waiting: Sequence[int],
    measure: Measure,
    ranks: Sequence[int],
    count: int,
) -> dict[int, tuple[int, bool]]:
    """Rank -> (seconds, whether the wait goes on).

    One sort: a wait is twice its seconds, and one more if it goes on.
    """
    seconds, values = closed.values(measure.column).query.sql_with_params()
    fractions = [(rank + 0.5) / count for rank in ranks]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY wait)
            FROM (
                SELECT 2 * seconds::bigint FROM ({seconds}) AS ended (seconds)
                UNION ALL
                SELECT 2 * seconds + 1 FROM unnest(%s::bigint[]) AS age (seconds)
            ) AS waits (wait)
            """,  # noqa: S608 - the inner statement is the ORM's, with its parameters
            [fractions, *values, list(waiting)],
        )
        (found,) = cursor.fetchone() or ([],)
    return {
        rank: (wait // 2, bool(wait % 2))
        for rank, wait in zip(ranks, found, strict=True)
    }


def _hours(version_ids: set[int | None]) -> dict[int | None, Hours]:
    rows = CalendarVersion.objects.filter(pk__in=[pk for pk in version_ids if pk])
    return {row.pk: row.as_value() for row in rows}


def _pauses(
    pauses: Sequence[Sequence[str | None]],
) -> Iterator[tuple[datetime, datetime | None]]:
    for begin, end in pauses:
        if begin:
            until = datetime.fromisoformat(end) if end else None
            yield datetime.fromisoformat(begin), until
