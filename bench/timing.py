"""Times a subject and its floor by turns, so that a busy machine slows both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

Act = Callable[[], object]
Trial = Callable[[], AbstractContextManager[Act]]
"""Prepares a run, gives what is timed, and tidies up after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Median seconds of the subject and of its floor, each divided by `parts`."""

    subject: str
    seconds: float
    floor: float
    queries: int
    means: str
    """The ratio in words."""

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor


def plain(act: Act) -> Trial:
    """A trial that needs nothing before it and leaves nothing behind."""
    return lambda: nullcontext(act)


def compare(
    subject: str, trial: Trial, *, floor: Trial, means: str, runs: int, parts: int = 1
) -> Line:
    """The median of so many runs; the first of each, which warms up, is not counted.

    `parts`: how many items one run takes, when the line is about one item.
    """
    queries = _queries(trial)
    _seconds(floor)
    pairs = [(_seconds(trial), _seconds(floor)) for _ in range(runs)]
    took, ground = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Line(
        subject=subject,
        seconds=took / parts,
        floor=ground / parts,
        queries=queries,
        means=means,
    )


def _seconds(trial: Trial) -> float:
    with trial() as act:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began


def _queries(trial: Trial) -> int:
    with trial() as act, CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)
