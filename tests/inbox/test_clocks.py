"""Clocks, feed columns and events stay true to history."""

from __future__ import annotations

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inbox.models import Conversation, Event, Happening, Message, Outcome, Tag
from inbox.services import clocks
from sla.models import Clock
from tests import make
from tests.inbox import told
from tests.inbox.told import minute

pytestmark = pytest.mark.django_db

Waits = list[tuple[int, str, str]]


def refold(*some: Conversation, now: float, changed: float | None = None) -> None:
    moment = None if changed is None else minute(changed)
    with transaction.atomic():
        clocks.refresh({one.pk: moment for one in some}, now=minute(now))
    for one in some:
        one.refresh_from_db()


def waits(of: Conversation, wait: str = "customer") -> list[tuple[int, str, str]]:
    """Per cycle: number, metric, and how it stands."""
    return [
        (row.cycle, row.metric, _state(row))
        for row in of.clocks.filter(wait=wait).order_by("cycle")
    ]


def _state(row: Clock) -> str:
    if row.outcome:
        return row.outcome
    ended = "late" if row.breached_at else "met" if row.met_at else "closed"
    return ended if row.ended_at else "open, late" if row.breached_at else "open"


def feed(of: Conversation) -> tuple[datetime | None, datetime | None, datetime | None]:
    return of.next_due_at, of.breached_at, of.waiting_since


def events(of: Conversation) -> list[tuple[str, str, int, str]]:
    rows = of.events.filter(
        what__in=(Happening.BREACHED, Happening.BREACH_RETRACTED)
    ).order_by("pk")
    return [
        (row.what, row.data["wait"], row.data["cycle"], row.data["why"]) for row in rows
    ]


def test_refresh_a_waiting_customer_shows_on_the_feed_row() -> None:
    conversation = told.conversation()
    told.says(conversation, 0)

    refold(conversation, now=1)

    assert waits(conversation) == [(1, "first_response", "open")]
    assert waits(conversation, "team") == [(1, "first_response", "open")]
    assert feed(conversation) == (minute(60), None, minute(0))
    assert (conversation.version, conversation.changed_at) == (1, minute(1))


def test_refresh_a_reply_meets_and_is_credited_to_its_sender() -> None:
    marta, jan = make.agent("Marta"), make.agent("Jan")
    conversation = told.conversation(assignee=jan)
    message = told.says(conversation, 0)
    refold(conversation, now=1)
    reply = told.answers(conversation, 20, marta, answers=message)

    refold(conversation, now=22, changed=21)

    assert feed(conversation) == (None, None, None)
    team = conversation.clocks.get(wait="team")
    assert (team.credit, team.agent_id, team.assignee_id) == ("agent", marta.pk, jan.pk)
    assert (team.opened_by_id, team.closed_by_id) == (message.pk, reply.pk)
    assert (team.started_at, team.ended_at) == (minute(1), minute(20))
    assert (team.met_at, team.breached_at) == (minute(20), None)
    assert (team.wall_seconds, team.working_seconds) == (19 * 60, 19 * 60)
    assert team.hands == [
        [jan.pk, minute(0).isoformat(), minute(21).isoformat()],
    ]


def test_refresh_writes_every_dimension() -> None:
    channel = make.channel()
    warranty, marta = make.team(), make.agent("Marta")
    conversation = told.conversation(
        channel=channel, team=warranty, assignee=marta, category="complaint", priority=2
    )
    tag = Tag.objects.create(workspace=conversation.workspace, name="refund")
    conversation.tags.add(tag)
    told.says(conversation, 0)

    refold(conversation, now=1)

    row = conversation.clocks.get(wait="customer")
    assert (row.workspace_id, row.channel_id) == (conversation.workspace_id, channel.pk)
    assert (row.kind, row.form) == (channel.kind, "comment")
    assert (row.team_id, row.assignee_id) == (warranty.pk, marta.pk)
    assert (row.category, row.priority) == ("complaint", 2)
    assert (row.tag_ids, row.city, row.post_id) == ([tag.pk], "", None)


def test_refresh_takes_changes_back_to_know_how_it_came_in() -> None:
    warranty, marta = make.team(), make.agent("Marta")
    conversation = told.conversation()
    first_line = conversation.team_id
    told.says(conversation, 0)
    told.answers(conversation, 5, marta)
    told.happens(
        conversation, 30, Happening.TRANSFERRED, team_id=warranty.pk, before=first_line
    )
    told.happens(conversation, 31, Happening.ASSIGNED, agent_id=marta.pk, before=None)
    told.happens(conversation, 32, Happening.CATEGORISED, category="praise", before="")
    told.happens(conversation, 33, Happening.PRIORITISED, priority=1, before=3)
    told.says(conversation, 40)
    Conversation.objects.filter(pk=conversation.pk).update(
        team=warranty, assignee=marta, category="praise", priority=1
    )

    refold(conversation, now=41)

    rows = conversation.clocks.filter(wait="customer").order_by("cycle")
    assert [
        (row.team_id, row.assignee_id, row.category, row.priority) for row in rows
    ] == [(first_line, None, "", 3), (warranty.pk, marta.pk, "praise", 1)]


