"""Several workers at once, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

PATIENCE = 20
"""Seconds after which a race counts as stuck."""

Act = Callable[[], Any]


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
