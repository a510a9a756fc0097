"""The only reader for figures: page, API and CSV ask here, so they cannot disagree.

Every figure is exact, over Clock rows alone, and `behind` gives the very rows that it
counts. A cycle belongs to the day on which it opened, in a half-open range. The parts:

- answered: a reply closed it, an agent's or one typed elsewhere (outside);
- waiting: open as of `now`;
- excluded: ended by an outcome, in no percentage and no percentile;
- met, missed: answered in time; answered late, or waiting past due.

An agent's row holds what that agent's replies closed. The waits that are now in the
agent's hands stand beside it; they enter the percentiles of the total alone, with
their age so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from sla import percentile
from sla.calendar import whole
from sla.models import Clock, Credit
from sla.percentile import Measure, Percentile
from sla.policy import Metric, Wait

FRACTIONS = (0.5, 0.9)
"""The median and p90."""
RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)

Place = tuple[datetime, int]
"""Where a page of rows ended: (opened_at, id)."""


class Figure(StrEnum):
    """What one may look behind."""

    ANSWERED = "answered"
    WAITING = "waiting"
    TIMED = "timed"
    """Answered and waiting: what median and p90 are taken over."""
    MET = "met"
    MISSED = "missed"
    JUDGED = "judged"
    """Met and missed: what the percentage is taken over."""
    EXCLUDED = "excluded"


class Who(StrEnum):
    EVERYBODY = "everybody"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which waits are asked about."""

    workspace_id: int
    start: datetime
    end: datetime
    now: datetime
    """As of when the figures hold."""
    wait: Wait = Wait.TEAM
    measure: Measure = Measure.WORKING
    metric: Metric | None = None
    """None is first and next responses together."""
    channel_ids: Collection[int] | None = None
    """Those the reader may see; None is all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One line of a report. Times are seconds."""

    answered: int = 0
    median: Percentile | None = None
    p90: Percentile | None = None
    met: int = 0
    missed: int = 0
    waiting: int = 0
    excluded: int = 0

    @property
    def within_target(self) -> float | None:
        """Per cent met of all that could be judged; None when there was nothing."""
        judged = self.met + self.missed
        return 100 * self.met / judged if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    question: Question
    agents: dict[int, Figures]
    """By agent id: who answered in the range, or holds a wait of it now."""
    outside: Figures
    total: Figures
    outcomes: dict[str, int]
    """How the excluded ones ended."""


def period(zone: str, first: date, last: date) -> tuple[datetime, datetime]:
    """The days from first to last, both whole, in this zone: [start, end)."""
    midnight = time_of_day(tzinfo=ZoneInfo(zone))
    after = last + timedelta(days=1)
    return datetime.combine(first, midnight), datetime.combine(after, midnight)


def by_agent(question: Question) -> AgentReport:
    """Per agent, outside, and in total."""
    closed = _closed_by(question)
    waiting = _waiting(question)
    held = Counter(one.assignee_id for one in waiting if one.assignee_id)
    outcomes = _outcomes(question)
    return AgentReport(
        question=question,
        agents={
            agent_id: replace(closed.get(agent_id, Figures()), waiting=held[agent_id])
            for agent_id in sorted({*(one for one in closed if one), *held})
        },
        outside=closed.get(None, Figures()),
        total=_total(question, list(closed.values()), waiting, outcomes),
        outcomes=outcomes,
    )


def counted(*parts: Figures) -> Figures:
    """What lines over different waits count together. Percentiles do not add up: it
    has none."""
    return Figures(
        answered=sum(one.answered for one in parts),
        met=sum(one.met for one in parts),
        missed=sum(one.missed for one in parts),
        waiting=sum(one.waiting for one in parts),
        excluded=sum(one.excluded for one in parts),
    )


def behind(
    question: Question, figure: Figure, *, who: int | Who = Who.EVERYBODY
) -> QuerySet[Clock]:
    """The clocks that a figure counts, the latest opened first.

    `who` is an agent's id, outside, or everybody: an agent's waiting ones are those
    now assigned to the agent, all others those that the agent's reply closed.
    """
    rows = _asked(question).filter(_part(question, figure))
    if who is Who.OUTSIDE:
        rows = rows.filter(_closed(question), credit=Credit.OUTSIDE)
    elif isinstance(who, int) and figure is Figure.WAITING:
        rows = rows.filter(assignee_id=who)
    elif isinstance(who, int):
        rows = rows.filter(_closed(question), agent_id=who)
    return rows.order_by("-opened_at", "-id")


