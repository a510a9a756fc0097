"""Working time: what a calendar calls working, counted in UTC seconds.

A moment is working exactly when the clock on the wall shows a time inside one of the
calendar's intervals. So an hour that a zone skips is never worked, and an hour that
comes twice is worked twice. All moments are aware; each is cut to its whole second
first, so that `between(s, add(s, d)) == d` holds for every start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DAY = 86_400
HORIZON_DAYS = 366 * 20
"""How far `add` looks before it says that the time will never come."""
EPOCH = date(1970, 1, 1).toordinal()

Span = tuple[int, int]
"""Opens and closes, in seconds after midnight; closing at or before opening means
the next day."""


class NoWorkingTimeError(ValueError):
    """The calendar has no working second where one was needed."""


class Hours(Protocol):
    """What a clock asks of a calendar."""

    def between(self, start: datetime, end: datetime) -> int: ...

    def add(self, start: datetime, seconds: int) -> datetime: ...


def whole(moment: datetime) -> datetime:
    """The moment in UTC, cut to its whole second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def wall_seconds(start: datetime, end: datetime) -> int:
    """Seconds from start to end; zero when end is before start."""
    return max(0, _stamp(end) - _stamp(start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """24/7."""

    def between(self, start: datetime, end: datetime) -> int:
        """Seconds from start to end; zero when end is before start."""
        return wall_seconds(start, end)

    def add(self, start: datetime, seconds: int) -> datetime:
        """The moment `seconds` after start."""
        return whole(start) + timedelta(seconds=seconds)


ALWAYS = Always()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """A week in a zone, with dated exceptions and holidays.

    An exception replaces the day's intervals, and wins over a holiday. An interval
    that crosses midnight belongs to the day on which it opens. Overlapping intervals
    count once.

    Raises NoWorkingTimeError for a week without a working second, and ValueError for
    a span outside the day, an unknown zone, or a week that has not seven days.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    exceptions: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    holidays: frozenset[date] = frozenset()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _special: dict[int, tuple[Span, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _days: dict[int, tuple[Span, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("A week of working hours has seven days.")
        for spans in (*self.week, *(spans for _, spans in self.exceptions)):
            _check(spans)
        if not any(self.week):
            raise NoWorkingTimeError("A week without a working second.")
        object.__setattr__(self, "_zone", ZoneInfo(self.zone))
        for day in self.holidays:
            self._special[day.toordinal()] = ()
        for day, spans in self.exceptions:
            self._special[day.toordinal()] = spans

    def between(self, start: datetime, end: datetime) -> int:
        """Working seconds from start to end; zero when end is before start."""
        first, last = _stamp(start), _stamp(end)
        return sum(
            max(0, min(closes, last) - max(opens, first))
            for day in range(first // DAY, last // DAY + 1)
            for opens, closes in self._worked(day)
        )

    def add(self, start: datetime, seconds: int) -> datetime:
        """The first moment at which `seconds` of working time have passed.

        Raises NoWorkingTimeError when that is more than 20 years away.
        """
        if seconds <= 0:
            return whole(start)
        first, left = _stamp(start), seconds
        for opens, closes in self._ahead(first):
            worked = closes - max(opens, first)
            if worked >= left:
                return datetime.fromtimestamp(max(opens, first) + left, UTC)
            left -= max(0, worked)
        raise NoWorkingTimeError(f"{seconds} working seconds never pass.")

    def _ahead(self, first: int) -> Iterator[Span]:
        for day in range(first // DAY, first // DAY + HORIZON_DAYS):
            for opens, closes in self._worked(day):
                if closes > first:
                    yield opens, closes

    def _worked(self, day: int) -> tuple[Span, ...]:
        """Working intervals of one UTC day, in seconds since 1970, merged."""
        if day not in self._days:
            self._days[day] = tuple(_merged(self._pieces(day)))
        return self._days[day]

    def _pieces(self, day: int) -> Iterator[Span]:
        for begin, end, offset in self._offsets(day * DAY, (day + 1) * DAY):
            for opens, closes in self._on_the_wall(begin + offset, end + offset):
                yield opens - offset, closes - offset

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The span cut where the zone's offset from UTC changes."""
        before, after = self._offset(begin), self._offset(end - 1)
        if before == after:
            yield begin, end, before
            return
        low, high = begin, end - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == before:
                low = middle
            else:
                high = middle
        yield begin, high, before
        yield high, end, after

    def _offset(self, stamp: int) -> int:
        shift = datetime.fromtimestamp(stamp, self._zone).utcoffset()
        return int((shift or timedelta()).total_seconds())

    def _on_the_wall(self, begin: int, end: int) -> Iterator[Span]:
        """The calendar's intervals within a stretch of wall-clock seconds."""
        for day in range(begin // DAY - 1, (end - 1) // DAY + 1):
            for opens, closes in self._spans(day):
                low = max(begin, day * DAY + opens)
                high = min(end, day * DAY + closes + (DAY if closes <= opens else 0))
                if low < high:
                    yield low, high

    def _spans(self, day: int) -> tuple[Span, ...]:
        ordinal = day + EPOCH
        return self._special.get(ordinal, self.week[(ordinal - 1) % 7])


def _check(spans: Iterable[Span]) -> None:
    for opens, closes in spans:
        if not (0 <= opens < DAY and 0 < closes <= DAY):
            raise ValueError(f"An interval leaves the day: {opens} to {closes}.")
        if opens == closes:
            raise ValueError(f"An interval without a second: {opens} to {closes}.")


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Sorted, with what overlaps or touches joined."""
    held: Span | None = None
    for opens, closes in sorted(spans):
        if held and opens <= held[1]:
            held = (held[0], max(held[1], closes))
            continue
        if held:
            yield held
        held = (opens, closes)
    if held:
        yield held


def _stamp(moment: datetime) -> int:
    return int(whole(moment).timestamp())
