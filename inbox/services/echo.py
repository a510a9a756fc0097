"""Our own words coming back from the platform.

An own item is first matched to a reply of ours whose fate is still open; only what
matches nothing was typed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from connectors import Inbound
from inbox.models import Delivery, Message, Thread

WITHIN = timedelta(minutes=10)
"""How far apart Send and the platform's time of the same reply may stand."""

_LEADING_NAMES = re.compile(r"^(?:\s*@[\w.@-]+)+\s*")
_BLANKS = re.compile(r"\s+")


def open_sends(threads: Iterable[Thread]) -> list[Message]:
    """Replies in these threads that were handed to the platform without an answer."""
    return list(
        Message.objects.filter(
            thread_id__in=[thread.pk for thread in threads],
            delivery__in=(Delivery.SENDING, Delivery.UNKNOWN),
        ).order_by("answered_at", "pk")
    )


def match(item: Inbound, thread: Thread, sends: list[Message]) -> Message | None:
    """The reply that this own item is, taken out of `sends`; None: typed elsewhere."""
    for send in sends:
        if send.thread_id == thread.pk and _is_same(item, send):
            sends.remove(send)
            return send
    return None


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
    tried_at = send.first_tried_at or send.answered_at
    if tried_at is None or abs(item.published_at - tried_at) > WITHIN:
        return False
    return _plain(item.text) == _plain(send.text)


def _plain(text: str) -> str:
    """Without what networks add or fold: leading @names, blanks, case."""
    without_names = _LEADING_NAMES.sub("", text)
    return _BLANKS.sub(" ", without_names).strip().casefold()
