"""Reading: one due stream, claimed by one worker, page by page."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

import connectors
from inbox.models import Channel, Stream
from inbox.services import connections, health, ingest, lease
from inbox.services.lease import Hold, LeaseLost

log = logging.getLogger(__name__)

MOST_PAGES = 20
MOST_SECONDS = 20
"""One reading is bounded, so that a long history never starves the others."""


def due(*, now: datetime, limit: int) -> list[int]:
    """Streams whose time has come, the longest waiting first."""
    rows = Stream.objects.due(now).order_by("due_at").values_list("pk", flat=True)
    return list(rows[:limit])


def read(stream_id: int, *, clock: Callable[[], datetime]) -> int:
    """Reads the stream if it is due and free; the number of new messages.

    Every error ends in the stream's own row: the others never notice.
    """
    hold = lease.claim(stream_id, now=clock())
    if hold is None:
        return 0
    try:
        return _read_held(hold, clock)
    except LeaseLost:
        log.warning("stream %s: the lease was lost, nothing kept", stream_id)
    return 0


def _read_held(hold: Hold, clock: Callable[[], datetime]) -> int:
    stream = Stream.objects.select_related("channel").get(pk=hold.stream_id)
    progress = _Progress()
    try:
        _read_pages(hold, stream, progress, clock)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - a stream's fault stays its own
        _note_failure(hold, stream, error, now=clock())
    else:
        _note_success(hold, stream, progress, now=clock())
    return progress.new


class _Progress:
    new = 0
    more = False


def _read_pages(
    hold: Hold, stream: Stream, progress: _Progress, clock: Callable[[], datetime]
) -> None:
    started = clock()
    pulse = lease.Pulse(hold=hold, clock=clock, renewed_at=started)
    with connections.connected(
        stream.channel, now=started, before_try=pulse
    ) as connector:
        pages = connector.fetch(stream.name, stream.cursor)
        for number, page in enumerate(pages, start=1):
            progress.new += ingest.store_page(hold, page, now=clock())
            progress.more = page.more
            spent = (clock() - started).total_seconds()
            if number >= MOST_PAGES or spent > MOST_SECONDS:
                break


def _note_success(
    hold: Hold, stream: Stream, progress: _Progress, *, now: datetime
) -> None:
    _note_works(stream)
    pause = 0.0 if progress.more else _pace(stream)
    lease.release(
        hold,
        due_at=now + timedelta(seconds=pause),
        failures=0,
        error_code="",
        error_words="",
        last_success_at=now,
    )


def _note_works(stream: Stream) -> None:
    if not stream.channel.trouble:
        return
    for described in connectors.get(stream.channel.kind).streams:
        if described.name == stream.name:
            health.note_success(stream.channel, described.needs)


def _pace(stream: Stream) -> float:
    """The stream's pace, spread a little so that streams do not march in step."""
    return stream.pace * settings.POLL_PACE * random.uniform(0.9, 1.1)  # noqa: S311


def _note_failure(
    hold: Hold, stream: Stream, error: Exception, *, now: datetime
) -> None:
    health.log_error(error, f"stream {stream.pk}")
    health.note_error(stream.channel, error, now=now)
    lease.release(
        hold,
        due_at=health.next_try(error, failures=stream.failures, now=now),
        failures=stream.failures + 1,
        error_code=health.code(error),
        error_words=health.words(error),
    )


def read_now(channel: Channel, *, now: datetime) -> None:
    """All streams of the channel are due at once (after connecting again)."""
    Stream.objects.filter(channel=channel).update(due_at=now, failures=0)
