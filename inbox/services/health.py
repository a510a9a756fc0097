"""What an error at the edge means for a stream, a capability, a channel."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from connectors import (
    BudgetSpent,
    ConnectorError,
    Forbidden,
    HumanNeeded,
    RateLimited,
    Unauthorized,
)
from inbox.models import Agent, Channel, Event, Happening

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
        trouble = {**channel.trouble, error.capability.value: error.code}
        Channel.objects.filter(pk=channel.pk).update(trouble=trouble)


def lose_access(channel: Channel, error: ConnectorError, *, now: datetime) -> None:
    """Nothing is read or sent until an admin connects again; said once."""
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


def words(error: Exception) -> str:
    """The error in a sentence for people; never technical, never a secret."""
    if isinstance(error, ConnectorError):
        return error.words()
    return "Something unexpected happened here. The engineers' log has the details."


def code(error: Exception) -> str:
    return error.code if isinstance(error, ConnectorError) else "unexpected"
