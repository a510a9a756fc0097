"""Following the end of a newest-first list with `min_id` (the page right after an id).

The first time there is no id to follow, so the list is walked down to the chosen start;
from then on it is read upwards, oldest first, page by page, which no burst can outrun.
A finished read begins the next one at the high water *before* it: one read of overlap,
for an item that got its id earlier but became visible later. State, plain JSON:

    since    where the first walk stops (ISO 8601)
    descent  the first walk, while it lasts (see paging.Descent)
    high     the newest id had; `back` where the next read begins; `walk` an upward
             read under way: resume right after this id
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.cleaning import Json
from connectors.errors import BadPayload
from connectors.paging import Descent, descend, number_order

from .parse import read_time, text_id

NOTHING = "0"  # an id before every other
MOST_PAGES = 25

Entry = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The committed state of one list."""

    since: str | None = None
    descent: Descent | None = None
    high: str | None = None
    back: str | None = None
    walk: str | None = None

    @classmethod
    def from_json(cls, state: Json) -> "Tail":
        given = state if isinstance(state, Mapping) else {}
        texts = {
            name: value
            for name in ("since", "high", "back", "walk")
            if isinstance(value := given.get(name), str)
        }
        walk = Descent.from_json(given.get("descent"))
        return cls(descent=walk if walk.resume else None, **texts)

    def as_json(self) -> dict[str, Json]:
        return {
            "since": self.since,
            "descent": self.descent.as_json() if self.descent else None,
            "high": self.high,
            "back": self.back,
            "walk": self.walk,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One page, oldest first, and the state after it."""

    entries: Sequence[Entry]
    state: Tail
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one list is read: `read` takes query parameters and answers newest first."""

    read: Callable[[Mapping[str, str]], Sequence[Entry]]
    id_of: Callable[[Entry], str | None]
    time_of: Callable[[Entry], str | None]

    def follow(self, state: Tail) -> Iterator[Reading]:
        if state.high is None:
            yield from self._down(state)
        else:
            yield from self._up(state)

    def _down(self, state: Tail) -> Iterator[Reading]:
        orphans: list[Entry] = []  # no id to walk by, but still to be set aside
        landings = descend(
            lambda below: self._older(below, orphans),
            state=state.descent or Descent(),
            id_of=lambda entry: self.id_of(entry) or NOTHING,
            is_floor=lambda entry: self._is_before(entry, state.since),
            most=MOST_PAGES,
        )
        for landing in landings:
            after = replace(state, descent=landing.state)
            if not landing.more:
                high = landing.state.high_water or NOTHING
                after = Tail(since=state.since, high=high, back=high)
            entries = [*orphans, *landing.items[::-1]]
            yield Reading(entries=entries, state=after, more=landing.more)
            orphans.clear()

    def _up(self, state: Tail) -> Iterator[Reading]:
        floor = state.walk or state.back or state.high or NOTHING
        high = state.high or NOTHING
        began = high if state.walk is None else state.back or high
        for _ in range(MOST_PAGES):
            entries = self.read({"min_id": floor})
            newest = self._newest(entries, floor)
            more = newest is not None
            high = max(high, newest or high, key=number_order)
            after = replace(state, high=high, back=began, walk=newest)
            yield Reading(entries=entries[::-1], state=after, more=more)
            if newest is None:
                return
            floor = newest

    def _newest(self, entries: Sequence[Entry], floor: str) -> str | None:
        """The newest id of a page, None at the end of the list."""
        if not entries:
            return None
        found = [identifier for entry in entries if (identifier := self.id_of(entry))]
        newest = max(found, key=number_order, default=floor)
        if number_order(newest) <= number_order(floor):
            raise BadPayload("the list leads in a circle")
        return newest

    def _older(self, below: str | None, orphans: list[Entry]) -> Sequence[Entry]:
        entries = self.read({"max_id": below} if below else {})
        orphans += [entry for entry in entries if not self.id_of(entry)]
        return [entry for entry in entries if self.id_of(entry)]

    def _is_before(self, entry: Entry, since: str | None) -> bool:
        stamp = self.time_of(entry)
        if since is None or stamp is None:
            return False
        try:
            return read_time(stamp) < datetime.fromisoformat(since)
        except ValueError:
            return False  # unreadable: let the parser set it aside


def id_in(*path: str) -> Callable[[Entry], str | None]:
    """Reads an id at a path of keys; None where it is missing or no id."""

    def read(entry: Entry) -> str | None:
        value = value_in(entry, path)
        try:
            return None if value is None else text_id(value)
        except ValueError:
            return None

    return read


def text_in(*path: str) -> Callable[[Entry], str | None]:
    """Reads text at a path of keys."""

    def read(entry: Entry) -> str | None:
        value = value_in(entry, path)
        return value if isinstance(value, str) else None

    return read


def value_in(entry: Entry, path: Sequence[str]) -> Any:
    for key in path:
        if not isinstance(entry, Mapping):
            return None
        entry = entry.get(key)
    return entry
