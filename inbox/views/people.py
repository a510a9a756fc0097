"""Agents, roles and teams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.display.queue_pane import queue_pane
from inbox.forms import AgentForm, RoleForm, TeamForm, TeamsForm
from inbox.models import Agent, Membership, Role, Team
from inbox.services import people
from inbox.services.people import PeopleFault
from inbox.views.access import AgentRequest, allowed


@allowed(Role.ADMIN)
def index(request: AgentRequest) -> HttpResponse:
    return _page(request)


@allowed(Role.ADMIN, methods=("POST",))
def agents(request: AgentRequest) -> HttpResponse:
    """A new colleague."""
    form = AgentForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        return _page(request, agent_form=form)
    given = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
    try:
        people.create_agent(
            workspace=request.workspace, by=request.user, now=timezone.now(), **given
        )
    except PeopleFault as fault:
        form.add_error("email", str(fault))
        return _page(request, agent_form=form)
    messages.success(request, _("%(name)s can log in now.") % {"name": given["name"]})
    return redirect("people")


@allowed(Role.ADMIN, methods=("POST",))
def role(request: AgentRequest, agent_id: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    chosen = Role(form.cleaned_data["role"])
    return _change(request, agent_id, people.set_role, role=chosen)


@allowed(Role.ADMIN, methods=("POST",))
def teams(request: AgentRequest, agent_id: int) -> HttpResponse:
    form = TeamsForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        raise Http404
    return _change(
        request, agent_id, people.set_teams, teams=form.cleaned_data["teams"]
    )


@allowed(Role.ADMIN, methods=("POST",))
def activity(request: AgentRequest, agent_id: int) -> HttpResponse:
    """`on` lets the agent log in, `off` ends it at once."""
    verbs = {"on": people.reactivate, "off": people.deactivate}
    to = request.POST.get("to", "")
    if to not in verbs:
        raise Http404
    return _change(request, agent_id, verbs[to])


@allowed(Role.ADMIN, methods=("POST",))
def new_team(request: AgentRequest) -> HttpResponse:
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _page(request, team_form=form)
    name = form.cleaned_data["name"]
    try:
        people.create_team(
            workspace=request.workspace, by=request.user, name=name, now=timezone.now()
        )
    except PeopleFault as fault:
        form.add_error("name", str(fault))
        return _page(request, team_form=form)
    messages.success(request, _("The team %(name)s is there.") % {"name": name})
    return redirect("people")


def _change(
    request: AgentRequest, agent_id: int, verb: Callable[..., None], **given: Any
) -> HttpResponse:
    colleagues = Agent.objects.filter(memberships__workspace=request.workspace)
    agent = get_object_or_404(colleagues, pk=agent_id)
    try:
        verb(
            workspace=request.workspace,
            by=request.user,
            agent=agent,
            now=timezone.now(),
            **given,
        )
    except PeopleFault as fault:
        messages.error(request, str(fault))
    else:
        messages.success(request, _("Kept."))
    return redirect("people")


def _page(
    request: AgentRequest,
    *,
    agent_form: AgentForm | None = None,
    team_form: TeamForm | None = None,
) -> HttpResponse:
    """The sheet; with a form that was refused it answers 422."""
    refused = agent_form or team_form
    context = {
        "rows": _memberships(request),
        "team_rows": _teams(request),
        "roles": Role.choices,
        "agent_form": agent_form or AgentForm(workspace=request.workspace),
        "team_form": team_form or TeamForm(),
        "queues": queue_pane(request.membership, now=timezone.now(), page="people"),
    }
    status = 422 if refused else 200
    return render(request, "pages/people.html", context, status=status)


def _memberships(request: AgentRequest) -> list[Membership]:
    """Active people first, by name as people sort names."""
    own = Team.objects.filter(workspace=request.workspace).order_by("name")
    found = (
        Membership.objects.filter(workspace=request.workspace)
        .select_related("agent")
        .prefetch_related(Prefetch("agent__teams", own))
    )
    return sorted(
        found, key=lambda row: (not row.agent.is_active, row.agent.name.casefold())
    )


def _teams(request: AgentRequest) -> list[Team]:
    found = Team.objects.filter(workspace=request.workspace)
    counted = found.annotate(size=Count("agents"))
    return sorted(counted, key=lambda team: team.name.casefold())
