"""Lines as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.timing import Line

HEAD = ("subject", "median", "floor", "ratio", "queries", "the ratio means")
_LEFT = {0, 5}
"""Columns of words; figures stand at the right."""
_MILLI, _MICRO = 1e-3, 1e-6


def show(lines: Iterable[Line]) -> str:
    rows = [HEAD, *(_cells(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_row(row, widths) for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.subject,
        _time(line.seconds),
        _time(line.floor),
        f"{line.ratio:.1f}",
        str(line.queries),
        line.means,
    )


def _time(seconds: float) -> str:
    if seconds < _MILLI:
        return f"{seconds / _MICRO:.0f} µs"
    return f"{seconds / _MILLI:.1f} ms"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if number in _LEFT else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()