def test_refresh_a_note_and_an_unsent_reply_leave_the_wait_open() -> None:
    marta = make.agent()
    conversation = told.conversation()
    told.says(conversation, 0)
    told.answers(conversation, 5, marta, visibility="internal")
    told.answers(conversation, 6, marta, delivery="failed", delivered_at=None)
    told.answers(conversation, 7, marta, delivery="unknown", delivered_at=None)

    refold(conversation, now=8)

    assert waits(conversation) == [(1, "first_response", "open")]


def test_refresh_an_outcome_ends_the_wait_apart() -> None:
    conversation = told.conversation()
    told.says(conversation, 0)
    given = told.happens(
        conversation, 5, Happening.OUTCOME, outcome=Outcome.NO_REPLY_NEEDED.value
    )

    refold(conversation, now=6)

    row = conversation.clocks.get(wait="team")
    assert waits(conversation) == [(1, "first_response", "no_reply_needed")]
    assert (row.closing_event_id, row.closed_by_id) == (given.pk, None)
    assert conversation.waiting_since is None


def test_refresh_chatter_made_a_request_waits_since_it_was_written() -> None:
    conversation = told.conversation()
    message = told.says(conversation, 0, is_addressed=False)
    refold(conversation, now=1)
    assert waits(conversation) == []
    told.happens(conversation, 30, Happening.REQUESTED, message=message)

    refold(conversation, now=31, changed=0)

    assert feed(conversation) == (minute(60), None, minute(0))


def test_refresh_a_deleted_message_waits_no_more() -> None:
    conversation = told.conversation()
    message = told.says(conversation, 0)
    refold(conversation, now=1)
    Message.objects.filter(pk=message.pk).update(deleted_at=minute(9))

    refold(conversation, now=10, changed=0)

    assert waits(conversation) == [(1, "first_response", "deleted")]
    assert conversation.waiting_since is None


def test_refresh_history_never_waits() -> None:
    conversation = told.conversation(origin="backfill", status="resolved")
    told.says(conversation, -9000, origin="backfill", fetched_at=None)

    refold(conversation, now=1)

    assert waits(conversation) == [(1, "first_response", "history")]
    assert waits(conversation, "team") == []
    assert feed(conversation) == (None, None, None)
    assert events(conversation) == []


def test_refresh_changing_nothing_touches_nothing() -> None:
    marta = make.agent()
    conversation = told.conversation()
    told.says(conversation, 0)
    told.answers(conversation, 5, marta)
    told.says(conversation, 10)
    refold(conversation, now=11)
    before = list(conversation.clocks.order_by("pk").values())

    refold(conversation, now=12)
    refold(conversation, now=12, changed=11)

    assert list(conversation.clocks.order_by("pk").values()) == before
    assert (conversation.version, conversation.changed_at) == (1, minute(11))


def test_sweep_marks_a_breach_once_and_writes_one_event_per_wait() -> None:
    conversation = told.conversation()
    told.says(conversation, 0)
    refold(conversation, now=1)

    assert clocks.sweep(now=minute(60)) == 0
    assert clocks.sweep(now=minute(60.1)) == 1
    conversation.refresh_from_db()
    assert feed(conversation) == (minute(60), minute(60), minute(0))
    assert events(conversation) == [("breached", "customer", 1, "")]
    assert clocks.sweep(now=minute(60.2)) == 0

    assert clocks.sweep(now=minute(61.1)) == 1
    assert events(conversation) == [
        ("breached", "customer", 1, ""),
        ("breached", "team", 1, ""),
    ]
    assert clocks.sweep(now=minute(62)) == 0


def test_sweep_takes_the_oldest_first_and_no_more_than_asked() -> None:
    early, late = told.conversation(), told.conversation()
    told.says(late, 5, fetched_at=None)
    told.says(early, 0, fetched_at=None)
    refold(late, early, now=6)

    assert clocks.sweep(now=minute(90), limit=1) == 1

    late.refresh_from_db()
    early.refresh_from_db()
    assert (early.breached_at, late.breached_at) == (minute(60), None)


def test_refresh_a_reply_that_arrives_late_retracts_the_breach() -> None:
    conversation = told.conversation()
    told.says(conversation, 0, fetched_at=None)
    refold(conversation, now=90)
    assert events(conversation) == [("breached", "customer", 1, "")]
    told.answers(conversation, 5, None)

    refold(conversation, now=100, changed=6)

    assert waits(conversation) == [(1, "first_response", "met")]
    assert conversation.clocks.get().credit == "outside"
    assert events(conversation)[1:] == [("breach_retracted", "customer", 1, "reply")]
    retracted = conversation.events.get(what=Happening.BREACH_RETRACTED)
    assert retracted.data["due_at"] == minute(60).isoformat()
    assert retracted.at == minute(100)


