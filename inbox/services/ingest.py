"""A page of a stream becomes rows, in one transaction with its cursor.

Lock order, here and everywhere: stream, contacts by key, threads by id, conversations
by id, clocks. What is known already changes nothing, so a page may come any number of
times, late, and in any order.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

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
        quarantine.keep(stream, page.unreadable, now=now)
        taken = _take_in(stream, page.items, now)
        _keep_raw(stream.channel, page, taken.changed, now)
        if page.items:
            Stream.objects.filter(pk=stream.pk).update(last_item_at=now)
    return taken.new


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What a page brought: how many new items, and the ids of all that changed."""

    new: int = 0
    changed: set[str] = field(default_factory=set)


_NOBODYS_FAULT = (OperationalError, InterfaceError)
"""A deadlock, a lost connection: the page is read again as it is."""


def _take_in(stream: Stream, items: Sequence[Inbound], now: datetime) -> _Taken:
    """All at once; if that fails, one by one, so that one bad item goes to quarantine
    and the others go on."""
    if not items:
        return _Taken()
    try:
        return _taken(stream, items, now)
    except _NOBODYS_FAULT:
        raise
    except Exception as fault:  # noqa: BLE001 - found again below, item by item
        log.warning("stream %s: %s, item by item", stream.pk, type(fault).__name__)
    taken = _Taken()
    for item in items:
        one = _take_in_one(stream, item, now)
        taken.new += one.new
        taken.changed |= one.changed
    return taken


def _take_in_one(stream: Stream, item: Inbound, now: datetime) -> _Taken:
    try:
        return _taken(stream, [item], now)
    except _NOBODYS_FAULT:
        raise
    except Exception as fault:  # noqa: BLE001 - one item never holds up the others
        reason = type(fault).__name__
        log.warning("stream %s: %s, to quarantine", stream.pk, reason)
        quarantine.keep_item(stream, item, reason=reason, now=now)
        return _Taken()


def _taken(stream: Stream, items: Sequence[Inbound], now: datetime) -> _Taken:
    intake = Intake(channel=stream.channel, now=now)
    with transaction.atomic():
        return _Taken(new=intake.take_in(items), changed=intake.changed)


def _keep_notes(channel: Channel, page: Page) -> None:
    if not page.notes:
        return
    # Two streams of a channel may write the same notes: locked in one order.
    there = ChannelNote.objects.filter(channel=channel, key__in=page.notes)
    list(there.select_for_update().order_by("key").values_list("pk"))
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


def _keep_raw(
    channel: Channel, page: Page, changed: Collection[str], now: datetime
) -> None:
    """Of what is new or another than before; the overlap of two reads is neither."""
    RawPayload.objects.bulk_create(
        RawPayload(
            channel=channel, external_id=external_id, payload=raw, fetched_at=now
        )
        for external_id, raw in page.raw.items()
        if external_id in changed
    )
