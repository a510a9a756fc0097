"""Figures against the same figures counted by hand, and against their own rows."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import pytest
from django.db import connection, transaction

from inbox.models import Agent, Conversation, Happening, Outcome
from inbox.services import clocks
from sla import report
from sla.models import Clock
from sla.percentile import Measure, Percentile
from sla.policy import Metric, Wait
from sla.report import Figure, Figures, Question, Who
from tests import make
from tests.inbox import told
from tests.inbox.told import minute

pytestmark = pytest.mark.django_db


def question(**more: object) -> Question:
    values: dict[str, object] = {
        "workspace_id": make.workspace().pk,
        "start": minute(0),
        "end": minute(1000),
        "now": minute(900),
    }
    return Question(**values | more)  # type: ignore[arg-type]


def fold(*some: Conversation, now: float = 900) -> None:
    with transaction.atomic():
        clocks.refresh({one.pk: None for one in some}, now=minute(now))


def answered(
    at: float, by: Agent | None, after: float, **columns: object
) -> Conversation:
    """Asked at this minute, fetched at once, answered and delivered after so many."""
    conversation = told.conversation(**columns)
    told.says(conversation, at, fetched_at=minute(at))
    told.answers(conversation, at + after - 1, by)
    fold(conversation)
    return conversation


def waiting(at: float, **columns: object) -> Conversation:
    conversation = told.conversation(**columns)
    told.says(conversation, at, fetched_at=minute(at))
    fold(conversation)
    return conversation


def seconds(minutes: float) -> Percentile:
    return Percentile(seconds=minutes * 60)


def test_by_agent_counts_what_each_ones_replies_closed() -> None:
    marta, jan = make.agent("Marta"), make.agent("Jan")
    for after in (10, 20, 90):
        answered(0, marta, after, assignee=jan)
    answered(5, jan, 40)
    answered(6, None, 30)

    found = report.by_agent(question(wait=Wait.CUSTOMER))

    assert found.agents == {
        marta.pk: Figures(
            answered=3, median=seconds(20), p90=seconds(76), met=2, missed=1
        ),
        jan.pk: Figures(answered=1, median=seconds(40), p90=seconds(40), met=1),
    }
    assert found.outside == Figures(
        answered=1, median=seconds(30), p90=seconds(30), met=1
    )
    assert found.total == Figures(
        answered=5, median=seconds(30), p90=seconds(70), met=4, missed=1
    )
    assert found.agents[marta.pk].within_target == pytest.approx(66.667, abs=0.001)
    assert found.total.within_target == 80.0


def test_team_wait_ends_when_send_is_pressed() -> None:
    marta = make.agent()
    answered(0, marta, 10)
    found = report.by_agent(question(wait=Wait.TEAM))
    assert found.agents[marta.pk].median == seconds(9)


def test_libredesk_breached_and_open_ones_belong_in_the_figure() -> None:
    answered(0, make.agent(), 10)
    waiting(100)
    waiting(850)

    total = report.by_agent(question(wait=Wait.CUSTOMER)).total

    assert (total.met, total.missed, total.waiting) == (1, 1, 2)
    assert total.within_target == 50.0


def test_hootsuite_what_still_waits_enters_with_its_age_and_says_at_least() -> None:
    marta = make.agent()
    for after in (10, 20, 30):
        answered(0, marta, after)
    waiting(800)
    waiting(500)

    total = report.by_agent(question(wait=Wait.CUSTOMER)).total

    assert total.median == seconds(30)
    assert total.p90 == Percentile(seconds=(100 + 0.6 * 300) * 60, at_least=True)
    assert total.waiting == 2


@pytest.mark.parametrize(
    ("ages", "median"),
    [
        ((), Percentile(seconds=900)),
        ((40,), Percentile(seconds=1200)),
        ((40, 50), Percentile(seconds=1800, at_least=True)),
        ((15,), Percentile(seconds=900, at_least=True)),
        ((5,), Percentile(seconds=600)),
    ],
)
def test_at_least_is_said_where_the_rank_falls_on_an_open_wait(
    ages: tuple[int, ...], median: Percentile
) -> None:
    for after in (10, 20):
        answered(0, make.agent(), after)
    for age in ages:
        waiting(900 - age)
    total = report.by_agent(question(wait=Wait.CUSTOMER)).total
    assert total.median == median


def test_outcomes_leave_the_denominator_and_are_shown_apart() -> None:
    for outcome in (Outcome.SPAM, Outcome.SPAM, Outcome.NO_REPLY_NEEDED):
        conversation = told.conversation()
        told.says(conversation, 0)
        told.happens(conversation, 80, Happening.OUTCOME, outcome=outcome.value)
        fold(conversation)

    found = report.by_agent(question(wait=Wait.CUSTOMER))

    assert found.total == Figures(excluded=3)
    assert found.outcomes == {"no_reply_needed": 1, "spam": 2}
    assert found.total.within_target is None


def test_what_an_agent_holds_stands_beside_and_in_no_percentile_of_his() -> None:
    marta, jan = make.agent("Marta"), make.agent("Jan")
    answered(0, marta, 10)
    waiting(100, assignee=marta)
    waiting(200, assignee=jan)

    found = report.by_agent(question(wait=Wait.CUSTOMER))

    assert found.agents[marta.pk] == Figures(
        answered=1, median=seconds(10), p90=seconds(10), met=1, waiting=1
    )
    assert found.agents[jan.pk] == Figures(waiting=1)


def test_a_cycle_belongs_to_the_day_it_opened_in_a_half_open_range() -> None:
    marta = make.agent()
    for at in (-0.1, 0, 59.9, 60):
        answered(at, marta, 10)
    asked = question(wait=Wait.CUSTOMER, start=minute(0), end=minute(60))
    assert report.by_agent(asked).total.answered == 2


def test_a_figure_as_of_an_earlier_moment_does_not_know_what_came_later() -> None:
    marta = make.agent()
    answered(0, marta, 10)
    answered(5, marta, 100)
    early = report.by_agent(question(wait=Wait.CUSTOMER, now=minute(50)))
    assert early.total.answered == 1
    assert early.total.waiting == 1
    assert early.total.p90 == Percentile(seconds=(10 + 0.9 * 35) * 60, at_least=True)


def test_history_counts_in_customer_figures_alone() -> None:
    conversation = told.conversation()
    told.says(conversation, 0, origin="import", fetched_at=None)
    told.answers(conversation, 9, make.agent(), origin="import")
    fold(conversation)
    assert report.by_agent(question(wait=Wait.CUSTOMER)).total.answered == 1
    assert report.by_agent(question(wait=Wait.TEAM)).total.answered == 0


def test_only_channels_that_the_reader_sees_and_only_this_workspace() -> None:
    marta = make.agent()
    mine = answered(0, marta, 10)
    answered(0, marta, 20)
    some = question(wait=Wait.CUSTOMER, channel_ids=[mine.channel_id])
    assert report.by_agent(some).total.answered == 1
    assert report.by_agent(replace(some, channel_ids=[])).total.answered == 0
    assert report.by_agent(replace(some, workspace_id=99)).total == Figures()


def test_first_and_next_responses_apart() -> None:
    marta = make.agent()
    conversation = answered(0, marta, 10)
    told.says(conversation, 20, fetched_at=minute(20))
    told.answers(conversation, 24, marta)
    fold(conversation)
    for metric, median in ((Metric.FIRST_RESPONSE, 10), (Metric.NEXT_RESPONSE, 5)):
        found = report.by_agent(question(wait=Wait.CUSTOMER, metric=metric))
        assert found.agents[marta.pk].median == seconds(median)


def test_working_and_wall_seconds_are_never_mixed() -> None:
    marta = make.agent()
    conversation = answered(0, marta, 10)
    conversation.clocks.update(working_seconds=60)
    for measure, minutes in ((Measure.WORKING, 1), (Measure.WALL, 10)):
        found = report.by_agent(question(wait=Wait.CUSTOMER, measure=measure))
        assert found.agents[marta.pk].median == seconds(minutes)


def test_period_is_days_of_the_workspaces_zone() -> None:
    start, end = report.period("Europe/Warsaw", date(2026, 3, 29), date(2026, 3, 29))
    assert start == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_is_what_its_rows_say(seed: int) -> None:
    luck = Random(seed)
    agents = [make.agent("Marta"), make.agent("Jan")]
    _some_talks(luck, agents)
    asked = question(
        wait=luck.choice(list(Wait)),
        measure=luck.choice(list(Measure)),
        start=minute(luck.randint(0, 100)),
        now=minute(luck.randint(300, 900)),
    )
    found = report.by_agent(asked)
    lines: list[tuple[int | Who, Figures]] = [
        *found.agents.items(),
        (Who.OUTSIDE, found.outside),
        (Who.EVERYBODY, found.total),
    ]
    for who, figures in lines:
        for figure in (Figure.ANSWERED, Figure.MET, Figure.WAITING, Figure.MISSED):
            if figure is Figure.WAITING and who is Who.OUTSIDE:
                continue
            rows = list(report.behind(asked, figure, who=who))
            assert len(rows) == getattr(figures, figure.value), (who, figure)
    _check_total(asked, found.total)
    everyone = [*found.agents.values(), found.outside]
    assert sum(one.answered for one in everyone) == found.total.answered
    assert sum(one.met for one in everyone) == found.total.met


def _check_total(asked: Question, total: Figures) -> None:
    """The percentiles once more, by hand."""
    timed = sorted(
        (_age(row, asked), row.ended_at is None or row.ended_at > asked.now)
        for row in report.behind(asked, Figure.TIMED)
    )
    for fraction, stated in ((0.5, total.median), (0.9, total.p90)):
        place = fraction * (len(timed) - 1)
        (low, low_open), (high, high_open) = (
            timed[math.floor(place)],
            timed[math.ceil(place)],
        )
        assert stated is not None
        assert stated.seconds == pytest.approx(low + (high - low) * (place % 1))
        assert stated.at_least == (low_open or high_open)


def _age(row: Clock, asked: Question) -> int:
    if row.ended_at is None or row.ended_at > asked.now:
        return max(0, int((asked.now - row.started_at).total_seconds()))
    return row.wall_seconds or 0


def _some_talks(luck: Random, agents: list[Agent]) -> None:
    many = []
    for _ in range(25):
        conversation = told.conversation(assignee=luck.choice([None, *agents]))
        at = luck.randint(0, 250)
        for _turn in range(luck.randint(1, 3)):
            told.says(conversation, at, fetched_at=minute(at))
            at += luck.randint(1, 150)
            end = luck.choice(["reply", "reply", "outside", "outcome", "nothing"])
            if end == "outcome":
                told.happens(conversation, at, Happening.OUTCOME, outcome="spam")
            elif end != "nothing":
                by = None if end == "outside" else luck.choice(agents)
                told.answers(conversation, at - 1, by)
            at += luck.randint(1, 50)
        many.append(conversation)
    fold(*many)


def test_pages_of_rows_give_each_row_once_the_latest_first() -> None:
    marta = make.agent()
    for at in (0, 3, 3, 3, 9):
        answered(at, marta, 10)
    rows = report.behind(question(wait=Wait.CUSTOMER), Figure.ANSWERED, who=marta.pk)
    seen: list[Clock] = []
    after: report.Place | None = None
    while True:
        some, after = report.page(rows, after=after, limit=2)
        seen += some
        if after is None:
            break
    assert [row.opened_at for row in seen] == [minute(at) for at in (9, 3, 3, 3, 0)]
    assert len({row.pk for row in seen}) == 5


def test_the_agents_query_reads_the_covering_index_alone() -> None:
    waiting(0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        statement, values = (
            report.behind(question(), Figure.ANSWERED)
            .order_by()
            .values("agent_id", "working_seconds", "met_at", "breached_at")
            .query.sql_with_params()
        )
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using clock_report" in plan
