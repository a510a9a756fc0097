"""Our own words coming back from the platform.

An own item is first matched to a reply of ours whose fate is still open; only what
matches nothing was typed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q

from connectors import Inbound
from inbox.models import Delivery, Message, Thread

WITHIN = timedelta(minutes=10)
"""How far from our tries the platform's time of the same reply may stand."""

_LEADING_NAMES = re.compile(r"^(?:\s*@[\w.@-]+)+\s*")
_BLANKS = re.compile(r"\s+")


def open_sends(threads: Iterable[Thread]) -> list[Message]:
    """Replies in these threads that were handed to the platform without an answer;
    also those of which only a person said that they arrived."""
    nameless = Q(delivery=Delivery.SENT, external_id__isnull=True)
    doubtful = Q(delivery__in=(Delivery.SENDING, Delivery.UNKNOWN))
    return list(
        Message.objects.filter(
            nameless | doubtful, thread_id__in=[thread.pk for thread in threads]
        ).order_by("answered_at", "pk")
    )


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
