"""What an error at the edge means for a stream, a capability, a channel."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from connectors import (
    BudgetSpent,
    Capability,
    ConnectorError,
    Forbidden,
    HumanNeeded,
    RateLimited,
    Unauthorized,
)
from inbox.models import Agent, Channel, Event, Happening
from inbox.services import clocks

log = logging.getLogger(__name__)

FIRST_PAUSE = 5
LONGEST_PAUSE = 15 * 60
FORBIDDEN_PAUSE = 3600


def next_try(error: Exception, *, failures: int, now: datetime) -> datetime:
    """When to try again: the network's own word, else twice as long each time."""
    if isinstance(error, RateLimited):
        return max(error.retry_at, now + timedelta(seconds=1))
    if isinstance(error, BudgetSpent):
        return max(error.until, now + timedelta(seconds=1))
    if isinstance(error, Forbidden | HumanNeeded):
        return now + timedelta(seconds=FORBIDDEN_PAUSE)
    pause = min(FIRST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
    # Spread, so that all channels of a network do not come back in one second.
    return now + timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311


def note_error(channel: Channel, error: Exception, *, now: datetime) -> None:
    """Pauses what the error is about: the whole channel, or one capability."""
    if isinstance(error, Unauthorized):
        lose_access(channel, error, now=now)
    elif isinstance(error, Forbidden) and error.capability:
        _trouble(channel, error.capability, error.code)


def note_success(channel: Channel, capability: Capability) -> None:
    """What the network had forbidden works again."""
    if capability.value in channel.trouble:
        _trouble(channel, capability, "")


@transaction.atomic
def _trouble(channel: Channel, capability: Capability, code: str) -> None:
    """Set, or cleared by an empty code; other workers may be setting others."""
    row = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if code:
        row.trouble[capability.value] = code
    else:
        row.trouble.pop(capability.value, None)
    row.save(update_fields=["trouble"])


@transaction.atomic
def lose_access(channel: Channel, error: ConnectorError, *, now: datetime) -> None:
    """Nothing is read or sent until an admin connects again; said once. The team's
    waits on this channel pause."""
    lost = Channel.objects.filter(pk=channel.pk, unauthorized_at__isnull=True)
    if lost.update(unauthorized_at=now):
        note(channel, "access_lost", by=None, now=now, code=error.code)
        Event.objects.create(
            workspace_id=channel.workspace_id,
            channel=channel,
            what=Happening.OUTAGE_OPENED,
            at=now,
            data={"code": error.code},
        )
        clocks.refresh_channel(channel.pk, since=now, now=now)


@transaction.atomic
def regain_access(channel: Channel, *, by: Agent | None, now: datetime) -> None:
    """The account is connected again; what was missed is read as usual."""
    found = Channel.objects.filter(pk=channel.pk, unauthorized_at__isnull=False)
    if found.update(unauthorized_at=None):
        Event.objects.create(
            workspace_id=channel.workspace_id,
            channel=channel,
            agent=by,
            what=Happening.OUTAGE_CLOSED,
            at=now,
        )
        clocks.refresh_channel(channel.pk, since=now, now=now)


def note(
    channel: Channel, what: str, *, by: Agent | None, now: datetime, **data: object
) -> None:
    """A line in the channel's audit log."""
    Event.objects.create(
        workspace_id=channel.workspace_id,
        channel=channel,
        agent=by,
        what=Happening.CHANNEL,
        at=now,
        data={"what": what, "name": str(channel), **data},
    )


def words(error: Exception, *, language: str = "en") -> str:
    """The error in a sentence for people; never technical, never a secret."""
    if isinstance(error, ConnectorError):
        return error.words(language)
    with translation.override(language):
        return _("Something unexpected happened. The engineers' log has the details.")


def code(error: Exception) -> str:
    return error.code if isinstance(error, ConnectorError) else "unexpected"


def log_error(error: Exception, what: str) -> None:
    """A fault of ours goes to the log whole, one of the network's in a line."""
    if isinstance(error, ConnectorError):
        log.warning("%s: %s", what, error)
    else:
        log.error("%s", what, exc_info=error)
