"""A page of a stream becomes rows, in one transaction with its cursor.

Lock order, here and everywhere: stream, contacts by key, threads by id, conversations
by id, clocks. What is known already changes nothing, so a page may come any number of
times, late, and in any order.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, transaction

from connectors import Inbound, Page
from inbox.models import Channel, ChannelNote, RawPayload, Stream
from inbox.services import lease, quarantine
from inbox.services.intake import Intake
from inbox.services.lease import Hold

log = logging.getLogger(__name__)


def store_page(hold: Hold, page: Page, *, now: datetime) -> int:
    """Stores the page and moves the cursor; the number of items that were new.

    Raises LeaseLost, with nothing stored, when the stream was taken by another worker.
    """
    with transaction.atomic():
        lease.advance(hold, cursor=page.cursor, now=now)
        stream = Stream.objects.select_related("channel__workspace").get(
            pk=hold.stream_id
        )
        _keep_notes(stream.channel, page)
        for item in page.unreadable:
            quarantine.keep(
                stream, raw=json.dumps(item.raw), reason=item.reason, now=now
            )
        new = _take_in(stream, page.items, now)
        _keep_raw(stream.channel, page, now)
        if page.items:
            Stream.objects.filter(pk=stream.pk).update(last_item_at=now)
    return new


def _take_in(stream: Stream, items: Sequence[Inbound], now: datetime) -> int:
    """All at once; if the database refuses that, one by one, so that one bad item
    goes to quarantine and the others go on."""
    if not items:
        return 0
    try:
        with transaction.atomic():
            return Intake(channel=stream.channel, now=now).take_in(items)
    except (DataError, IntegrityError, ValueError):
        log.warning("stream %s: page refused, going item by item", stream.pk)
    return sum(_take_in_one(stream, item, now) for item in items)


def _take_in_one(stream: Stream, item: Inbound, now: datetime) -> int:
    try:
        with transaction.atomic():
            return Intake(channel=stream.channel, now=now).take_in([item])
    except (DataError, IntegrityError, ValueError) as fault:
        quarantine.keep_item(stream, item, reason=type(fault).__name__, now=now)
        return 0


def _keep_notes(channel: Channel, page: Page) -> None:
    gone = [key for key, value in page.notes.items() if value is None]
    ChannelNote.objects.filter(channel=channel, key__in=gone).delete()
    ChannelNote.objects.bulk_create(
        (
            ChannelNote(channel=channel, key=key, value=value)
            for key, value in sorted(page.notes.items())
            if value is not None
        ),
        update_conflicts=True,
        unique_fields=["channel", "key"],
        update_fields=["value"],
    )


def _keep_raw(channel: Channel, page: Page, now: datetime) -> None:
    RawPayload.objects.bulk_create(
        RawPayload(
            channel=channel, external_id=external_id, payload=raw, fetched_at=now
        )
        for external_id, raw in page.raw.items()
    )