def page(
    rows: QuerySet[Clock], *, after: Place | None = None, limit: int = 50
) -> tuple[list[Clock], Place | None]:
    """Some rows of `behind`, and where the next ones begin; None after the last."""
    if after is not None:
        opened_at, last = after
        rows = rows.filter(
            Q(opened_at__lt=opened_at) | Q(opened_at=opened_at, id__lt=last)
        )
    some = list(rows[: limit + 1])
    shown = some[:limit]
    more = len(some) > limit
    return shown, (shown[-1].opened_at, shown[-1].pk) if more else None


def _asked(question: Question) -> QuerySet[Clock]:
    metrics = (question.metric,) if question.metric else RESPONSES
    rows = Clock.objects.filter(
        workspace_id=question.workspace_id,
        wait=question.wait,
        metric__in=metrics,
        opened_at__gte=question.start,
        opened_at__lt=question.end,
    )
    if question.channel_ids is not None:
        rows = rows.filter(channel_id__in=question.channel_ids)
    return rows


def _closed(question: Question) -> Q:
    return Q(ended_at__lte=question.now)


def _open(question: Question) -> Q:
    return (Q(ended_at__isnull=True) | Q(ended_at__gt=question.now)) & Q(
        opened_at__lte=question.now
    )


def _part(question: Question, figure: Figure) -> Q:
    answered = _closed(question) & ~Q(credit="")
    late = Q(due_at__lt=whole(question.now)) & _open(question)
    met = answered & Q(met_at__isnull=False)
    missed = (answered & Q(breached_at__isnull=False)) | late
    return {
        Figure.ANSWERED: answered,
        Figure.WAITING: _open(question),
        Figure.TIMED: answered | _open(question),
        Figure.MET: met,
        Figure.MISSED: missed,
        Figure.JUDGED: met | missed,
        Figure.EXCLUDED: _closed(question) & ~Q(outcome=""),
    }[figure]


def _closed_by(question: Question) -> dict[int | None, Figures]:
    """What each sender's replies closed; None is outside."""
    rows = behind(question, Figure.ANSWERED).order_by()
    grouped = rows.values("agent_id").annotate(
        answered=Count("id"),
        times=percentile.At(question.measure.column, fractions=FRACTIONS),
        met=Count("met_at"),
        missed=Count("breached_at"),
    )
    return {row["agent_id"]: _figures(row) for row in grouped}


def _figures(row: Mapping[str, Any]) -> Figures:
    median, p90 = (Percentile(seconds=seconds) for seconds in row["times"])
    return Figures(
        answered=row["answered"],
        median=median,
        p90=p90,
        met=row["met"],
        missed=row["missed"],
    )


def _waiting(question: Question) -> list[Clock]:
    rows = behind(question, Figure.WAITING).order_by()
    return list(
        rows.only(
            "assignee_id", "due_at", "started_at", "pauses", "calendar_version_id"
        )
    )


def _outcomes(question: Question) -> dict[str, int]:
    rows = behind(question, Figure.EXCLUDED).order_by()
    return dict(rows.values_list("outcome").annotate(Count("id")).order_by("outcome"))


def _total(
    question: Question,
    closed: Sequence[Figures],
    waiting: Sequence[Clock],
    outcomes: Mapping[str, int],
) -> Figures:
    answered = sum(one.answered for one in closed)
    median, p90 = percentile.over(
        behind(question, Figure.ANSWERED),
        percentile.ages(waiting, measure=question.measure, now=question.now),
        ended=answered,
        measure=question.measure,
        fractions=FRACTIONS,
    )
    late = [one for one in waiting if one.due_at and one.due_at < whole(question.now)]
    return Figures(
        answered=answered,
        median=median,
        p90=p90,
        met=sum(one.met for one in closed),
        missed=sum(one.missed for one in closed) + len(late),
        waiting=len(waiting),
        excluded=sum(outcomes.values()),
    )
