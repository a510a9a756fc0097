"""Rate tokens: what the platform's own headers say is left, remembered until its reset,
so that a spent bucket is not asked again and reads leave room for replies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Protocol

SHORTEST = timedelta(seconds=1)
UNKNOWN_WAIT = timedelta(seconds=60)
LONGEST = timedelta(hours=24)
_EPOCH_FROM = 10**9  # smaller numbers are seconds from now, not a date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one answer said about its bucket."""

    remaining: int
    reset_at: datetime


class RateTokens(Protocol):
    """Where tokens are kept, shared by the workers or not. Loss costs one 429."""

    def get(self, bucket: str) -> Rate | None: ...

    def put(self, bucket: str, rate: Rate) -> None: ...


class MemoryRateTokens:
    """Tokens of one process."""

    def __init__(self) -> None:
        self._rates: dict[str, Rate] = {}
        self._lock = Lock()

    def get(self, bucket: str) -> Rate | None:
        with self._lock:
            return self._rates.get(bucket)

    def put(self, bucket: str, rate: Rate) -> None:
        with self._lock:
            self._rates[bucket] = rate


def read_rate(headers: Mapping[str, str], *, now: datetime) -> Rate | None:
    """From X-RateLimit-Remaining and -Reset (ISO 8601 or epoch seconds), if there."""
    remaining = headers.get("X-RateLimit-Remaining", "")
    reset = headers.get("X-RateLimit-Reset", "")
    if not remaining.strip().isdecimal() or not reset:
        return None
    reset_at = read_time(reset, now=now)
    return Rate(remaining=int(remaining), reset_at=reset_at) if reset_at else None


def read_retry_at(headers: Mapping[str, str], *, now: datetime) -> datetime:
    """When to come back after a 429: Retry-After, else the reset, else in a minute.

    Never before one second from now and never after a day: clocks disagree.
    """
    rate = read_rate(headers, now=now)
    found = read_time(headers.get("Retry-After", ""), now=now)
    wanted = found or (rate.reset_at if rate else now + UNKNOWN_WAIT)
    return min(max(wanted, now + SHORTEST), now + LONGEST)


def read_time(text: str, *, now: datetime) -> datetime | None:
    """Seconds from now, epoch seconds, ISO 8601 or an HTTP date; None if neither."""
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        return _read_date(text)
    try:
        if seconds < _EPOCH_FROM:
            return now + timedelta(seconds=seconds)
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read_date(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
