"""Which thread a status belongs to: the root of its chain of replies.

A chain ends where privacy changes: a private answer to a public status begins a dialog
of its own, whose root is that answer. The root is asked from the instance once
(`/context`) and remembered in the connector's notes, so every stream says the same,
also after the root was deleted. Notes: `at:<id>` the spot of a status, `head:<id>` the
preview of a thread's or a branch's first status.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.cleaning import Json, as_json
from connectors.connector import Notes
from connectors.types import Author, PostRef, Root

from .parse import (
    Place,
    first_image,
    is_direct,
    parse_head,
    text_id,
)

Status = Mapping[str, Any]
PREVIEW = 500  # characters of a head's text that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A status's place in its thread. `top`: the top-level comment it hangs under."""

    thread: str
    top: str | None
    direct: bool
    mine: bool

    def as_note(self) -> Json:
        return [self.thread, self.top, self.direct, self.mine]

    @classmethod
    def from_note(cls, note: Json) -> "Spot | None":
        match note:
            case [str(thread), str() | None as top, bool(direct), bool(mine)]:
                return cls(thread=thread, top=top, direct=direct, mine=mine)
            case _:
                return None


class Atlas:
    """Finds places. `ancestors(id)` asks the instance, root first. `written` collects
    the notes that the next page must carry."""

    def __init__(
        self,
        *,
        me: str,
        notes: Notes,
        ancestors: Callable[[str], Sequence[Status]],
    ) -> None:
        self._me = me
        self._notes = notes
        self._ancestors = ancestors
        self._spots: dict[str, Spot] = {}
        self._heads: dict[str, Mapping[str, Any]] = {}
        self.written: dict[str, Json] = {}

    def take_notes(self) -> dict[str, Json]:
        """What was learned since the last page."""
        written, self.written = self.written, {}
        return written

    def load(self, statuses: Iterable[Status]) -> None:
        """Reads what is known of them, their parents and heads, in two queries."""
        wanted = {text_id(status["id"]) for status in statuses}
        wanted |= {p for status in statuses if (p := parent_of(status)) is not None}
        for key, note in self._read("at:", wanted - self._spots.keys()):
            spot = Spot.from_note(note)
            if spot is not None:
                self._spots[key] = spot
        self._load_heads(wanted)

    def learn(self, statuses: Iterable[Status]) -> None:
        """Takes in statuses whose parents come before them."""
        for status in statuses:
            self._spot(status, ask=False)

    def place(self, status: Status) -> Place:
        """Where it hangs; asks the instance if nothing here knows."""
        identifier = text_id(status["id"])
        spot = self._spot(status, ask=True)
        if spot.direct:
            return Place(thread=spot.thread)
        if not spot.mine:
            return Place(thread=spot.thread, root=self._root(spot.thread, identifier))
        return Place(
            thread=spot.thread,
            mine=identifier != spot.thread,
            root=self._root(spot.top, identifier),
            post=self._post(spot.thread, identifier),
        )

    def _spot(self, status: Status, *, ask: bool) -> Spot:
        identifier = text_id(status["id"])
        known = self._spots.get(identifier)
        spot = known or self._find(status, identifier, ask=ask)
        if known is None:
            self._spots[identifier] = spot
            self.written[f"at:{identifier}"] = spot.as_note()
        self._keep_head(status, identifier, spot)
        return spot

    def _find(self, status: Status, identifier: str, *, ask: bool) -> Spot:
        parent = parent_of(status)
        if parent is None:
            return self._first(status, identifier)
        if parent not in self._spots and ask:
            chain = self._ancestors(identifier)
            self.load(chain)
            self.learn(chain)
        if parent in self._spots:
            return self._below(status, identifier, parent)
        # The parent is gone or hidden from us: those who answered it stay together.
        ours = status.get("in_reply_to_account_id")
        mine = ours is not None and text_id(ours) == self._me
        return Spot(thread=parent, top=None, direct=is_direct(status), mine=mine)

    def _first(self, status: Status, identifier: str) -> Spot:
        mine = text_id(status["account"]["id"]) == self._me
        return Spot(thread=identifier, top=None, direct=is_direct(status), mine=mine)

    def _below(self, status: Status, identifier: str, parent: str) -> Spot:
        above = self._spots[parent]
        if above.direct != is_direct(status):
            return self._first(status, identifier)
        top = above.top or (None if parent == above.thread else parent)
        return Spot(thread=above.thread, top=top, direct=above.direct, mine=above.mine)

    def _keep_head(self, status: Status, identifier: str, spot: Spot) -> None:
        is_head = identifier == spot.thread or (spot.mine and spot.top is None)
        if spot.direct or not is_head or identifier in self._heads:
            return
        head = as_json(parse_head(status))
        head["text"] = head["text"][:PREVIEW]
        head["image"] = first_image(status)
        self._heads[identifier] = head
        self.written[f"head:{identifier}"] = head

    def _load_heads(self, identifiers: Iterable[str]) -> None:
        spots = [self._spots[key] for key in identifiers if key in self._spots]
        wanted = {key for spot in spots for key in (spot.thread, spot.top) if key}
        # A direct parent's head is its own; a top comment's is known as the parent.
        wanted |= {key for key in identifiers if key in self._spots}
        for key, note in self._read("head:", wanted - self._heads.keys()):
            if isinstance(note, Mapping):
                self._heads[key] = note

    def _read(self, prefix: str, identifiers: Iterable[str]) -> list[tuple[str, Json]]:
        keys = [f"{prefix}{identifier}" for identifier in identifiers]
        if not keys:
            return []
        found = self._notes.get_many(keys)
        return [(key.removeprefix(prefix), note) for key, note in found.items()]

    def _root(self, head: str | None, identifier: str) -> Root | None:
        known = self._heads.get(head or "")
        if known is None or head is None or head == identifier:
            return None
        author = known.get("author")
        return Root(
            id=head,
            text=known["text"],
            author=Author(**author) if author else None,
            url=known["url"],
        )

    def _post(self, head: str, identifier: str) -> PostRef | None:
        known = self._heads.get(head)
        if known is None or head == identifier:
            return None
        return PostRef(
            id=head, text=known["text"], url=known["url"], image=known["image"]
        )


def parent_of(status: Status) -> str | None:
    parent = status.get("in_reply_to_id")
    return None if parent is None else text_id(parent)
