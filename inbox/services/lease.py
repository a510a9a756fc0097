"""The right to read a stream: taken by one worker, renewed as it goes on, fenced.

Whoever lost it cannot commit: every page's transaction begins with `advance`, which
says `WHERE lease = mine`. A worker that slept through its lease rolls back and stops.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from inbox.models import Stream


class LeaseLost(Exception):
    """Another worker reads this stream now; what is not committed is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A stream being read by us."""

    stream_id: int
    lease: uuid.UUID


def claim(stream_id: int, *, now: datetime) -> Hold | None:
    """Takes the stream if it is due and free, else None. Never waits."""
    lease = uuid.uuid4()
    with transaction.atomic():
        free = (
            Stream.objects.due(now)
            .filter(pk=stream_id)
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
        )
        taken = Stream.objects.filter(pk__in=[row.pk for row in free]).update(
            lease=lease, leased_until=_end(now)
        )
    return Hold(stream_id=stream_id, lease=lease) if taken else None


def advance(hold: Hold, *, cursor: Any, now: datetime) -> None:
    """First statement of a page's transaction: moves the cursor, renews the lease.

    Raises LeaseLost when it is no longer ours.
    """
    _update(hold, cursor=cursor, leased_until=_end(now), last_success_at=now)


@dataclass(slots=True, kw_only=True)
class Pulse:
    """Renews the lease while a page is being fetched: called before every request, it
    writes once in a third of the lease. Raises LeaseLost."""

    hold: Hold
    clock: Callable[[], datetime]
    renewed_at: datetime

    def __call__(self) -> None:
        now = self.clock()
        if now - self.renewed_at > timedelta(seconds=settings.STREAM_LEASE / 3):
            _update(self.hold, leased_until=_end(now))
            self.renewed_at = now


def release(hold: Hold, *, due_at: datetime, **columns: Any) -> None:
    """Gives the stream back, to be read again at `due_at`. Raises LeaseLost."""
    _update(hold, lease=None, leased_until=None, due_at=due_at, **columns)


def _update(hold: Hold, **columns: Any) -> None:
    mine = Stream.objects.filter(pk=hold.stream_id, lease=hold.lease)
    if not mine.update(**columns):
        raise LeaseLost(f"stream {hold.stream_id}")


def _end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.STREAM_LEASE)
