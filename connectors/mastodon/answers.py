"""Answers of the API, whole: each item read, skipped with a reason, or set aside raw.

`ENDPOINTS` serves recorded answers: nothing is asked, so our own account and the places
are inferred from the answer itself.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.cleaning import clean_json
from connectors.connector import Parser
from connectors.memory import MemoryNotes
from connectors.types import Inbound, Parsed, Skipped, Unreadable

from .parse import is_status, parse_status, text_id
from .places import Atlas

OF_A_STATUS = frozenset({"mention", "quote"})
UNFIT = (KeyError, TypeError, ValueError, AttributeError, RecursionError)

Reader = Callable[[Any], Inbound]
Chosen = Mapping[str, Any] | Skipped


def read_items(
    found: Iterable[Any], *, choose: Callable[[Any], Chosen], read: Reader
) -> Parsed:
    """Every item of an answer, none of them able to stop the others."""
    items, skipped, unreadable = [], [], []
    raw = {}
    for entry in found:
        try:
            chosen = choose(entry)
            if isinstance(chosen, Skipped):
                skipped.append(chosen)
                continue
            item, kept = read(chosen), clean_json(chosen)
        except UNFIT as error:
            unreadable.append(_set_aside(entry, error))
        else:
            items.append(item)
            raw[item.external_id] = kept
    return Parsed(
        items=tuple(items),
        skipped=tuple(skipped),
        unreadable=tuple(unreadable),
        raw=raw,
    )


def _set_aside(entry: Any, error: Exception) -> Unreadable:
    reason = f"{type(error).__name__}: {error}"[:200]
    try:
        return Unreadable(raw=clean_json(entry), reason=reason)
    except RecursionError:
        return Unreadable(raw="nested too deeply", reason=reason)


def status_of_notification(entry: Any) -> Chosen:
    """39 of 40 mentions on a large instance had lost their status: skip in silence."""
    ref = text_id(entry["id"])
    if entry["type"] not in OF_A_STATUS:
        return Skipped(reason="not_a_message", ref=ref)
    return _present(entry.get("status"), ref)


def status_of_conversation(entry: Any) -> Chosen:
    return _present(entry.get("last_status"), text_id(entry["id"]))


def a_status(entry: Any) -> Chosen:
    if entry.get("reblog"):
        return Skipped(reason="boost", ref=text_id(entry["id"]))
    return _present(entry, None)


def _present(status: Any, ref: str | None) -> Chosen:
    if status is None:
        return Skipped(reason="deleted", ref=ref)
    if not isinstance(status, Mapping):
        raise TypeError("a status that is no object")
    return status


def _recorded(
    found: list[Any], *, choose: Callable[[Any], Chosen], me: str = ""
) -> Parsed:
    """Items of a recorded answer, placed by what the answer itself tells."""
    me = me or infer_me(found)
    atlas = Atlas(me=me, notes=MemoryNotes(), ancestors=lambda _: ())
    return read_items(
        found,
        choose=choose,
        read=lambda status: parse_status(status, me=me, place=atlas.place(status)),
    )


def infer_me(found: list[Any]) -> str:
    """Our account: whom the most notifications name, who is missing from a dialog."""
    votes: Counter[str] = Counter()
    for entry in found:
        try:
            votes.update(set(_candidates(entry)))
        except UNFIT:
            continue
    best = votes.most_common(1)
    return best[0][0] if best else ""


def _candidates(entry: Any) -> list[str]:
    status = entry.get("status") or entry.get("last_status")
    if status is None:
        return []
    named = [text_id(item["id"]) for item in status.get("mentions") or ()]
    if "last_status" not in entry:
        quoted = ((status.get("quote") or {}).get("quoted_status") or {}).get("account")
        return [*named, *([text_id(quoted["id"])] if quoted else [])]
    others = {text_id(item["id"]) for item in entry.get("accounts") or ()}
    present = [*named, text_id(status["account"]["id"])]
    return [identifier for identifier in present if identifier not in others]


def _from_json(read: Callable[[Any], Parsed]) -> Parser:
    return lambda text: read(json.loads(text))


def _notifications(answer: Any) -> Parsed:
    return _recorded(_list(answer), choose=status_of_notification)


def _grouped(answer: Any) -> Parsed:
    """The v2 answer, its groups put back together as v1 notifications."""
    if isinstance(answer, list):
        people = all("acct" in entry for entry in answer)
        return _nothing(answer) if people else _notifications(answer)
    if "notification_groups" not in answer:
        return _nothing(answer)
    statuses = {text_id(item["id"]): item for item in answer.get("statuses") or ()}
    entries = [
        {
            "id": group.get("most_recent_notification_id"),
            "type": group.get("type"),
            "status": statuses.get(str(group.get("status_id"))),
        }
        for group in answer["notification_groups"]
    ]
    return _notifications(entries)


def _conversations(answer: Any) -> Parsed:
    return _recorded(_list(answer), choose=status_of_conversation)


def _statuses(answer: Any) -> Parsed:
    return _recorded(_list(answer), choose=a_status)


def _own_statuses(answer: Any) -> Parsed:
    """What posting answers, and the list of our own: the one author is us."""
    found = _list(answer)
    authors = {text_id(entry["account"]["id"]) for entry in found if is_status(entry)}
    me = authors.pop() if len(authors) == 1 else ""
    return _recorded(found, choose=a_status, me=me)


def _context(answer: Any) -> Parsed:
    return _statuses([*answer["ancestors"], *answer["descendants"]])


def _nothing(answer: Any) -> Parsed:
    del answer
    return Parsed(skipped=(Skipped(reason="not_a_message"),))


def _streaming(text: str) -> Parsed:
    """Server-sent events: notifications and conversations among them."""
    notifications, conversations = [], []
    event = ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
        elif name == "data" and event == "notification":
            notifications.append(json.loads(value))
        elif name == "data" and event == "conversation":
            conversations.append(json.loads(value))
    me = infer_me([*notifications, *conversations])
    return _joined(
        _recorded(notifications, choose=status_of_notification, me=me),
        _recorded(conversations, choose=status_of_conversation, me=me),
    )


def _joined(one: Parsed, other: Parsed) -> Parsed:
    return Parsed(
        items=one.items + other.items,
        skipped=one.skipped + other.skipped,
        unreadable=one.unreadable + other.unreadable,
        raw={**one.raw, **other.raw},
    )


def _list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


ENDPOINTS: Mapping[str, Parser] = {
    "notifications": _from_json(_notifications),
    "notifications_v2": _from_json(_grouped),
    "notifications_policy": _from_json(_nothing),
    "notification_requests": _from_json(_nothing),
    "conversations": _from_json(_conversations),
    "statuses": _from_json(_own_statuses),
    "status": _from_json(_statuses),
    "status_context": _from_json(_context),
    "streaming": _streaming,
    "instance": _from_json(_nothing),
    "verify_credentials": _from_json(_nothing),
    "account": _from_json(_nothing),
    "error": _from_json(_nothing),
}
