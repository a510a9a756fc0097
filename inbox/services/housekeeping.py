"""What may be forgotten, forgotten in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from inbox.models import ConnectionTest, Quarantine, RawPayload

RAW_DAYS = 14
QUARANTINE_DAYS = 30
TEST_HOURS = 24


def forget(*, now: datetime) -> None:
    """Raw payloads after 14 days, quarantine after 30, tested settings after one."""
    old = RawPayload.objects.filter(fetched_at__lt=now - timedelta(days=RAW_DAYS))
    old.delete()
    unreadable = Quarantine.objects.filter(
        last_seen_at__lt=now - timedelta(days=QUARANTINE_DAYS)
    )
    unreadable.delete()
    tests = ConnectionTest.objects.filter(
        created_at__lt=now - timedelta(hours=TEST_HOURS)
    )
    tests.delete()
