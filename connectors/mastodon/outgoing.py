"""How a reply leaves: whom it names, how far it is seen, what it answers."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.types import Outbound, Visibility

from .parse import DIRECT

PUBLIC = "public"
_SEEN = (DIRECT, "private", "unlisted", PUBLIC)  # from the narrowest to the widest


def with_name(message: Outbound) -> str:
    """The text, with @name in front unless it stands there: without it the person is
    not told, and a direct status would reach nobody."""
    name = _name(message)
    if name is None:
        return message.text
    present = re.compile(
        rf"(?<![\w@/]){re.escape('@' + name)}(?![\w@.-]*\w)", re.IGNORECASE
    )
    if present.search(message.text):
        return message.text
    return f"@{name} {message.text}".rstrip()


def visibility_for(message: Outbound) -> str:
    """A private reply is direct; a public one is as wide as what it answers, and never
    wider."""
    if message.visibility is Visibility.PRIVATE:
        return DIRECT
    parent = _handle(message).get("visibility")
    if parent is None:
        return PUBLIC
    return parent if parent in _SEEN else DIRECT


def answered_status(message: Outbound) -> str | None:
    return message.in_reply_to or _handle(message).get("status")


def _name(message: Outbound) -> str | None:
    return _handle(message).get("acct") or (
        (message.recipient_handle or "").removeprefix("@") or None
    )


def _handle(message: Outbound) -> Mapping[str, Any]:
    return message.to if isinstance(message.to, Mapping) else {}
