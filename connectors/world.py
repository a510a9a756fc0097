"""A small social network that lives in memory: accounts, posts, comments, mentions and
private messages in neutral words. Each platform's sandbox shows it in its own dialect.

Thread-safe; the same seed and the same calls give the same world. Ids grow with time,
as the platforms' do. Everything published is in the ledger.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import TypeAlias

from connectors.faults import Fault, FaultKind, Faults
from connectors.ledger import Ledger


class Thing(StrEnum):
    POST = "post"
    COMMENT = "comment"
    MENTION = "mention"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`handle` is unique; with a host (anna@far.example) the person lives elsewhere."""

    id: int
    handle: str
    name: str
    brand: bool = False
    followers: int = 0
    city: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    id: int
    name: str
    mime: str
    content: bytes = field(repr=False)
    alt: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Anything said. `root` heads its thread; `names` are the handles it addresses."""

    id: int
    thing: Thing
    author: Person
    text: str
    at: datetime
    root: int
    parent: int | None = None
    private: bool = False
    names: tuple[str, ...] = ()
    media: tuple[File, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


ItemRef: TypeAlias = Item | int | str


class World:
    """One network. `clock` gives its time; `advance` moves it. `external_id` is how the
    platform names an item, set by its sandbox."""

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(tz=UTC),
        ledger_path: Path | None = None,
        token: str = "sandbox-access-token",  # noqa: S107 -- opens nothing real
    ) -> None:
        self.lock = threading.RLock()
        self.external_id: Callable[[Item], str] = lambda item: str(item.id)
        self._clock = clock
        self._ledger_path = ledger_path
        self._token = token
        self.reset(seed=seed)

    def reset(self, *, seed: int = 0) -> None:
        """Everything forgotten, as on the first day."""
        with self.lock:
            self.random = Random(seed)  # noqa: S311 -- a play, not a secret
            self.faults = Faults(random=self.random)
            self.ledger = Ledger(path=self._ledger_path)
            self.token: str | None = self._token
            self.people: dict[str, Person] = {}
            self.items: dict[int, Item] = {}
            self.replies: dict[int, list[int]] = {}
            self.dialogs: dict[frozenset[str], int] = {}
            self.blocked: set[str] = set()
            self.liked: set[int] = set()
            self._by_external: dict[str, int] = {}
            self._shift = timedelta()
            self._last_id = 0

    def now(self) -> datetime:
        with self.lock:
            return self._clock() + self._shift

    def advance(self, seconds: float) -> None:
        with self.lock:
            self._shift += timedelta(seconds=seconds)

    def brand(self, handle: str = "brand", *, name: str = "Brand") -> Person:
        """The account that is connected; the first one made is "we"."""
        return self._person(handle, name=name, brand=True, followers=12_000)

    def customer(
        self,
        handle: str,
        *,
        name: str = "",
        followers: int = 0,
        city: str | None = None,
        language: str = "en",
    ) -> Person:
        return self._person(
            handle,
            name=name or handle,
            followers=followers,
            city=city,
            language=language,
        )

    def post(
        self,
        *,
        text: str,
        author: str = "",
        media: Sequence[File] = (),
        at: datetime | None = None,
    ) -> Item:
        """Content of its own: ours, or with `author` somebody else's."""
        return self._say(
            Thing.POST, author or self.us().handle, text, media=media, at=at
        )

    def comment(
        self,
        *,
        on: ItemRef,
        author: str,
        text: str,
        names_brand: bool | None = None,
        media: Sequence[File] = (),
        at: datetime | None = None,
    ) -> Item:
        """Under a post or another comment. A comment on a word of ours names us, one on
        another customer's does not, unless `names_brand` says otherwise."""
        parent = self.get(on)
        named = parent.author.brand if names_brand is None else names_brand
        names = [parent.author.handle] if not parent.author.brand else []
        if named:
            names.append(self.us().handle)
        return self._say(
            Thing.COMMENT, author, text, parent=parent, names=names, media=media, at=at
        )

    def mention(
        self,
        *,
        author: str,
        text: str,
        on: ItemRef | None = None,
        media: Sequence[File] = (),
        at: datetime | None = None,
    ) -> Item:
        """Names us somewhere: in a post of its own, or under a stranger's (`on`)."""
        parent = None if on is None else self.get(on)
        return self._say(
            Thing.MENTION,
            author,
            text,
            parent=parent,
            names=[self.us().handle],
            media=media,
            at=at,
        )

    def message(
        self,
        *,
        author: str,
        text: str,
        new_dialog: bool = False,
        media: Sequence[File] = (),
        at: datetime | None = None,
    ) -> Item:
        """A private message to us, going on in the dialog there is."""
        return self._whisper(author, self.us().handle, text, new_dialog, media, at)

    def reply_as_brand(
        self, *, to: ItemRef, text: str, private: bool | None = None
    ) -> Item:
        """Typed by a colleague in the network's own app, not through us."""
        target = self.get(to)
        hidden = target.private if private is None else private
        return self.answer(to=target, text=text, private=hidden)

    def answer(
        self,
        *,
        to: Item | None,
        text: str,
        private: bool,
        names: Sequence[str] = (),
        media: Sequence[File] = (),
    ) -> Item:
        """Our reply, however it came."""
        with self.lock:
            named = [*names] or ([to.author.handle] if to is not None else [])
            thing = Thing.MESSAGE if private else Thing.COMMENT
            return self._say(
                thing if to is not None or private else Thing.POST,
                self.us().handle,
                text,
                parent=to,
                names=named,
                private=private,
                media=media,
            )

    def edit(self, item: ItemRef, *, text: str) -> Item:
        with self.lock:
            return self._change(item, "edit", text=text, edited_at=self.now())

    def delete(self, item: ItemRef) -> Item:
        with self.lock:
            return self._change(item, "deletion", deleted_at=self.now())

    def inject(self, kind: str, **how: str | float | bool | None) -> None:
        """Plan a fault; the words of `faults.Fault`."""
        with self.lock:
            fault = Fault(kind=FaultKind(kind))
            for name, value in how.items():
                setattr(fault, name, value)
            self.faults.plan.append(fault)

    def heal(self) -> None:
        """No more faults, the token valid again."""
        with self.lock:
            self.faults.plan.clear()
            self.token = self._token

    def revoke(self) -> None:
        """Our token is no longer accepted."""
        with self.lock:
            self.token = None

    def us(self) -> Person:
        with self.lock:
            for person in self.people.values():
                if person.brand:
                    return person
            return self.brand()

    def get(self, item: ItemRef) -> Item:
        """By itself, its number or its external id. Raises KeyError."""
        with self.lock:
            if isinstance(item, Item):
                return self.items[item.id]
            if isinstance(item, str):
                return self.items[self._by_external[item]]
            return self.items[item]

    def living(self) -> list[Item]:
        """Everything not deleted, oldest first."""
        with self.lock:
            return [item for item in self.items.values() if item.deleted_at is None]

    def next_id(self, at: datetime) -> int:
        """Milliseconds and a counter in 16 bits, never twice and never smaller."""
        with self.lock:
            wanted = int(at.timestamp() * 1000) << 16
            self._last_id = max(wanted, self._last_id + 1)
            return self._last_id

    def _person(self, handle: str, *, name: str, **what: object) -> Person:
        with self.lock:
            if handle not in self.people:
                person = Person(id=self.next_id(self.now()), handle=handle, name=name)
                self.people[handle] = replace(person, **what)  # type: ignore[arg-type]
            return self.people[handle]

    def _whisper(
        self,
        author: str,
        to: str,
        text: str,
        new_dialog: bool,  # noqa: FBT001 -- passed on as it came
        media: Sequence[File],
        at: datetime | None,
    ) -> Item:
        with self.lock:
            last = self.dialogs.get(frozenset({author, to}))
            parent = None if last is None or new_dialog else self.items[last]
            return self._say(
                Thing.MESSAGE,
                author,
                text,
                parent=parent,
                names=[to],
                private=True,
                media=media,
                at=at,
            )

    def _say(
        self,
        thing: Thing,
        author: str,
        text: str,
        *,
        parent: Item | None = None,
        names: Sequence[str] = (),
        private: bool = False,
        media: Sequence[File] = (),
        at: datetime | None = None,
    ) -> Item:
        with self.lock:
            said_at = at or self.now()
            identifier = self.next_id(said_at)
            goes_on = parent is not None and parent.private == private
            item = Item(
                id=identifier,
                thing=thing,
                author=self.people.get(author) or self.customer(author),
                text=text,
                at=said_at,
                root=parent.root if parent is not None and goes_on else identifier,
                parent=parent.id if parent is not None else None,
                private=private,
                names=tuple(name for name in dict.fromkeys(names) if name != author),
                media=tuple(media),
            )
            self._keep(item)
            return item

    def _keep(self, item: Item) -> None:
        self.items[item.id] = item
        external = self.external_id(item)
        self._by_external[external] = item.id
        if item.parent is not None:
            self.replies.setdefault(item.parent, []).append(item.id)
        if item.private:
            for name in item.names:
                self.dialogs[frozenset({item.author.handle, name})] = item.id
        self.ledger.offer(
            external_id=external,
            thing=item.thing,
            author=item.author.handle,
            at=item.at,
            due=self._concerns_us(item),
        )

    def _concerns_us(self, item: Item) -> bool:
        """Ours, to us, or under a post of ours."""
        us = self.us().handle
        if item.author.handle == us:
            return item.parent is not None or item.private
        root = self.items[item.root]
        return us in item.names or (root.author.handle == us and not item.private)

    def _change(self, item: ItemRef, change: str, **what: object) -> Item:
        changed = replace(self.get(item), **what)  # type: ignore[arg-type]
        self.items[changed.id] = changed
        self.ledger.change(
            external_id=self.external_id(changed), thing=change, at=self.now()
        )
        return changed
