"""Figures per agent and in total, the rows behind each, and the same as CSV."""

from __future__ import annotations

import csv as tables
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import queues
from inbox.display import report as shown
from inbox.display.queue_pane import queue_pane
from inbox.forms import ReportForm
from inbox.models import Agent, Role
from inbox.views.access import AgentRequest, allowed
from sla import report
from sla.percentile import Measure
from sla.policy import Metric, Wait
from sla.report import Figure, Figures, Place, Question, Who


@allowed(Role.OPERATOR)
def show(request: AgentRequest) -> HttpResponse:
    """Leads see everybody's line, operators their own and the total."""
    form, question = _asked(request)
    context: dict[str, Any] = {
        "form": form,
        "queues": queue_pane(request.membership, now=timezone.now(), page="report"),
        "is_lead": _is_lead(request),
        "zone": request.workspace.time_zone,
    }
    if question is None:
        return render(request, "pages/report.html", context, status=422)
    query = _query(form, question)
    context["sheet"] = shown.sheet(question, _people(request), query=query)
    context["query"] = query
    context["switches"] = _switches(form, question)
    return render(request, "pages/report.html", context)


@allowed(Role.OPERATOR)
def rows(request: AgentRequest) -> HttpResponse:
    """The waits behind one figure, the latest opened first."""
    form, question = _asked(request)
    if question is None:
        raise Http404
    figure, who = _figure(request), _who(request)
    found = report.behind(question, figure, who=who).select_related(
        "conversation__contact", "conversation__channel", "conversation__author"
    )
    clocks, after = report.page(found, after=_place(request.GET.get("after", "")))
    names = dict(_people(request, everybody=True).values_list("pk", "name"))
    here = {**_parts(form, question), "figure": figure.value, "who": _text(who)}
    if question.metric:
        here["metric"] = question.metric.value
    context = {
        "rows": shown.rows(clocks, names, measure=question.measure, now=question.now),
        "count": found.count(),
        "more": urlencode({**here, "after": _after(after)}) if after else "",
        "query": urlencode(_parts(form, question)),
        "is_lead": _is_lead(request),
        "queues": queue_pane(request.membership, now=timezone.now(), page="report"),
    }
    return render(request, "pages/report_rows.html", context)


@allowed(Role.LEAD)
def csv(request: AgentRequest) -> HttpResponse:
    """The same figures in seconds, for a spreadsheet."""
    _form, question = _asked(request)
    if question is None:
        raise Http404
    found = report.by_agent(question)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="agents.csv"'
    # A spreadsheet program takes UTF-8 for granted only behind this mark.
    response.write("\ufeff")
    writer = tables.writer(response)
    writer.writerow(COLUMNS)
    for agent in _people(request):
        if agent.pk in found.agents:
            writer.writerow([_safe(agent.name), *_seconds(found.agents[agent.pk])])
    writer.writerow([_("Outside"), *_seconds(found.outside)])
    writer.writerow([_("In total"), *_seconds(found.total)])
    return response


COLUMNS = (
    "agent",
    "answered",
    "median_seconds",
    "median_at_least",
    "p90_seconds",
    "p90_at_least",
    "met",
    "missed",
    "within_target_percent",
    "waiting",
    "excluded",
)


def _seconds(figures: Figures) -> list[object]:
    within = figures.within_target
    times = [
        part
        for value in (figures.median, figures.p90)
        for part in ((round(value.seconds), int(value.at_least)) if value else ("", ""))
    ]
    return [
        figures.answered,
        *times,
        figures.met,
        figures.missed,
        "" if within is None else f"{within:.2f}",
        figures.waiting,
        figures.excluded,
    ]


def _safe(text: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _asked(request: AgentRequest) -> tuple[ReportForm, Question | None]:
    """The question that the address asks; None when it makes no sense."""
    now, given = timezone.now(), request.GET.dict()
    form = ReportForm(given, zone=ZoneInfo(request.workspace.time_zone), now=now)
    if not form.is_valid():
        return form, None
    start, end = form.span()
    metric = given.get("metric", "")
    return form, Question(
        workspace_id=request.workspace.pk,
        start=start,
        end=end,
        now=now,
        wait=Wait.CUSTOMER if given.get("wait") == Wait.CUSTOMER else Wait.TEAM,
        measure=Measure.WALL if given.get("time") == "wall" else Measure.WORKING,
        metric=Metric(metric) if metric in set(Metric) else None,
        channel_ids=[channel.pk for channel in queues.channels(request.user)],
    )


def _parts(form: ReportForm, question: Question) -> dict[str, str]:
    return {
        "since": form.cleaned_data["since"].isoformat(),
        "until": form.cleaned_data["until"].isoformat(),
        "wait": question.wait.value,
        "time": question.measure.value,
    }


def _query(form: ReportForm, question: Question) -> str:
    return urlencode(_parts(form, question))


def _switches(form: ReportForm, question: Question) -> list[list[Mapping[str, object]]]:
    """Whose wait, and which time: each choice with the report it leads to."""
    parts = _parts(form, question)
    choices = {
        "wait": [
            (Wait.TEAM.value, _("Team’s wait")),
            (Wait.CUSTOMER.value, _("Customer’s wait")),
        ],
        "time": [
            (Measure.WORKING.value, _("Working time")),
            (Measure.WALL.value, _("All hours")),
        ],
    }
    return [
        [
            {
                "label": label,
                "query": urlencode({**parts, name: value}),
                "is_current": parts[name] == value,
            }
            for value, label in options
        ]
        for name, options in choices.items()
    ]


def _people(request: AgentRequest, *, everybody: bool = False) -> Any:
    """Whose lines the reader may see, by name."""
    found = Agent.objects.filter(memberships__workspace=request.workspace)
    if not (everybody or _is_lead(request)):
        found = found.filter(pk=request.user.pk)
    return found.prefetch_related("teams").order_by("name", "pk")


def _is_lead(request: AgentRequest) -> bool:
    return Role(request.membership.role).rank >= Role.LEAD.rank


def _figure(request: AgentRequest) -> Figure:
    value = request.GET.get("figure", "")
    if value not in set(Figure):
        raise Http404
    return Figure(value)


def _who(request: AgentRequest) -> int | Who:
    """Whose rows; another agent's are for leads."""
    value = request.GET.get("who", Who.EVERYBODY)
    if value in set(Who):
        return Who(value)
    if not value.isdecimal() or len(value) > 18:
        raise Http404
    if int(value) != request.user.pk and not _is_lead(request):
        raise PermissionDenied
    return int(value)


def _text(who: int | Who) -> str:
    return who.value if isinstance(who, Who) else str(who)


def _place(text: str) -> Place | None:
    moment, _mark, number = text.partition("~")
    try:
        return datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None


def _after(place: Place) -> str:
    return f"{place[0].isoformat()}~{place[1]}"
