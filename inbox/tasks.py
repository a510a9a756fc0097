"""Ids in, one service call. A task is a hint, a row is the work."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from inbox.services import channels, clocks, hints, housekeeping, poll
from inbox.services import deliver as delivery

BATCH = 200
"""Hints of one kind per tick; what is left is due in the next second too."""


@shared_task
def tick() -> None:
    """Each second: as many hints as there is work due. Losing one loses a second."""
    now = timezone.now()
    delivery.give_up_claims(now=now)
    for stream_id in poll.due(now=now, limit=BATCH):
        hints.give("read_stream", stream_id)
    for message_id in delivery.due(now=now, limit=BATCH):
        hints.give("deliver", message_id)
    for test_id in channels.tests_due(now=now, limit=BATCH):
        hints.give("test_connection", test_id)
    if clocks.is_anything_due(now=now):
        hints.give("sweep_promises")


@shared_task
def read_stream(stream_id: int) -> None:
    """Reads one stream."""
    poll.read(stream_id, clock=timezone.now)


@shared_task
def deliver(message_id: int) -> None:
    """Sends one reply, or looks for one whose fate is unknown."""
    delivery.deliver(message_id, clock=timezone.now)


@shared_task
def sweep_promises() -> None:
    """Finds promises that have just been broken."""
    clocks.sweep(now=timezone.now(), limit=BATCH)


@shared_task
def test_connection(test_id: str) -> None:
    """Tries the settings an admin has just typed."""
    test = channels.take_test(test_id, now=timezone.now())
    if test is not None:
        channels.run_test(test, now=timezone.now())


@shared_task
def forget() -> None:
    """Forgets what has been kept long enough."""
    housekeeping.forget(now=timezone.now())
