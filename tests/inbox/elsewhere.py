"""What must not leak: another company, a channel of another team, one who left."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.models import Agent, Channel, Conversation, Membership, Role, Team, Workspace
from tests import make


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    workspace: Workspace
    team: Team
    admin: Agent


def company() -> Company:
    """Another workspace with an admin of its own."""
    workspace = Workspace.objects.create(name="Elsewhere")
    team = Team.objects.create(workspace=workspace, name="Theirs", is_default=True)
    admin = Agent.objects.create(name="Eve", email=f"eve{workspace.pk}@example.org")
    Membership.objects.create(workspace=workspace, agent=admin, role=Role.ADMIN)
    return Company(workspace=workspace, team=team, admin=admin)


def outsiders(conversation: Conversation) -> dict[str, Agent]:
    """Three people who may not touch this conversation, each for a reason. Its channel
    belongs to a team from now on."""
    left = make.agent("Lena", is_active=False)
    inner = make.team("Inner circle", left)
    channel: Channel = conversation.channel
    channel.teams.add(inner)
    return {
        "another company": company().admin,
        "another team": make.agent("Olek"),
        "left": left,
    }


def insider(conversation: Conversation) -> Agent:
    """Somebody of the channel's team."""
    agent = make.agent("Iza")
    for team in conversation.channel.teams.all():
        team.agents.add(agent)
    return agent
