"""Items nobody could read: kept raw and counted, so that nothing is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from connectors import Inbound, Unreadable, as_json
from inbox.models import Quarantine, Stream


def keep(stream: Stream, items: Sequence[Unreadable], *, now: datetime) -> None:
    """Keeps the items; one seen again only gets a newer date."""
    rows = {row.digest: row for row in (_row(stream, item, now) for item in items)}
    Quarantine.objects.bulk_create(
        [row for _digest, row in sorted(rows.items())],
        update_conflicts=True,
        unique_fields=["channel", "stream", "digest"],
        update_fields=["last_seen_at"],
    )


def keep_item(stream: Stream, item: Inbound, *, reason: str, now: datetime) -> None:
    """Keeps an item that was read but could not be stored."""
    keep(stream, [Unreadable(raw=as_json(item), reason=reason)], now=now)


def _row(stream: Stream, item: Unreadable, now: datetime) -> Quarantine:
    raw = json.dumps(item.raw)
    return Quarantine(
        channel_id=stream.channel_id,
        stream=stream.name,
        digest=hashlib.sha256(raw.encode()).hexdigest(),
        raw=raw,
        reason=item.reason,
        first_seen_at=now,
        last_seen_at=now,
    )
