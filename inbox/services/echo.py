"""Our own words coming back from the platform.

An own item is first matched to a reply of ours whose fate is still open; only what
matches nothing was typed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from connectors import Direction, Inbound
from inbox.models import Channel, Delivery, Message, Thread

WITHIN = timedelta(minutes=10)
"""How far from our tries the platform's time of the same reply may stand."""

_LEADING_NAMES = re.compile(r"^(?:\s*@[\w.@-]+)+\s*")
_BLANKS = re.compile(r"\s+")


def open_sends(
    channel: Channel, threads: Iterable[Thread], items: Iterable[Inbound]
) -> list[Message]:
    """Replies in these threads that were handed to the platform without an answer;
    also those of which only a person said that they arrived. Asked only for a page
    with own items, and by what has an index of few rows."""
    ours = [item for item in items if item.direction == Direction.OUT]
    if not ours:
        return []
    here = Message.objects.filter(thread_id__in=[thread.pk for thread in threads])
    nameless = here.filter(
        channel=channel,
        direction=Direction.OUT,
        parent_external_id__in={item.parent_id for item in ours if item.parent_id},
        delivery=Delivery.SENT,
        external_id__isnull=True,
    )
    found = [
        *here.filter(delivery=Delivery.SENDING),
        *here.filter(delivery=Delivery.UNKNOWN),
        *nameless,
    ]
    return sorted(found, key=_pressed)


def match(
    item: Inbound, thread: Thread, sends: list[Message], *, home: int | None
) -> Message | None:
    """The reply that this own item is, taken out of `sends`; None: typed elsewhere.

    `home` is the conversation of what the item answers, where that is known: under one
    post many people are told the same, and each has a reply of their own.
    """
    fitting = [
        send
        for send in sends
        if send.thread_id == thread.pk
        and home in (None, send.conversation_id)
        and _is_same(item, send)
    ]
    found = min(
        fitting,
        key=lambda send: send.parent_external_id != item.parent_id,
        default=None,
    )
    if found is not None:
        sends.remove(found)
    return found


def adopt(send: Message, item: Inbound) -> None:
    """The platform has it: the row gets the platform's id and time. Caller saves."""
    send.external_id = item.external_id
    send.delivery = Delivery.SENT
    send.published_at = item.published_at
    send.delivered_at = item.published_at
    send.url = item.url
    send.handle = item.handle
    send.claim = send.claimed_until = send.send_at = None
    send.error_code = send.error_words = ""


ADOPTED_COLUMNS = [
    "external_id",
    "delivery",
    "published_at",
    "delivered_at",
    "url",
    "handle",
    "claim",
    "claimed_until",
    "send_at",
    "error_code",
    "error_words",
]


def _pressed(send: Message) -> tuple[datetime, int]:
    """The order in which Send was pressed."""
    return (send.answered_at or send.published_at, send.pk)


def _is_same(item: Inbound, send: Message) -> bool:
    first = send.first_tried_at or send.answered_at or send.published_at
    last = send.last_tried_at or first
    if not first - WITHIN <= item.published_at <= last + WITHIN:
        return False
    return _plain(item.text) == _plain(send.text)


def _plain(text: str) -> str:
    """Without what networks add or fold: leading @names, blanks, case."""
    without_names = _LEADING_NAMES.sub("", text)
    return _BLANKS.sub(" ", without_names).strip().casefold()
