"""A sandbox's account connected as a channel, and the people who answer there."""

from __future__ import annotations

from types import SimpleNamespace

from django.utils import timezone

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from inbox.models import Agent, Channel, Role
from inbox.services import channels, people, workspaces

PASSWORD = "correct horse battery staple"


def connect(sandbox: Sandbox, world: World, agent: Agent) -> Channel:
    """As an admin does it on the page, but without waiting for a worker's test."""
    kind = next(iter(sandbox.worlds))
    workspace = workspaces.default()
    test = channels.start_test(
        workspace=workspace,
        by=agent,
        kind=kind,
        settings=connect_form(sandbox, world),
    )
    channels.run_test(test, now=timezone.now())
    return channels.connect(
        test,
        by=agent,
        team=workspaces.default_team(workspace),
        read_from=timezone.now(),
        now=timezone.now(),
    )


def connect_form(sandbox: Sandbox, world: World) -> dict[str, str]:
    """The connect form's values: the one secret is the world's token."""
    kind = next(iter(sandbox.worlds))
    return {
        setting.name: str(world.token) if setting.secret else sandbox.url(kind)
        for setting in connectors.get(kind).settings
    }


def make_people() -> SimpleNamespace:
    """Marta (operator), Piotr (lead), Ewa (admin)."""
    roles = {"operator": "Marta Zielińska", "lead": "Piotr Nowicki", "admin": "Ewa Bąk"}
    return SimpleNamespace(
        **{
            role: people.create_agent(
                workspace=workspaces.default(),
                by=None,
                name=name,
                email=f"{role}@example.com",
                password=PASSWORD,
                role=Role(role),
                now=timezone.now(),
            )
            for role, name in roles.items()
        }
    )
