"""The workspace an installation starts with."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.models import Team, Workspace
from inbox.services import clocks

FIRST_VISIT = 7_301_001
"""The number of the lock; any would do."""


def default() -> Workspace:
    """The one workspace, made on first use with a default team and a policy."""
    found = Workspace.objects.order_by("pk").first()
    return found or _create()


@transaction.atomic
def _create() -> Workspace:
    with connection.cursor() as cursor:
        # There is no row yet that two first visitors could lock.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_VISIT])
    found = Workspace.objects.order_by("pk").first()
    if found is not None:
        return found
    workspace = Workspace.objects.create(
        name=_("Inbox"), language=get_language() or "en"
    )
    Team.objects.create(workspace=workspace, name=_("First line"), is_default=True)
    clocks.create_defaults(workspace)
    return workspace


def default_team(workspace: Workspace) -> Team:
    """The team of whatever no rule gives to another."""
    return Team.objects.get(workspace=workspace, is_default=True)
