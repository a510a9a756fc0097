"""Plays the script over worlds: the history at once, then everything in its time.

Customers are spread over the networks there are. A customer who is answered through
the inbox may thank a little later; one who is answered no longer insists.
"""

import contextlib
import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from connectors.ledger import Write
from connectors.world import File, Item, World
from socialcare.story import pictures, script
from socialcare.story.cast import Cast, Customer, Matter
from socialcare.story.script import (
    Act,
    AnsweredElsewhere,
    Chats,
    Edits,
    Insists,
    Opens,
    TakesBack,
)

_THANKS_AFTER = (12.0, 40.0)


@dataclass(slots=True, kw_only=True)
class Clock:
    """The worlds' clock: stands where the history is, then runs with the real one."""

    stands_at: datetime | None

    def now(self) -> datetime:
        return self.stands_at or datetime.now(tz=UTC)


@dataclass(slots=True, kw_only=True)
class _Affair:
    """A matter under way: where, about what, and its customer's last words."""

    kind: str
    who: Customer
    matter: Matter
    last: Item
    reply: Item | None = None
    is_answered: bool = False
    is_thanked: bool = False


@dataclass(slots=True, kw_only=True)
class Player:
    """`worlds` by kind, all on `clock`. `start` is when the history ends.

    Everything is said at its very time, so that worlds told anew from the same start
    hold the same items under the same ids, as after a crash of their process.
    """

    cast: Cast
    worlds: Mapping[str, World]
    clock: Clock
    start: datetime
    seed: int
    speed: float = 1.0
    _affairs: dict[int, _Affair] = field(default_factory=dict)
    _posts: dict[tuple[str, str], Item] = field(default_factory=dict)
    _keys: dict[tuple[str, int], int] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def tell_history(self, *, until: float = 0.0) -> Iterator[tuple[float, Act]]:
        """Play all that lies before `until`, in the story's seconds; what follows it is
        the answer."""
        self._set_stage()
        acts = script.acts(self.cast, seed=self.seed)
        for at, act in acts:
            if at >= until:
                self.clock.stands_at = None
                return _from(at, act, acts)
            self.play(at, act)
        return acts

    def play(self, at: float, act: Act) -> None:
        """Do one thing at its time."""
        seconds = at if at < 0 else at / self.speed
        self.clock.stands_at = self.start + timedelta(seconds=seconds)
        self.perform(act)
        self.clock.stands_at = None

    def perform(self, act: Act) -> None:
        """Do one thing in its world."""
        if isinstance(act, Opens):
            self._open(act)
            return
        affair = self._affairs[act.key]
        world = self.worlds[affair.kind]
        match act:
            case Insists(text=text):
                if not affair.is_answered:
                    self._go_on(act.key, affair, text)
            case Edits(text=text):
                world.edit(affair.last, text=text)
            case TakesBack():
                world.delete(affair.last)
            case Chats(who=who, text=text):
                handle = self._introduce(world, who)
                world.comment(
                    on=affair.last, author=handle, text=text, names_brand=False
                )
            case AnsweredElsewhere(text=text):
                affair.is_answered = True
                world.reply_as_brand(to=affair.last, text=text)

    def thanks_due(self) -> list[int]:
        """Matters that we have answered through the inbox since the last call."""
        due: list[int] = []
        for kind, world in self.worlds.items():
            with world.lock:
                fresh = world.ledger.writes[self._seen.get(kind, 0) :]
                self._seen[kind] = len(world.ledger.writes)
            due += [key for write in fresh if (key := self._answered(kind, write))]
        return due

    def thank(self, key: int) -> None:
        """The customer's last word, once."""
        affair = self._affairs[key]
        if affair.matter.thanks and not affair.is_thanked:
            affair.is_thanked = True
            self._go_on(key, affair, affair.matter.thanks)

    def _set_stage(self) -> None:
        brand = self.cast.brand
        for post in sorted(self.cast.posts, key=lambda post: -post.hours):
            self.clock.stands_at = self.start - timedelta(hours=post.hours)
            for kind, world in self.worlds.items():
                world.brand(brand.handle, name=brand.name)
                self._posts[kind, post.key] = world.post(text=post.text)

    def _open(self, act: Opens) -> None:
        kind = self._home_of(act.who)
        item = self._first_words(kind, act.who, act.matter)
        affair = _Affair(kind=kind, who=act.who, matter=act.matter, last=item)
        self._affairs[act.key] = affair
        self._keys[kind, item.id] = act.key

    def _home_of(self, who: Customer) -> str:
        kinds = sorted(self.worlds)
        return kinds[self.cast.customers.index(who) % len(kinds)]

    def _first_words(self, kind: str, who: Customer, matter: Matter) -> Item:
        world, media = self.worlds[kind], self._media(kind, who, matter)
        author, text = self._introduce(world, who), matter.text
        match matter.form:
            case "comment":
                on = self._posts[kind, matter.post or ""]
                return world.comment(on=on, author=author, text=text, media=media)
            case "mention":
                return world.mention(author=author, text=text, media=media)
            case _:
                return world.message(author=author, text=text, media=media)

    def _go_on(self, key: int, affair: _Affair, text: str) -> None:
        world, author = self.worlds[affair.kind], affair.who.handle
        if affair.matter.form == "message":
            item = world.message(author=author, text=text)
        else:
            on = affair.reply or affair.last
            item = world.comment(on=on, author=author, text=text, names_brand=True)
        affair.last = item
        self._keys[affair.kind, item.id] = key

    def _answered(self, kind: str, write: Write) -> int | None:
        if write.external_id is None or write.in_reply_to is None:
            return None
        world = self.worlds[kind]
        with contextlib.suppress(KeyError):  # not a word of the story's people
            key = self._keys[kind, world.get(write.in_reply_to).id]
            affair = self._affairs[key]
            affair.is_answered, affair.reply = True, world.get(write.external_id)
            return key
        return None

    def _introduce(self, world: World, who: Customer) -> str:
        person = world.customer(
            who.handle,
            name=who.name,
            followers=who.followers,
            city=who.city,
            language=who.language,
        )
        return person.handle

    def _media(self, kind: str, who: Customer, matter: Matter) -> list[File]:
        if matter.photo is None:
            return []
        world = self.worlds[kind]
        picture = File(
            id=world.next_id(world.now()),
            name=f"{who.handle}.png",
            mime="image/png",
            content=pictures.cup(who.handle),
            alt=matter.photo,
            width=pictures.WIDTH,
            height=pictures.HEIGHT,
        )
        return [picture]


def play_on(
    player: Player,
    acts: Iterator[tuple[float, Act]],
    *,
    is_over: Callable[[float], bool],
    seconds: Callable[[], float],
) -> None:
    """Everything after the history, until `is_over(seconds)`; that may wait so long.

    `seconds` tells the story's time, speed included.
    """
    rng = Random(player.seed)  # noqa: S311  # a story, not a secret
    numbers, thanks = count(), list[tuple[float, int, int]]()
    at, act = next(acts)
    while not is_over(0.25):
        now = seconds()
        for key in player.thanks_due():
            due = now + rng.uniform(*_THANKS_AFTER)
            heapq.heappush(thanks, (due, next(numbers), key))
        while at <= now:
            player.play(at, act)
            at, act = next(acts)
        while thanks and thanks[0][0] <= now:
            player.thank(heapq.heappop(thanks)[2])


def _from(
    at: float, act: Act, rest: Iterator[tuple[float, Act]]
) -> Iterator[tuple[float, Act]]:
    yield at, act
    yield from rest
