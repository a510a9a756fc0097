"""Agents come, change roles, join teams and leave; every step is in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.models import (
    Agent,
    Conversation,
    Event,
    Happening,
    Membership,
    Role,
    Status,
    Team,
    Workspace,
)
from inbox.services import triage


class PeopleFault(Exception):
    """What cannot be done, in the user's words."""


@transaction.atomic
def create_first_admin(
    *, workspace: Workspace, name: str, email: str, password: str, now: datetime
) -> Agent:
    """The first visit of an empty installation makes its first admin.

    Raises PeopleFault when somebody was faster.
    """
    _one_at_a_time(workspace)
    if Agent.objects.exists():
        raise PeopleFault(_("The first admin is there already. Log in."))
    return _create(
        workspace, None, now, name=name, email=email, password=password, role=Role.ADMIN
    )


@transaction.atomic
def create_agent(
    *,
    workspace: Workspace,
    by: Agent | None,
    name: str,
    email: str,
    password: str,
    role: Role,
    teams: Iterable[Team] = (),
    now: datetime,
) -> Agent:
    """A new colleague. Raises PeopleFault when the address is taken."""
    _one_at_a_time(workspace)
    if Agent.objects.filter(email__iexact=email).exists():
        raise PeopleFault(_("Somebody already logs in with this address."))
    agent = _create(
        workspace, by, now, name=name, email=email, password=password, role=role
    )
    agent.teams.set(_of_workspace(teams, workspace))
    return agent


@transaction.atomic
def set_role(
    *, workspace: Workspace, by: Agent, agent: Agent, role: Role, now: datetime
) -> None:
    """Raises PeopleFault when the workspace would be left without an admin."""
    _check_member(workspace, agent)
    if role != Role.ADMIN:
        _keep_an_admin(workspace, besides=agent)
    Membership.objects.filter(workspace=workspace, agent=agent).update(role=role)
    _record(workspace, by, now, what="role", agent=agent.name, role=role)


@transaction.atomic
def set_teams(
    *,
    workspace: Workspace,
    by: Agent,
    agent: Agent,
    teams: Iterable[Team],
    now: datetime,
) -> None:
    """The teams an agent works in, all at once."""
    _check_member(workspace, agent)
    chosen = _of_workspace(teams, workspace)
    elsewhere = agent.teams.exclude(workspace=workspace)
    agent.teams.set([*chosen, *elsewhere])
    names = [team.name for team in chosen]
    _record(workspace, by, now, what="teams", agent=agent.name, teams=names)


@transaction.atomic
def deactivate(*, workspace: Workspace, by: Agent, agent: Agent, now: datetime) -> None:
    """Out at once, sessions included; history keeps the name, the queue gets the work.

    Raises PeopleFault when the workspace would be left without an admin.
    """
    _check_member(workspace, agent)
    _keep_an_admin(workspace, besides=agent)
    there = Agent.objects.filter(pk=agent.pk, is_active=True)
    if there.update(is_active=False, deactivated_at=now):
        _end_sessions(agent)
        _give_work_back(agent, by=by, now=now)
        _record(workspace, by, now, what="deactivated", agent=agent.name)


@transaction.atomic
def reactivate(*, workspace: Workspace, by: Agent, agent: Agent, now: datetime) -> None:
    """Welcome back."""
    _check_member(workspace, agent)
    away = Agent.objects.filter(pk=agent.pk, is_active=False)
    if away.update(is_active=True, deactivated_at=None):
        _record(workspace, by, now, what="reactivated", agent=agent.name)


def set_profile(*, agent: Agent, language: str, time_zone: str, theme: str) -> None:
    """How the program speaks to the agent; nobody else's business, so in no log."""
    Agent.objects.filter(pk=agent.pk).update(
        language=language, time_zone=time_zone, theme=theme
    )


@transaction.atomic
def create_team(*, workspace: Workspace, by: Agent, name: str, now: datetime) -> Team:
    """Raises PeopleFault when the name is taken."""
    team, made = Team.objects.get_or_create(workspace=workspace, name=name)
    if not made:
        raise PeopleFault(_("There is a team of this name."))
    _record(workspace, by, now, what="team", team=name)
    return team


def _create(
    workspace: Workspace,
    by: Agent | None,
    now: datetime,
    *,
    name: str,
    email: str,
    password: str,
    role: Role,
) -> Agent:
    agent = Agent(
        name=name,
        email=email,
        time_zone=workspace.time_zone,
        language=workspace.language,
    )
    agent.set_password(password)
    agent.save()
    Membership.objects.create(workspace=workspace, agent=agent, role=role)
    _record(workspace, by or agent, now, what="created", agent=name, role=role)
    return agent


def _keep_an_admin(workspace: Workspace, *, besides: Agent) -> None:
    admins = Membership.objects.filter(
        workspace=workspace, role=Role.ADMIN, agent__is_active=True
    )
    if not admins.exclude(agent=besides).exists():
        raise PeopleFault(_("Somebody has to stay admin."))


def _check_member(workspace: Workspace, agent: Agent) -> None:
    """Whoever works elsewhere is nobody here. Takes the workspace's turn."""
    _one_at_a_time(workspace)
    if not Membership.objects.filter(workspace=workspace, agent=agent).exists():
        raise PeopleFault(_("This person is not in your workspace."))


def _one_at_a_time(workspace: Workspace) -> None:
    """Two admins who demote each other must not both be the first."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _of_workspace(teams: Iterable[Team], workspace: Workspace) -> list[Team]:
    return [team for team in teams if team.workspace_id == workspace.pk]


def _give_work_back(agent: Agent, *, by: Agent, now: datetime) -> None:
    """What is not done yet goes back to its team's queue: nobody waits for who left."""
    undone = Conversation.objects.filter(assignee=agent).exclude(status=Status.RESOLVED)
    for conversation_id in undone.order_by("pk").values_list("pk", flat=True):
        triage.assign(conversation_id, by=by, to=None, now=now)


def _end_sessions(agent: Agent) -> None:
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(agent.pk):
            session.delete()


def _record(workspace: Workspace, by: Agent, now: datetime, **data: object) -> None:
    Event.objects.create(
        workspace=workspace, agent=by, what=Happening.PEOPLE, at=now, data=data
    )
