"""Items nobody could read: kept raw and counted, so that nothing is lost."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from connectors import Inbound, as_json
from inbox.models import Quarantine, Stream


def keep(stream: Stream, *, raw: str, reason: str, now: datetime) -> None:
    """Keeps one item; seen again, it only gets a newer date."""
    row, made = Quarantine.objects.get_or_create(
        channel_id=stream.channel_id,
        stream=stream.name,
        digest=hashlib.sha256(raw.encode()).hexdigest(),
        defaults={
            "raw": raw.replace("\\u0000", ""),
            "reason": reason,
            "first_seen_at": now,
            "last_seen_at": now,
        },
    )
    if not made:
        Quarantine.objects.filter(pk=row.pk).update(last_seen_at=now)


def keep_item(stream: Stream, item: Inbound, *, reason: str, now: datetime) -> None:
    """Keeps an item that was read but could not be stored."""
    keep(stream, raw=json.dumps(as_json(item)), reason=reason, now=now)
