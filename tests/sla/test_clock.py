"""Cycles measured against promises."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sla.calendar import WorkingHours
from sla.history import (
    Entry,
    Origin,
    PolicyMoved,
    Tagged,
)
from sla.policy import Calendar, Rule, Version, Wait
from tests.sla.build import (
    JAN,
    WARRANTY,
    answers,
    assigned,
    book,
    down,
    ends,
    folded,
    minute,
    one,
    prioritised,
    promises,
    says,
    target,
    transferred,
)

HOUR = 3600


def test_where_the_two_waits_begin_and_end() -> None:
    found = folded(says(1, 0, fetched=3), answers(2, 20))
    customer, team = one(found), one(found, Wait.TEAM)
    assert (customer.started_at, customer.ended_at) == (minute(0), minute(21))
    assert (team.started_at, team.ended_at) == (minute(3), minute(20))
    assert (customer.wall_seconds, team.wall_seconds) == (21 * 60, 17 * 60)
    assert (customer.due_at, team.due_at) == (minute(60), minute(63))


def test_the_four_lags_add_up_to_the_customer_wait() -> None:
    found = folded(says(1, 0, fetched=3), assigned(1, 10, JAN), answers(2, 20))
    lag = one(found).lag
    assert (lag.network, lag.queue, lag.handling, lag.delivery) == (180, 420, 600, 60)
    assert one(found).wall_seconds == 180 + 420 + 600 + 60


def test_assigned_before_has_no_time_in_the_queue() -> None:
    found = folded(assigned(1, -5, JAN), says(1, 0, fetched=3), answers(2, 20))
    lag = one(found).lag
    assert (lag.network, lag.queue, lag.handling, lag.delivery) == (180, 0, 1020, 60)


def test_answered_without_an_assignment_waited_in_the_queue_alone() -> None:
    lag = one(folded(says(1, 0, fetched=3), answers(2, 20))).lag
    assert (lag.network, lag.queue, lag.handling, lag.delivery) == (180, 1020, 0, 60)


@pytest.mark.parametrize(
    ("entries", "waits"),
    [
        # Typed elsewhere before we had read the question.
        ((says(1, 0, fetched=30), answers(2, 9, by=None)), (600, 0)),
        # The platform says that our answer is older than the question.
        (
            (
                says(1, 0, fetched=1),
                answers(
                    2,
                    2,
                    published_at=minute(-1),
                    delivered_at=minute(-1),
                    answers_published_at=minute(0),
                ),
            ),
            (0, 60),
        ),
    ],
)
def test_differences_below_zero_count_zero_and_are_flagged(
    entries: tuple[Entry, ...], waits: tuple[int, int]
) -> None:
    found = folded(*entries)
    assert (one(found).wall_seconds, one(found, Wait.TEAM).wall_seconds) == waits
    assert one(found).lag.is_skewed is True


@pytest.mark.parametrize("origin", [Origin.BACKFILL, Origin.IMPORT])
def test_history_is_in_customer_figures_only(origin: Origin) -> None:
    found = folded(says(1, 0, origin=origin), answers(2, 5, origin=origin))
    assert [(clock.wait, clock.wall_seconds) for clock in found] == [
        (Wait.CUSTOMER, 360)
    ]


@pytest.mark.parametrize(
    ("entries", "now", "due", "breached", "met"),
    [
        pytest.param((says(1, 0),), 59, 60, None, None, id="running"),
        pytest.param((says(1, 0),), 60, 60, None, None, id="due this second"),
        pytest.param((says(1, 0),), 60.02, 60, 60, None, id="a second past due"),
        pytest.param(
            (says(1, 0), answers(2, 59)), 99, 60, None, 60, id="met at the last second"
        ),
        pytest.param(
            (says(1, 0), answers(2, 70)), 99, 60, 60, None, id="answered late"
        ),
        pytest.param((says(1, 0), ends(1, 5)), 99, 60, None, None, id="an outcome"),
        pytest.param(
            (says(1, 0), ends(1, 65)), 99, 60, 60, None, id="an outcome too late"
        ),
        pytest.param(
            (says(1, 0), prioritised(1, 10, 1)), 20, 30, None, None, id="more urgent"
        ),
        pytest.param(
            (says(1, 0), prioritised(1, 40, 1)),
            41,
            40,
            40,
            None,
            id="a shorter promise is not broken before it was made",
        ),
        pytest.param(
            (says(1, 0), prioritised(1, 70, 4)),
            71,
            60,
            60,
            None,
            id="a longer promise mends nothing",
        ),
        pytest.param(
            (says(1, 0), prioritised(1, 50, 4)), 71, 240, None, None, id="less urgent"
        ),
    ],
)
def test_due_met_and_breached(
    entries: tuple[Entry, ...],
    now: float,
    due: float,
    breached: float | None,
    met: float | None,
) -> None:
    rule = Rule(
        name="By priority",
        targets=(target(60), target(30, priority=1), target(240, priority=4)),
    )
    clock = one(folded(*entries, by=book(rule), now=now))
    assert clock.due_at == minute(due)
    assert clock.breached_at == (None if breached is None else minute(breached))
    assert clock.met_at == (None if met is None else minute(met))


def test_an_outage_pauses_the_team_wait_alone() -> None:
    found = folded(says(1, 0), answers(2, 80), outages=(down(10, 30), down(20, 40)))
    customer, team = one(found), one(found, Wait.TEAM)
    assert (customer.due_at, customer.breached_at) == (minute(60), minute(60))
    assert customer.wall_seconds == 81 * 60
    assert team.pauses == ((minute(10), minute(40)),)
    assert (team.due_at, team.met_at) == (minute(91), minute(80))
    assert team.wall_seconds == 49 * 60


def test_a_channel_that_is_still_down_holds_the_team_clock() -> None:
    team = one(folded(says(1, 0), outages=(down(10),)), Wait.TEAM)
    assert (team.due_at, team.breached_at) == (None, None)
    assert (team.target_seconds, team.pauses) == (3600, ((minute(10), None),))


def test_an_outage_after_the_due_time_pauses_nothing_that_was_broken() -> None:
    team = one(folded(says(1, 0), outages=(down(70, 90),)), Wait.TEAM)
    assert (team.due_at, team.breached_at) == (minute(61), minute(61))


def test_working_seconds_and_due_time_follow_the_targets_calendar() -> None:
    office = WorkingHours(
        zone="Europe/Warsaw",
        week=(((9 * HOUR, 18 * HOUR),),) * 5 + ((), ()),
        holidays=frozenset({date(2026, 11, 3)}),
    )
    by = book(
        Rule(
            name="Office",
            targets=(target(300, calendar_id=4), target(60, wait=Wait.TEAM)),
        ),
        calendars={4: (Calendar(id=40, valid_from=minute(-9000), hours=office),)},
    )
    found = folded(says(1, 0), answers(2, 24 * 60 * 2 - 1), by=by)
    # Monday 13:00 in Warsaw, five hours left; Tuesday is off; ends on Wednesday.
    assert one(found).due_at == datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
    assert one(found).working_seconds == 9 * HOUR
    assert one(found).wall_seconds == 48 * HOUR
    assert one(found).calendar_id == 40
    assert one(found, Wait.TEAM).calendar_id is None
    assert one(found, Wait.TEAM).working_seconds == one(found, Wait.TEAM).wall_seconds


def test_first_rule_that_matches_wins_and_transfers_move_no_target() -> None:
    by = book(
        Rule(name="Warranty", team_ids=frozenset({WARRANTY}), targets=(target(10),)),
        Rule(name="Tagged", tag_ids=frozenset({5, 6}), targets=(target(20),)),
        Rule(name="Others", targets=(target(30),)),
    )
    plain = one(folded(says(1, 0), transferred(1, 5, WARRANTY), by=by))
    tagged = one(folded(Tagged(id=1, at=minute(-1), tag_id=6), says(1, 0), by=by))
    assert (plain.rule, plain.due_at) == ("Others", minute(30))
    assert (tagged.rule, tagged.due_at) == ("Tagged", minute(20))


def test_a_cycle_keeps_the_version_it_opened_under_until_it_is_moved() -> None:
    old = Version(
        id=1, valid_from=minute(-99), rules=(Rule(name="Old", targets=(target(60),)),)
    )
    new = Version(
        id=2, valid_from=minute(10), rules=(Rule(name="New", targets=(target(20),)),)
    )
    by = book(versions=(new, old))
    kept = one(folded(says(1, 0), by=by, now=15))
    moved = one(
        folded(
            says(1, 0), PolicyMoved(id=1, at=minute(12), version_id=2), by=by, now=15
        )
    )
    later = one(folded(says(1, 10), by=by, now=15))
    assert (kept.version_id, kept.due_at) == (1, minute(60))
    assert (moved.version_id, moved.due_at) == (2, minute(20))
    assert (later.version_id, later.due_at) == (2, minute(30))


def test_without_a_rule_or_before_any_promise_there_is_no_target() -> None:
    by = book(Rule(name="Reviews", forms=frozenset({"review"}), targets=promises()))
    clock = one(folded(says(1, 0), answers(2, 500), by=by))
    assert (clock.target_seconds, clock.due_at) == (None, None)
    assert (clock.met_at, clock.breached_at) == (None, None)
    assert clock.wall_seconds == 501 * 60
    old = one(folded(says(1, -20_000, origin=Origin.IMPORT), answers(2, 0)))
    assert (old.target_seconds, old.version_id) == (None, None)


def test_fractions_of_a_second_are_cut_before_anything_is_measured() -> None:
    start = says(1, 0)
    half = timedelta(milliseconds=600)
    reply = answers(
        2, 59, delivered_at=minute(60) + half, published_at=minute(60) + half
    )
    clock = one(folded(start, reply))
    assert (clock.wall_seconds, clock.breached_at) == (3600, None)
    assert clock.met_at == minute(60) + half
