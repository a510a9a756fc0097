"""Hints to the workers. A lost or doubled one changes nothing: rows are the work."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

STALE = 30
"""Seconds after which a hint is dropped: by then a later tick gave it again."""

log = logging.getLogger(__name__)


def after_commit(task: str, *args: Any) -> None:
    """Asks a worker to look at these ids once they can be seen.

    The broker may be away: then the next tick finds the same rows.
    """
    transaction.on_commit(lambda: give(task, *args))


def give(task: str, *args: Any) -> None:
    """The same, at once."""
    try:
        current_app.send_task(
            f"inbox.tasks.{task}", args=args, retry=False, expires=STALE
        )
    except (OperationalError, RedisError, OSError) as fault:
        log.warning("no hint for %s: %s", task, type(fault).__name__)
