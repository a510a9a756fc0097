"""The report per agent: every figure in words, with the address of its very rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.display import clock, wording
from inbox.display.card import conversation_url, name_of
from inbox.feed import Filter
from inbox.models import Agent
from sla import report
from sla.models import Clock
from sla.models import Metric as MetricChoice
from sla.percentile import Measure, Percentile
from sla.policy import Metric
from sla.report import AgentReport, Figure, Figures, Question, Who

GOAL = 90
"""Per cent of promises that one aims to keep; a notch on the bar."""
BAR = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure and the rows behind it."""

    words: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An agent, outside, or the total."""

    name: str
    detail: str
    is_us: bool
    is_total: bool
    answered: Cell
    first: Cell
    first_p90: str
    next: Cell
    next_p90: str
    within: Cell
    bar: float
    waiting: Cell
    excluded: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    lines: list[Line]
    total: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """The same question for first responses and for next ones."""

    first: AgentReport
    next: AgentReport

    @classmethod
    def ask(cls, question: Question) -> Responses:
        return cls(
            first=report.by_agent(replace(question, metric=Metric.FIRST_RESPONSE)),
            next=report.by_agent(replace(question, metric=Metric.NEXT_RESPONSE)),
        )


def sheet(question: Question, agents: Sequence[Agent], *, query: str) -> Sheet:
    """The lines of `agents` who answered or hold a wait, outside, and the total.

    `query` is the period as a query string; links carry it on.
    """
    asked = Responses.ask(question)
    lines = [
        _agent_line(asked, agent, query)
        for agent in agents
        if agent.pk in asked.first.agents or agent.pk in asked.next.agents
    ]
    if asked.first.outside.answered or asked.next.outside.answered:
        lines.append(_outside(asked, query))
    return Sheet(lines=lines, total=_total(asked, query))


def _agent_line(asked: Responses, agent: Agent, query: str) -> Line:
    return _line(
        asked.first.agents.get(agent.pk, Figures()),
        asked.next.agents.get(agent.pk, Figures()),
        who=str(agent.pk),
        query=query,
        name=agent.name,
        detail=", ".join(sorted(team.name for team in agent.teams.all())),
    )


def _outside(asked: Responses, query: str) -> Line:
    return _line(
        asked.first.outside,
        asked.next.outside,
        who=Who.OUTSIDE.value,
        query=query,
        name=_("Outside"),
        detail=_("typed in the network’s own app"),
    )


def _total(asked: Responses, query: str) -> Line:
    return _line(
        asked.first.total,
        asked.next.total,
        who=Who.EVERYBODY.value,
        query=query,
        name=_("In total"),
        detail="",
    )


def _line(
    first: Figures,
    later: Figures,
    *,
    who: str,
    query: str,
    name: str,
    detail: str,
) -> Line:
    both = report.counted(first, later)
    is_all = who == Who.EVERYBODY
    timed = Figure.TIMED if is_all else Figure.ANSWERED

    def cell(words: str, figure: Figure, metric: str = "") -> Cell:
        return Cell(words=words, url=_rows(query, figure, who, metric))

    return Line(
        name=name,
        detail=detail,
        is_us=who == Who.OUTSIDE,
        is_total=is_all,
        answered=cell(str(both.answered), Figure.ANSWERED),
        first=cell(_time(first.median), timed, Metric.FIRST_RESPONSE),
        first_p90=_time(first.p90),
        next=cell(_time(later.median), timed, Metric.NEXT_RESPONSE),
        next_p90=_time(later.p90),
        within=cell(_percent(both.within_target), Figure.JUDGED),
        bar=round(BAR * (both.within_target or 0) / 100, 1),
        waiting=cell(str(both.waiting), Figure.WAITING),
        excluded=cell(str(both.excluded), Figure.EXCLUDED),
    )


def _rows(query: str, figure: Figure, who: str, metric: str) -> str:
    parts = {"figure": figure.value, "who": who}
    if metric:
        parts["metric"] = metric
    return f"{reverse('report_rows')}?{query}&{urlencode(parts)}"


def _time(value: Percentile | None) -> str:
    if value is None:
        return "–"
    words = wording.duration(value.seconds)
    return f"≥ {words}" if value.at_least else words


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}{wording.NBSP}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One wait behind a figure."""

    url: str
    name: str
    kind: str
    words: str
    metric: str
    opened: str
    took: str
    face: clock.Face
    agent: str


def rows(
    clocks: Sequence[Clock],
    names: dict[int, str],
    *,
    measure: Measure,
    now: datetime,
) -> list[Row]:
    """`clocks` with their conversations; `names` of the agents by id."""
    return [_row(one, names, measure, now) for one in clocks]


def _row(one: Clock, names: dict[int, str], measure: Measure, now: datetime) -> Row:
    conversation = one.conversation
    seconds: int | None = getattr(one, measure.column)
    agent = names.get(one.agent_id or 0, "")
    if one.credit and not agent:
        agent = _("outside")
    return Row(
        url=conversation_url(conversation.pk, Filter()),
        name=name_of(conversation),
        kind=conversation.channel.kind,
        words=conversation.preview,
        metric=str(MetricChoice(one.metric).label),
        opened=wording.exact(one.opened_at),
        took=_took(one, seconds, now),
        face=_face(one, now=now),
        agent=agent,
    )


def _took(one: Clock, seconds: int | None, now: datetime) -> str:
    if one.ended_at is None or seconds is None:
        return f"≥ {wording.duration((now - one.started_at).total_seconds())}"
    return wording.duration(seconds)


def _face(one: Clock, *, now: datetime) -> clock.Face:
    if one.due_at is None:
        return clock.plain(_("no target"))
    if one.ended_at is None:
        return clock.running(due=one.due_at, since=one.started_at, now=now)
    if one.outcome:
        return clock.paused(_("no reply needed"))
    if one.breached_at:
        return clock.missed(seconds=(one.ended_at - one.due_at).total_seconds())
    return clock.met(seconds=(one.ended_at - one.started_at).total_seconds())