def test_refresh_an_earlier_message_that_arrives_late_moves_the_start() -> None:
    conversation = told.conversation()
    told.says(conversation, 30, fetched_at=None)
    refold(conversation, now=95)
    told.says(conversation, 10, fetched_at=None)

    refold(conversation, now=96, changed=10)

    assert feed(conversation) == (minute(70), minute(70), minute(10))
    assert events(conversation) == [("breached", "customer", 1, "")]


def test_refresh_a_reply_taken_away_opens_the_first_wait_again() -> None:
    """Two open clocks of one promise must not meet, not even between statements."""
    marta = make.agent()
    conversation = told.conversation()
    told.says(conversation, 0)
    reply = told.answers(conversation, 5, marta)
    told.says(conversation, 10)
    refold(conversation, now=11)
    assert [row[2] for row in waits(conversation)] == ["met", "open"]
    Message.objects.filter(pk=reply.pk).update(delivery="failed", delivered_at=None)

    refold(conversation, now=12, changed=6)

    assert waits(conversation) == [(1, "first_response", "open")]
    Message.objects.filter(pk=reply.pk).update(delivery="sent", delivered_at=minute(6))
    refold(conversation, now=13, changed=6)
    assert [row[2] for row in waits(conversation)] == ["met", "open"]


def test_refresh_channel_an_outage_pauses_the_team_wait() -> None:
    conversation = told.conversation()
    told.says(conversation, 0)
    refold(conversation, now=1)
    told.outage(conversation, 20)

    clocks.refresh_channel(conversation.channel_id, since=minute(20), now=minute(20))
    team = conversation.clocks.get(wait="team")
    assert (team.due_at, team.pauses) == (None, [[minute(20).isoformat(), None]])

    told.outage(conversation, 50, closes=True)
    assert (
        clocks.refresh_channel(
            conversation.channel_id, since=minute(20), now=minute(50)
        )
        == 1
    )
    team.refresh_from_db()
    assert team.due_at == minute(91)
    conversation.refresh_from_db()
    assert conversation.next_due_at == minute(60)


@pytest.mark.parametrize("size", [1, 12])
def test_refresh_takes_as_many_queries_for_many_as_for_one(size: int) -> None:
    marta, channel = make.agent(), make.channel()
    many = []
    for _ in range(size):
        conversation = told.conversation(channel=channel)
        told.answers(conversation, 5, marta, answers=told.says(conversation, 0))
        many.append(conversation)
    refold(*many, now=7)
    for conversation in many:
        told.says(conversation, 10)

    with CaptureQueriesContext(connection) as queries:
        clocks.refresh({one.pk: minute(10) for one in many}, now=minute(11))

    assert len(queries) == 14


def test_rebuild_after_truncation_gives_the_same_rows_and_tells_nobody() -> None:
    conversation = _busy()
    rows = _rows()
    shown = feed(conversation)
    told_before = Event.objects.count()
    Clock.objects.all().delete()
    Conversation.objects.update(next_due_at=None, breached_at=None, waiting_since=None)

    call_command("rebuild_clocks", stderr=StringIO())

    conversation.refresh_from_db()
    assert _rows() == rows
    assert feed(conversation) == shown
    assert Event.objects.count() == told_before


def test_rebuild_check_says_nothing_when_all_is_well() -> None:
    _busy()
    out = StringIO()
    call_command("rebuild_clocks", "--check", stdout=out, stderr=StringIO())
    assert out.getvalue() == "Clocks are what history says.\n"


def test_rebuild_check_fails_with_what_differs_and_changes_nothing() -> None:
    conversation = _busy()
    wrong = conversation.clocks.get(wait="team", cycle=1)
    Clock.objects.filter(pk=wrong.pk).update(wall_seconds=1)
    conversation.clocks.get(wait="customer", cycle=2).delete()
    out = StringIO()

    with pytest.raises(CommandError, match="2 differences") as failed:
        call_command("rebuild_clocks", "--check", stdout=out, stderr=StringIO())

    assert failed.value.returncode == 1
    assert "column='wall_seconds', stored=1, rebuilt=300" in out.getvalue()
    assert Clock.objects.get(pk=wrong.pk).wall_seconds == 1
    assert Clock.objects.filter(wait="customer", cycle=2).count() == 0


def _busy() -> Conversation:
    """Two cycles answered, one waiting, folded a piece at a time."""
    marta = make.agent()
    conversation = told.conversation()
    told.says(conversation, 0)
    refold(conversation, now=1, changed=0)
    told.answers(conversation, 6, marta)
    refold(conversation, now=7, changed=7)
    told.says(conversation, 10)
    told.answers(conversation, 300, None)
    refold(conversation, now=302, changed=10)
    told.says(conversation, 310)
    refold(conversation, now=500, changed=310)
    return conversation


def _rows() -> list[dict[str, object]]:
    rows = Clock.objects.order_by("conversation_id", "wait", "cycle").values()
    return [{**row, "id": None} for row in rows]
