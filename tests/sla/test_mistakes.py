"""Mistakes that others made with response times, each by the product's name."""

from __future__ import annotations

from datetime import UTC, datetime

from sla.calendar import WorkingHours
from sla.cycle import Credit
from sla.history import Outcome, StatusChanged
from sla.policy import Calendar, Metric, Rule, Wait
from tests.sla.build import (
    JAN,
    MARTA,
    WARRANTY,
    answers,
    assigned,
    book,
    down,
    ends,
    folded,
    minute,
    one,
    says,
    target,
    transferred,
)

HOUR = 3600


def test_chatwoot_resolved_without_a_reply_is_no_hit() -> None:
    resolved = StatusChanged(id=2, at=minute(5), status="resolved")
    clock = one(folded(says(1, 0), resolved, now=30))
    assert (clock.is_open, clock.met_at, clock.due_at) == (True, None, minute(60))

    with_outcome = one(folded(says(1, 0), ends(1, 5), resolved))
    assert (with_outcome.is_open, with_outcome.met_at) == (False, None)


def test_chatwoot_more_messages_in_one_wait_are_one_miss() -> None:
    found = folded(says(1, 0), says(2, 10), says(3, 50), says(4, 70), answers(5, 90))
    customer = [clock for clock in found if clock.wait is Wait.CUSTOMER]
    assert [clock.breached_at for clock in customer] == [minute(60)]
    assert customer[0].cycle.joined == (1, 2, 3, 4)


def test_chatwoot_10178_a_thank_you_needs_no_reply() -> None:
    found = folded(says(1, 0), answers(2, 5), says(3, 10), ends(1, 11), says(4, 600))
    thanks, later = one(found, cycle=2), one(found, cycle=3)
    assert thanks.cycle.closing is not None
    assert thanks.cycle.closing.outcome is Outcome.NO_REPLY_NEEDED
    assert thanks.breached_at is None
    assert (later.cycle.opening.id, later.started_at) == (4, minute(600))


def test_chatwoot_pr13392_working_hours_decide_when_it_is_due() -> None:
    office = WorkingHours(
        zone="UTC",
        week=(((9 * HOUR, 12 * HOUR), (13 * HOUR, 14 * HOUR)),) * 5 + ((), ()),
    )
    by = book(
        Rule(name="Office", targets=(target(90, calendar_id=1),)),
        calendars={1: (Calendar(id=1, valid_from=minute(-99), hours=office),)},
    )
    clock = one(folded(says(1, 0), by=by, now=100))
    assert clock.due_at == datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    assert clock.breached_at is None


def test_chatwoot_pr9605_the_first_response_is_the_senders() -> None:
    clock = one(folded(assigned(1, -5, JAN), says(1, 0), answers(2, 5, by=MARTA)))
    assert clock.cycle.closing is not None
    assert clock.cycle.closing.reply is not None
    assert clock.cycle.closing.reply.agent_id == MARTA


def test_libredesk_met_at_is_historys_time_and_not_the_scanners() -> None:
    early, late = (one(folded(says(1, 0), answers(2, 5), now=now)) for now in (7, 9000))
    assert early.met_at == late.met_at == minute(6)


def test_libredesk_a_transfer_removes_no_breach() -> None:
    found = folded(
        says(1, 0), transferred(1, 70, WARRANTY), assigned(2, 71, JAN), answers(2, 80)
    )
    assert one(found).breached_at == minute(60)
    assert one(found).started_at == minute(0)


def test_libredesk_a_policy_with_one_target_is_not_pending_for_ever() -> None:
    by = book(Rule(name="First only", targets=(target(60),)))
    found = folded(says(1, 0), answers(2, 5), says(3, 10), answers(4, 15), by=by)
    first, later = one(found), one(found, cycle=2)
    assert (first.metric, first.met_at) == (Metric.FIRST_RESPONSE, minute(6))
    assert (later.target_seconds, later.due_at, later.is_open) == (None, None, False)


def test_zammad_every_update_time_is_kept_to_the_second() -> None:
    found = folded(
        says(1, 0), answers(2, 1.35), says(3, 10), answers(4, 10.5), says(5, 20)
    )
    seconds = [clock.wall_seconds for clock in found if clock.wait is Wait.CUSTOMER]
    assert seconds == [141, 90, None]


def test_zammad_two_pauses_that_begin_at_the_same_time_of_day_both_count() -> None:
    outages = (down(0, 10), down(24 * 60, 24 * 60 + 20))
    found = folded(says(1, -1, fetched=-1), answers(2, 24 * 60 + 60), outages=outages)
    team = one(found, Wait.TEAM)
    assert team.wall_seconds == (24 * 60 + 61 - 30) * 60


def test_zammad_3140_no_escalation_once_answered() -> None:
    found = folded(says(1, 0), answers(2, 5), now=9000)
    assert [clock.breached_at for clock in found] == [None, None]


def test_zammad_1322_a_note_is_not_an_answer() -> None:
    found = folded(says(1, 0), answers(2, 5, is_note=True), now=30)
    assert [clock.is_open for clock in found] == [True, True]


def test_zammad_5177_the_next_target_leaves_the_first_alone() -> None:
    by = book(
        Rule(
            name="Next is shorter",
            targets=(target(60), target(10, metric=Metric.NEXT_RESPONSE)),
        )
    )
    assert one(folded(says(1, 0), says(2, 5), by=by, now=30)).due_at == minute(60)


def test_sprout_reassigning_is_not_an_answer() -> None:
    found = folded(
        says(1, 0), assigned(1, 5, MARTA), assigned(2, 6, JAN), transferred(3, 7, 2)
    )
    assert [clock.is_open for clock in found] == [True, True]
    assert one(found).breached_at == minute(60)


def test_zoomsphere_timed_from_the_oldest_unanswered_message_without_a_cut_off() -> (
    None
):
    three_days = 3 * 24 * 60
    found = folded(says(1, 0), says(2, three_days - 5), answers(3, three_days - 1))
    assert one(found).wall_seconds == 3 * 24 * HOUR


def test_a_late_reply_from_the_platform_retracts_a_breach() -> None:
    thought = one(folded(says(1, 0), now=90))
    right = one(folded(says(1, 0), answers(2, 5, by=None), now=90))
    assert thought.breached_at == minute(60)
    assert (right.breached_at, right.met_at) == (None, minute(6))
    assert right.cycle.closing is not None
    assert right.cycle.closing.credit is Credit.OUTSIDE


def test_a_deletion_on_the_platform_retracts_a_breach() -> None:
    assert one(folded(says(1, 0), now=90)).breached_at == minute(60)
    gone = one(folded(says(1, 0, deleted_at=minute(30)), now=90))
    assert (gone.breached_at, gone.met_at) == (None, None)
