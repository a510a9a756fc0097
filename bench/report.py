"""The report: exact figures for thirty days, over the clocks alone.

The floor is a bare count of the same clocks over the same index.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from bench import crowd
from bench.crowd import House
from bench.feed import get
from bench.timing import Act, Line, compare, plain
from inbox.models import Channel, Conversation
from sla import report
from sla.models import CalendarVersion, Clock, Credit, Metric, Wait
from sla.report import Question
from tests.inbox.browser import browser

CLOCKS = 33_000
CONVERSATIONS = 3_300
DAYS = 30
SPAN = DAYS * 24 * 3600
"""Seconds."""
EARLIER = 5
"""Months before, of as many clocks each, that the report must not read."""
AGENTS = 50


def measure(runs: int) -> Iterator[Line]:
    now = timezone.now()
    house = crowd.house(agents=AGENTS)
    crowd.conversations(house, CONVERSATIONS, waiting=CONVERSATIONS, now=now)
    for wait in Wait:
        Clock.objects.bulk_create(_clocks(house, wait, now), batch_size=1_000)
    _repeat(EARLIER)
    crowd.settle()
    floor = plain(_count(now))
    days = f"since={(now - timedelta(days=DAYS)).date()}&until={now.date()}"
    acts = (
        ("the figures of all agents", lambda: report.by_agent(_question(now))),
        ("the page", get(browser(house.lead), f"/reports/agents/?{days}")),
        (
            "fifty of the rows behind a figure",
            get(
                browser(house.lead),
                f"/reports/agents/rows/?{days}&figure=answered&who=everybody",
            ),
        ),
    )
    for name, act in acts:
        yield compare(
            f"{name}, {CLOCKS:,} clocks",
            plain(act),
            floor=floor,
            means="times a bare count over the index",
            runs=runs,
        )


def _repeat(months: int) -> None:
    """The waits that ended, once more for each month, that much earlier."""
    earlier = {
        name: f"{name} - month * interval '{DAYS} days'"
        for name in ("opened_at", "ended_at", "due_at", "met_at", "breached_at")
    }
    changed = {**earlier, "cycle": f"cycle + month * {CLOCKS}"}
    names = [field.column for field in Clock._meta.concrete_fields]  # noqa: SLF001
    names.remove("id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO sla_clock ({', '.join(names)})"  # noqa: S608 - our columns
            f" SELECT {', '.join(changed.get(name, name) for name in names)}"
            " FROM sla_clock, generate_series(1, %s) AS month"
            " WHERE ended_at IS NOT NULL",
            [months],
        )


def _question(now: datetime) -> Question:
    return Question(
        workspace_id=Channel.objects.all()[0].workspace_id,
        start=now - timedelta(days=DAYS),
        end=now,
        now=now,
        channel_ids=list(Channel.objects.values_list("pk", flat=True)),
    )


def _count(now: datetime) -> Act:
    asked = _question(now)

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM sla_clock WHERE workspace_id = %s"
                " AND wait = %s AND opened_at >= %s AND opened_at < %s",
                [asked.workspace_id, asked.wait, asked.start, asked.end],
            )
            assert cursor.fetchone() == (CLOCKS,)

    return act


def _clocks(of: House, wait: Wait, now: datetime) -> Iterator[Clock]:
    """Ten waits of each conversation, evenly over the days; in every fifth one the
    last goes on."""
    hours = CalendarVersion.objects.all()[0]
    each = CLOCKS // CONVERSATIONS
    for number, row in enumerate(Conversation.objects.order_by("pk")):
        for cycle in range(1, each + 1):
            turn = number * each + cycle
            ago = (each - cycle) * SPAN // each + turn * 7919 % (SPAN // each - 1) + 1
            clock = _clock(row, wait, cycle, now - timedelta(seconds=ago), hours)
            if cycle < each or number % 5:
                _answer(clock, of, turn)
            yield clock


def _clock(
    of: Conversation, wait: Wait, cycle: int, at: datetime, hours: CalendarVersion
) -> Clock:
    is_first = cycle == 1
    target = 3_600 if is_first else 7_200
    return Clock(
        conversation=of,
        workspace_id=of.workspace_id,
        metric=Metric.FIRST_RESPONSE if is_first else Metric.NEXT_RESPONSE,
        wait=wait,
        cycle=cycle,
        origin="live",
        opened_at=at,
        started_at=at,
        target_seconds=target,
        due_at=at + timedelta(seconds=target),
        calendar_version=hours,
        opened_by_id=of.last_inbound_id,
        channel_id=of.channel_id,
        kind=of.channel.kind,
        team_id=of.team_id,
        assignee_id=of.assignee_id,
        form=of.form,
        priority=of.priority,
    )


def _answer(clock: Clock, of: House, turn: int) -> None:
    took = turn * 104_729 % 9_000
    end = clock.opened_at + timedelta(seconds=took)
    is_outside = turn % 20 == 0
    clock.ended_at = clock.closed_at = clock.delivered_at = end
    clock.wall_seconds, clock.working_seconds = took, took // 2
    clock.credit = Credit.OUTSIDE if is_outside else Credit.AGENT
    clock.agent_id = None if is_outside else of.agents[turn % len(of.agents)].pk
    if took <= (clock.target_seconds or 0):
        clock.met_at = end
    else:
        clock.breached_at = clock.due_at
