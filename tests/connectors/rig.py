"""A connector over a sandbox, and how a faithful caller reads it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import connectors
from connectors import discovery
from connectors.sandbox import Sandbox
from connectors.types import Inbound, Outbound, Page, Visibility
from connectors.world import Item, World

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Rig:
    kind: str
    world: World
    sandbox: Sandbox
    notes: connectors.MemoryNotes
    connector: connectors.Connector

    def again(self, **http: Any) -> "Rig":
        """A second worker: the same account and rows, nothing kept in memory."""
        connector = make(self.kind, self.world, self.sandbox, self.notes, **http)
        return Rig(self.kind, self.world, self.sandbox, self.notes, connector)

    def pages(
        self, stream: str, cursor: Any = None, *, since: datetime = LONG_AGO
    ) -> list[Page]:
        """One read, every page committed with its notes."""
        cursor = self.connector.start(stream, since) if cursor is None else cursor
        found = []
        for page in self.connector.fetch(stream, cursor):
            self.notes.write(page.notes)
            found.append(page)
        return found

    def items(self, stream: str, *, since: datetime = LONG_AGO) -> list[Inbound]:
        return [i for page in self.pages(stream, since=since) for i in page.items]

    def everything(self) -> dict[str, Inbound]:
        """All streams, each read until it says there is no more, by external id."""
        found = {}
        for stream in self.connector.streams:
            cursor, more = None, True
            while more:
                pages = self.pages(stream.name, cursor)
                found |= {i.external_id: i for page in pages for i in page.items}
                cursor, more = pages[-1].cursor, pages[-1].more
        return found

    def due(self) -> set[str]:
        """What the referee says must be stored."""
        gone = {
            entry["external_id"]
            for entry in self.world.ledger.changes
            if entry["thing"] == "deletion"
        }
        said = {e["external_id"] for e in self.world.ledger.offered if e["due"]}
        return said - gone

    def reply_to(
        self, item: Inbound, text: str = "On its way.", **what: Any
    ) -> Outbound:
        visibility = Visibility.PUBLIC
        if item.form == "message":
            visibility = Visibility.PRIVATE
        given: dict[str, Any] = {
            "idempotency_key": "7b0d5a8e-0000-4000-8000-000000000001",
            "text": text,
            "visibility": visibility,
            "to": item.handle,
            "in_reply_to": item.external_id,
            "recipient_id": item.author.id if item.author else None,
            "recipient_handle": item.author.handle if item.author else None,
        }
        return Outbound(**{**given, **what})


@contextmanager
def rig(kind: str, *, seed: int = 1, **http: Any) -> Iterator[Rig]:
    world = World(seed=seed)
    with Sandbox({kind: world}) as sandbox:
        notes = connectors.MemoryNotes()
        connector = make(kind, world, sandbox, notes, **http)
        yield Rig(kind, world, sandbox, notes, connector)
        connector.http.close()


def make(
    kind: str,
    world: World,
    sandbox: Any,
    notes: connectors.MemoryNotes,
    **http: Any,
) -> connectors.Connector:
    chosen = connectors.get(kind)
    assert world.token is not None
    given: Mapping[str, str] = discovery.sandbox(kind).settings(
        base=sandbox.url(kind), token=world.token
    )
    secret = {setting.name for setting in chosen.settings if setting.secret}
    return chosen(
        settings={k: v for k, v in given.items() if k not in secret},
        credentials=connectors.MemoryCredentials({k: given[k] for k in secret}),
        notes=notes,
        budget=connectors.FreeBudget(),
        http=connectors.Http(
            private_hosts_allowed={sandbox.host},
            **{"timeouts": (1, 0.4), "sleep": lambda _: None, **http},
        ),
    )


def crowd(world: World, *, size: int = 12) -> list[Item]:
    """Some of everything: posts, comments under them and under comments, with and
    without our name, mentions, dialogs, our own replies."""
    posts = [world.post(text=f"News {number}") for number in range(3)]
    said: list[Item] = []
    for number in range(size):
        name = f"guest{number % 5}"
        post = posts[number % len(posts)]
        top = world.comment(on=post, author=name, text=f"Comment {number}")
        said.append(top)
        said.append(world.comment(on=top, author="other", text=f"I agree {number}"))
        said.append(
            world.comment(on=post, author=name, text="No name", names_brand=False)
        )
        said.append(world.mention(author=name, text=f"Mention {number}"))
        said.append(world.message(author=name, text=f"Message {number}"))
    for earlier, later in pairwise(said):
        if later.id % 3 == 0:
            world.reply_as_brand(to=earlier, text=f"Typed elsewhere {later.id}")
    return said


def yesterday() -> datetime:
    return datetime.now(tz=UTC) - timedelta(days=1)


def streams(kind: str) -> tuple[str, ...]:
    return tuple(stream.name for stream in connectors.get(kind).streams)


def something_to_answer(made: Rig) -> Inbound:
    made.world.mention(author="guest", text="Help")
    made.notes.write(made.connector.identify().notes)
    return next(item for item in made.everything().values())
