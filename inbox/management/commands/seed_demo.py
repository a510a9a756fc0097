"""`manage.py seed_demo`: three people, two teams and the sandbox's accounts, connected.

Run by `manage.py demo`, which gives SANDBOX_URL, SANDBOX_TOKEN and DEMO_PASSWORD in the
environment. Running it again changes nothing but the password and dead sandboxes.
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

import connectors
from inbox.models import Agent, Channel, ConnectionTest, Role, Stream, Team, Workspace
from inbox.services import channels, people, poll, workspaces

COMPANY = "Kawa i Para"
TIME_ZONE = "Europe/Warsaw"
PEOPLE = (
    (Role.ADMIN, "Ewa Krawiec"),
    (Role.LEAD, "Piotr Nowicki"),
    (Role.OPERATOR, "Marta Zielińska"),
)
READ_BACK = timedelta(hours=24)
SECONDS_TO_WAIT = 10.0


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Fill an installation with the people and the channels of the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--migrate", action="store_true", help="bring the tables up to date first"
        )

    def handle(self, *_args: Any, migrate: bool = False, **_options: Any) -> None:
        if migrate:
            call_command("migrate", verbosity=0, skip_checks=True)
        now = timezone.now()
        workspace = _named(workspaces.default())
        admin, *others = _people(workspace, os.environ["DEMO_PASSWORD"], now=now)
        _teams(workspace, [admin, *others], now=now)
        for kind in connectors.kinds():
            test = _tested(workspace, kind, os.environ, by=admin)
            _connect(workspace, test, by=admin, now=now)
        for stream in Stream.objects.due(timezone.now()):  # full at the first look
            poll.read(stream.pk, clock=timezone.now)
        for stream in Stream.objects.exclude(error_words=""):
            self.stdout.write(f"{stream.name}: {stream.error_words}")


def _named(workspace: Workspace) -> Workspace:
    workspace.name, workspace.time_zone = COMPANY, TIME_ZONE
    workspace.save(update_fields=["name", "time_zone"])
    return workspace


def _people(workspace: Workspace, password: str, *, now: datetime) -> list[Agent]:
    """Admin first; who is there already only gets the new password."""
    found: list[Agent] = []
    for role, name in PEOPLE:
        email = f"{role.value}@kawaipara.example"
        agent = Agent.objects.filter(email=email).first()
        if agent is not None:
            agent.set_password(password)
            agent.save(update_fields=["password"])
        found.append(
            agent
            or people.create_agent(
                workspace=workspace,
                by=found[0] if found else None,
                name=name,
                email=email,
                password=password,
                role=role,
                now=now,
            )
        )
    return found


def _teams(workspace: Workspace, agents: list[Agent], *, now: datetime) -> None:
    team = Team.objects.filter(workspace=workspace, name="Warranty").first()
    if team is None:
        team = people.create_team(
            workspace=workspace, by=agents[0], name="Warranty", now=now
        )
    both = [workspaces.default_team(workspace), team]
    for agent in agents:
        people.set_teams(
            workspace=workspace, by=agents[0], agent=agent, teams=both, now=now
        )


def _tested(
    workspace: Workspace, kind: str, environ: Mapping[str, str], *, by: Agent
) -> ConnectionTest:
    """The account as the sandbox knows it; its server may still be starting."""
    secret, plain = environ["SANDBOX_TOKEN"], f"{environ['SANDBOX_URL']}/{kind}"
    settings = {
        setting.name: secret if setting.secret else plain
        for setting in connectors.get(kind).settings
        if setting.required
    }
    test = channels.start_test(workspace=workspace, by=by, kind=kind, settings=settings)
    deadline = time.monotonic() + SECONDS_TO_WAIT
    channels.run_test(test, now=timezone.now())
    while test.account is None and time.monotonic() < deadline:
        time.sleep(0.2)
        channels.run_test(test, now=timezone.now())
    return test


def _connect(
    workspace: Workspace, test: ConnectionTest, *, by: Agent, now: datetime
) -> None:
    """A sandbox lives as long as its demo, so the channels of older ones rest."""
    if test.account is None:
        raise SystemExit(f"The sandbox refused {test.kind}: {test.error_words}")
    there = Channel.objects.filter(workspace=workspace, kind=test.kind)
    for channel in there.exclude(external_id=test.account["id"]):
        channels.stop_reading(channel, by=by, now=now)
    same = there.filter(external_id=test.account["id"]).first()
    if same is not None:
        channels.reconnect(same, test, by=by, now=now)
        return
    team = workspaces.default_team(workspace)
    channels.connect(test, by=by, team=team, read_from=now - READ_BACK, now=now)
