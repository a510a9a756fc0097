"""Working time, checked against a wall clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import (
    ALWAYS,
    DAY,
    NoWorkingTimeError,
    Span,
    WorkingHours,
    wall_seconds,
)

HOUR = 3600
NINE_TO_SIX = (9 * HOUR, 18 * HOUR)
OFFICE = ((NINE_TO_SIX,),) * 5 + ((), ())
ZONES = ("Europe/Warsaw", "Europe/Moscow", "Asia/Kathmandu", "Australia/Lord_Howe")

# Days on which one of the zones changes its clock, a leap day, and plain days.
DAYS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2024, 2, 29),
    date(2014, 10, 26),
    date(2026, 12, 31),
)


def hours(
    *, zone: str = "Europe/Warsaw", week: tuple[tuple[Span, ...], ...] = OFFICE
) -> WorkingHours:
    return WorkingHours(zone=zone, week=week)


def at(text: str, zone: str = "Europe/Warsaw") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: minute * 60)
spans = st.tuples(minutes, minutes.map(lambda second: second or DAY)).filter(
    lambda span: span[0] != span[1]
)
days = st.lists(spans, max_size=3).map(tuple)
weeks = st.lists(days, min_size=7, max_size=7).map(tuple).filter(any)
moments = st.builds(
    lambda day, seconds: (
        datetime.combine(day, datetime.min.time(), UTC) + timedelta(seconds=seconds)
    ),
    st.sampled_from(DAYS),
    st.integers(-2 * DAY, 2 * DAY),
)
calendars = st.builds(
    lambda zone, week, special, off: WorkingHours(
        zone=zone,
        week=week,
        exceptions=tuple(special.items()),
        holidays=frozenset(off),
    ),
    st.sampled_from(ZONES),
    weeks,
    st.dictionaries(st.sampled_from(DAYS), days, max_size=2),
    st.sets(st.sampled_from(DAYS), max_size=2),
)


def is_working(calendar: WorkingHours, moment: datetime) -> bool:
    """What a person would say who looks at the clock on the wall."""
    wall = moment.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        plan = dict.fromkeys(calendar.holidays, ()) | dict(calendar.exceptions)
        midnight = datetime.combine(day, datetime.min.time())
        for opens, closes in plan.get(day, calendar.week[day.weekday()]):
            length = (closes - opens) if closes > opens else (closes - opens + DAY)
            begin = midnight + timedelta(seconds=opens)
            if begin <= wall < begin + timedelta(seconds=length):
                return True
    return False


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 30 * 60))
def test_between_counts_the_minutes_a_wall_clock_shows(
    calendar: WorkingHours, start: datetime, length: int
) -> None:
    start = start.replace(second=0)
    counted = sum(
        60
        for minute in range(length)
        if is_working(calendar, start + timedelta(minutes=minute))
    )
    assert calendar.between(start, start + timedelta(minutes=length)) == counted


@settings(max_examples=300, deadline=None)
@given(calendars, moments, st.integers(0, 200_000), st.integers(0, 999_999))
def test_between_undoes_add(
    calendar: WorkingHours, start: datetime, seconds: int, microsecond: int
) -> None:
    start = start.replace(microsecond=microsecond)
    due = calendar.add(start, seconds)
    assert calendar.between(start, due) == seconds
    if seconds:
        assert calendar.between(start, due - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=200, deadline=None)
@given(calendars, moments, st.integers(0, 100_000), st.integers(0, 100_000))
def test_stretches_add_up(
    calendar: WorkingHours, start: datetime, first: int, second: int
) -> None:
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)
    parts = calendar.between(start, middle) + calendar.between(middle, end)
    assert calendar.between(start, end) == parts
    assert calendar.between(start, end) <= wall_seconds(start, end)


@pytest.mark.parametrize(
    ("start", "end", "zone", "seconds"),
    [
        # 02:00 becomes 03:00 on 29 March: the night shift is an hour shorter.
        ("2026-03-28 22:00", "2026-03-29 06:00", "Europe/Warsaw", 7 * HOUR),
        # 03:00 becomes 02:00 on 25 October: an hour longer.
        ("2026-10-24 22:00", "2026-10-25 06:00", "Europe/Warsaw", 9 * HOUR),
        # Lord Howe moves by half an hour.
        ("2026-04-04 22:00", "2026-04-05 06:00", "Australia/Lord_Howe", 8.5 * HOUR),
        ("2026-10-03 22:00", "2026-10-04 06:00", "Australia/Lord_Howe", 7.5 * HOUR),
        # Moscow left summer time for good in 2014, and has no change since.
        ("2014-10-25 22:00", "2014-10-26 06:00", "Europe/Moscow", 9 * HOUR),
        ("2026-10-24 22:00", "2026-10-25 06:00", "Europe/Moscow", 8 * HOUR),
        ("2026-10-24 22:00", "2026-10-25 06:00", "Asia/Kathmandu", 8 * HOUR),
    ],
)
def test_night_shift_over_a_clock_change(
    start: str, end: str, zone: str, seconds: int
) -> None:
    nights = hours(zone=zone, week=(((22 * HOUR, 6 * HOUR),),) * 7)
    first, last = at(start, zone), at(end, zone)
    assert nights.between(first, last) == seconds
    assert nights.between(last, last + timedelta(hours=16)) == 0


def test_opening_in_a_skipped_hour_begins_when_the_clock_jumps() -> None:
    early = hours(week=(((2 * HOUR + 1800, 4 * HOUR),),) * 7)
    start = at("2026-03-29 00:00")
    assert early.add(start, 1) == datetime(2026, 3, 29, 1, 0, 1, tzinfo=UTC)
    assert early.between(start, at("2026-03-29 12:00")) == HOUR


def test_lunch_breaks_do_not_count() -> None:
    split = hours(week=(((9 * HOUR, 13 * HOUR), (14 * HOUR, 18 * HOUR)),) * 7)
    start = at("2026-11-19 12:30")
    assert split.between(start, at("2026-11-19 14:30")) == HOUR
    assert split.add(start, HOUR) == at("2026-11-19 14:30")


def test_leap_day_is_a_working_day() -> None:
    start = at("2024-02-28 17:00")
    assert hours().add(start, 2 * HOUR) == at("2024-02-29 10:00")


def test_weekend_and_holiday_are_skipped_and_an_exception_wins() -> None:
    calendar = WorkingHours(
        zone="Europe/Warsaw",
        week=OFFICE,
        holidays=frozenset({date(2026, 11, 11), date(2026, 11, 12)}),
        exceptions=(
            (date(2026, 11, 12), ((10 * HOUR, 11 * HOUR),)),
            (date(2026, 11, 14), ((10 * HOUR, 11 * HOUR),)),
        ),
    )
    start = at("2026-11-10 17:00")
    worked = calendar.between(start, at("2026-11-16 00:00"))
    assert worked == (1 + 1 + 9 + 1) * HOUR
    assert calendar.add(start, 2 * HOUR) == at("2026-11-12 11:00")


def test_overlapping_intervals_count_once() -> None:
    doubled = hours(week=(((9 * HOUR, 12 * HOUR), (11 * HOUR, 13 * HOUR)),) * 7)
    day = at("2026-11-19 00:00")
    assert doubled.between(day, at("2026-11-20 00:00")) == 4 * HOUR


def test_libredesk_closing_before_opening_ends() -> None:
    nights = hours(week=(((18 * HOUR, 9 * HOUR),),) * 7)
    start = at("2026-11-19 12:00")
    assert nights.add(start, 15 * HOUR) == at("2026-11-20 09:00")
    assert nights.add(start, 16 * HOUR) == at("2026-11-20 19:00")


def test_a_calendar_without_a_working_second_is_refused() -> None:
    with pytest.raises(NoWorkingTimeError, match="without a working second"):
        hours(week=((),) * 7)


def test_time_that_never_comes_is_said_and_not_searched_for_ever() -> None:
    start = date(2026, 1, 1)
    every_day_off = frozenset(start + timedelta(days=day) for day in range(366 * 21))
    closed = WorkingHours(zone="Europe/Warsaw", week=OFFICE, holidays=every_day_off)
    with pytest.raises(NoWorkingTimeError, match="60 working seconds never pass"):
        closed.add(at("2026-01-02 12:00"), 60)


@pytest.mark.parametrize("span", [(-1, 60), (0, DAY + 1), (DAY, 60), (60, 60)])
def test_a_span_outside_the_day_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match="An interval"):
        hours(week=((span,), *((),) * 6))


def test_round_the_clock_counts_every_second() -> None:
    start = at("2026-03-29 00:30")
    assert ALWAYS.add(start, 3 * HOUR) == at("2026-03-29 04:30")
    assert ALWAYS.between(start, at("2026-03-29 04:30")) == 3 * HOUR
    assert ALWAYS.between(at("2026-03-29 04:30"), start) == 0
