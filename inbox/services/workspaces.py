"""The workspace an installation starts with."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.models import Team, Workspace
from inbox.services import clocks


def default() -> Workspace:
    """The one workspace, made on first use with a default team and a policy."""
    found = Workspace.objects.order_by("pk").first()
    return found or _create()


@transaction.atomic
def _create() -> Workspace:
    workspace, made = Workspace.objects.get_or_create(pk=1, defaults={"name": "Inbox"})
    if made:
        Team.objects.create(workspace=workspace, name=_("First line"), is_default=True)
        clocks.create_defaults(workspace)
    return workspace


def default_team(workspace: Workspace) -> Team:
    """The team of whatever no rule gives to another."""
    return Team.objects.get(workspace=workspace, is_default=True)
