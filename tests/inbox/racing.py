"""Several workers at once, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from inbox.models import Conversation, Message, Stream, Team, Workspace
from sla.models import Clock
from tests import make

PATIENCE = 20
"""Seconds after which a race counts as stuck."""

LATE = make.at(600)
"""After everything that a race is about."""

Act = Callable[[], Any]


def rounds(race_of: Callable[[int], None]) -> Callable[[int], None]:
    """Runs the test again and again, each time on an empty inbox."""

    def play(times: int) -> None:
        for number in range(times):
            _empty()
            race_of(number)

    play.__name__, play.__doc__ = race_of.__name__, race_of.__doc__
    often = pytest.param(40, marks=pytest.mark.long)
    return pytest.mark.parametrize("times", [5, often])(play)


def _empty() -> None:
    """All rows but the workspace's; far quicker than Django's flush."""
    inbox = apps.get_app_config("inbox").get_models(include_auto_created=True)
    rows = [model for model in inbox if model not in (Workspace, Team)]
    with transaction.atomic(), connection.cursor() as cursor:
        for model in (Clock, *rows):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608


def race(*acts: Act) -> list[Any]:
    """Starts all acts in the same moment; what each returned or raised, in order."""
    gate = threading.Barrier(len(acts))
    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        runs = [pool.submit(_run, act, gate) for act in acts]
        return [_end(run) for run in runs]


@contextmanager
def meanwhile(act: Act) -> Iterator[Future[Any]]:
    """Runs the act in another thread while the block goes on; waits for its end."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        run = pool.submit(_run, act, threading.Barrier(1))
        yield run
        run.result(timeout=PATIENCE)


def _run(act: Act, gate: threading.Barrier) -> Any:
    gate.wait(timeout=PATIENCE)
    try:
        return act()
    finally:
        connection.close()


def _end(run: Future[Any]) -> Any:
    fault = run.exception(timeout=PATIENCE)
    return run.result() if fault is None else fault


def reads(stream: Stream, *items: Any, **page: Any) -> Callable[[], int]:
    return lambda: make.store(stream, *items, now=LATE, **page)


def streams(*names: str) -> list[Stream]:
    channel = make.channel()
    return [make.stream(channel, name=name) for name in names]


def asked(stream: Stream, **fields: Any) -> Conversation:
    item = make.item(**fields)
    make.store(stream, item)
    found = Message.objects.get(channel=stream.channel, external_id=item.external_id)
    assert found.conversation is not None
    return found.conversation
