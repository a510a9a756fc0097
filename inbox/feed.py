"""The feed: query string <-> filter <-> queryset <-> keyset page.

A filter is a value; the same filter always has the same address. Any page of any size
takes the same number of queries, and its cost does not grow with history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
)

from inbox.models import (
    Agent,
    Category,
    Conversation,
    Form,
    Identity,
    Membership,
    Priority,
    ReadState,
    Status,
    Tag,
)

PAGE_SIZE = 50
Conversations: TypeAlias = QuerySet[Conversation]


class Sort(StrEnum):
    DUE = "due"
    NEWEST = "newest"
    WAITING = "waiting"
    PRIORITY = "priority"


ORDER: dict[Sort, tuple[str, ...]] = {
    Sort.DUE: ("urgent_at", "id"),
    Sort.NEWEST: ("-last_message_at", "-id"),
    Sort.WAITING: ("waiting_since", "id"),
    Sort.PRIORITY: ("priority", "urgent_at", "id"),
}
"""Each ends with the id, has an index, and depends on no clock."""

MINE, NOBODY = "me", "none"
ANY_STATUS = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What of the feed is asked for. The empty filter: all that is open, due first."""

    channel: int | None = None
    form: str = ""
    status: str = Status.OPEN.value
    assignee: str = ""
    """`me`, `none`, or an agent's id."""
    team: int | None = None
    tag: int | None = None
    category: str = ""
    priority: int | None = None
    overdue: bool = False
    sort: Sort = Sort.DUE

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Filter:
        """Reads a query string; what it does not understand it leaves out."""
        return cls(
            channel=_number(query.get("channel")),
            form=_one_of(query.get("form"), Form.values),
            status=_one_of(query.get("status"), [*Status.values, ANY_STATUS])
            or Status.OPEN.value,
            assignee=_assignee(query.get("assignee")),
            team=_number(query.get("team")),
            tag=_number(query.get("tag")),
            category=_one_of(query.get("category"), Category.values),
            priority=_known_priority(query.get("priority")),
            overdue=query.get("overdue") == "1",
            sort=Sort(_one_of(query.get("sort"), list(Sort)) or Sort.DUE),
        )

    def query(self) -> str:
        """The filter as a query string, without what is as usual; '' for the usual."""
        pairs = {
            field.name: _text(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(USUAL, field.name)
        }
        return urlencode(pairs)

    def but(self, **changes: Any) -> Filter:
        """The same filter with some of it changed."""
        return replace(self, **changes)

    def conversations(self, agent: Agent, *, now: datetime) -> Conversations:
        """The visible conversations that match, in no order."""
        found = Conversation.objects.visible_to(agent)
        # Every index of the feed begins with the workspace: without it each sort
        # reads and sorts all that is open.
        home = Membership.objects.filter(agent=agent).order_by("pk").values("workspace")
        found = found.filter(workspace=home[:1], **self._plain())
        if self.assignee == MINE:
            found = found.filter(assignee=agent)
        elif self.assignee == NOBODY:
            found = found.unassigned()
        if self.tag is not None:
            found = found.filter(conversationtag__tag_id=self.tag)
        if self.overdue:
            found = found.overdue(now)
        if self.sort is Sort.WAITING:
            found = found.filter(waiting_since__isnull=False)
        return found

    def _plain(self) -> dict[str, Any]:
        """The parts that are equalities on columns."""
        wanted = {
            "channel_id": self.channel,
            "form": self.form,
            "status": "" if self.status == ANY_STATUS else self.status,
            "assignee_id": int(self.assignee) if self.assignee.isdecimal() else None,
            "team_id": self.team,
            "category": self.category,
            "priority": self.priority,
        }
        return {column: value for column, value in wanted.items() if value}


USUAL = Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One screenful. `after` asks for the next one; None at the end."""

    rows: list[Conversation]
    after: str | None


def page(
    wanted: Filter,
    agent: Agent,
    *,
    now: datetime,
    after: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """The rows that follow `after`, ready to show: in five queries, whatever size."""
    order = ORDER[wanted.sort]
    found = wanted.conversations(agent, now=now).order_by(*order)
    if place := _read_place(after, order):
        found = found.filter(_beyond(order, place))
    rows = list(shown(found, agent)[: size + 1])
    last = _place(rows[size - 1], order) if len(rows) > size else None
    return Page(rows=rows[:size], after=last)


def shown(found: Conversations, agent: Agent) -> Conversations:
    """With all that a card shows; `is_unread`: news that `agent` has not seen."""
    seen = ReadState.objects.filter(
        agent=agent, conversation=OuterRef("pk"), read_at__gte=OuterRef("news_at")
    )
    unread = Q(news_at__isnull=False) & ~Exists(seen)
    identities = Identity.objects.select_related("snapshot")
    return (
        found.select_related(
            "channel", "contact", "author", "assignee", "post", "thread"
        )
        .prefetch_related(
            Prefetch("tags", Tag.objects.order_by("name"), to_attr="shown_tags"),
            Prefetch("contact__identities", identities),
        )
        .annotate(is_unread=ExpressionWrapper(unread, output_field=BooleanField()))
    )


def _beyond(order: tuple[str, ...], place: tuple[Any, ...]) -> Q:
    """Rows after `place`, column by column; the first column bounds the index."""
    later, equal = Q(), Q()
    for name, value in zip(order, place, strict=True):
        column = name.lstrip("-")
        way = "lt" if name.startswith("-") else "gt"
        later |= equal & Q(**{f"{column}__{way}": value})
        equal &= Q(**{column: value})
    first = order[0].lstrip("-")
    way = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{way}": place[0]}) & later


def _place(row: Conversation, order: tuple[str, ...]) -> str:
    return "~".join(_text(getattr(row, name.lstrip("-"))) for name in order)


def _read_place(after: str, order: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The values of a place; None for one that was not written by `_place`."""
    parts = after.split("~")
    if len(parts) != len(order):
        return None
    try:
        return tuple(_value(part) for part in parts)
    except ValueError:
        return None


def _value(part: str) -> datetime | int:
    return int(part) if part.isdecimal() else datetime.fromisoformat(part)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(int(value)) if isinstance(value, bool) else str(value)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _one_of(text: str | None, known: list[str]) -> str:
    return text if text and text in known else ""


def _assignee(text: str | None) -> str:
    return text if text in {MINE, NOBODY} else _text(_number(text) or "")


def _known_priority(text: str | None) -> int | None:
    number = _number(text)
    return number if number in Priority.values else None
