"""Small functions that make rows and items; every argument has a sensible default."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import connectors
from connectors import Author, Form, Inbound, Page
from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Membership,
    Message,
    Role,
    Stream,
    Team,
    Workspace,
)
from inbox.services import lease, workspaces
from inbox.services.ingest import store_page

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""A Monday noon."""

_numbers = itertools.count(1)


def at(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def workspace() -> Workspace:
    return workspaces.default()


def agent(name: str = "Marta", *, role: Role = Role.OPERATOR, **columns: Any) -> Agent:
    number = next(_numbers)
    made = Agent.objects.create(
        name=name, email=f"{name.lower()}{number}@example.com", **columns
    )
    Membership.objects.create(workspace=workspace(), agent=made, role=role)
    return made


def team(name: str = "Warranty", *members: Agent) -> Team:
    made, _new = Team.objects.get_or_create(workspace=workspace(), name=name)
    made.agents.add(*members)
    return made


def channel(**columns: Any) -> Channel:
    """A channel of the first platform there is, read from a day before NOW."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "workspace": workspace(),
        "kind": connectors.kinds()[0],
        "external_id": f"account-{number}",
        "name": "Kawa i Para",
        "handle": f"@kawaipara{number}",
        "identities": [f"brand-{number}"],
        "default_team": workspaces.default_team(workspace()),
        "read_from": NOW - timedelta(days=1),
    }
    return Channel.objects.create(**values | columns)


def stream(of: Channel | None = None, *, name: str = "mentions") -> Stream:
    return Stream.objects.create(
        channel=of or channel(), name=name, pace=60, due_at=NOW - timedelta(hours=1)
    )


def author(key: str = "anna", **fields: Any) -> Author:
    values: dict[str, Any] = {"id": key, "name": key.title(), "handle": f"@{key}"}
    return Author(**values | fields)


def item(external_id: str = "", **fields: Any) -> Inbound:
    """A comment of Anna's in a thread of its own, addressed to us, at NOW."""
    external_id = external_id or f"item-{next(_numbers)}"
    values: dict[str, Any] = {
        "external_id": external_id,
        "thread_id": fields.get("thread_id", external_id),
        "form": Form.COMMENT,
        "addressed": True,
        "direction": connectors.Direction.IN,
        "author": author(),
        "text": "Where is my order?",
        "published_at": NOW,
        "handle": {"id": external_id},
    }
    return Inbound(**values | fields)


def own(external_id: str = "", **fields: Any) -> Inbound:
    """Something of ours, typed elsewhere."""
    values: dict[str, Any] = {
        "direction": connectors.Direction.OUT,
        "addressed": False,
        "author": author("brand"),
        "text": "It is on its way.",
    }
    return item(external_id, **values | fields)


def store(into: Stream, *items: Inbound, now: datetime = NOW, **page: Any) -> int:
    """Reads a page of these items into the stream, under a lease of its own."""
    Stream.objects.filter(pk=into.pk).update(due_at=now, lease=None, leased_until=None)
    hold = lease.claim(into.pk, now=now)
    assert hold is not None
    return store_page(hold, Page(items=items, cursor={"at": 1}, **page), now=now)


def conversation(**fields: Any) -> Conversation:
    """A conversation that one comment opened."""
    its_channel = fields.pop("channel", None) or channel()
    comment = item(**fields)
    store(stream(its_channel, name=f"s{next(_numbers)}"), comment)
    return Message.objects.get(
        channel=its_channel, external_id=comment.external_id
    ).conversation
