"""The script: what happens at which second. Pure; the same seed gives the same acts.

Times are seconds since the story's start, negative ones the history before it. A
customer's first matters fill the history, the rest trickles in; when all have spoken
once, the matters go round again among people of the same language.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from socialcare.story.cast import Cast, Customer, Matter

HISTORY = 40
HISTORY_SECONDS = 1.6 * 3600
EVERY = 8.0
_CHATTER_SHARE = 0.35
_ELSEWHERE_SHARE = 0.08
_PATIENCE = (90.0, 240.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """A customer begins a matter; later acts name it by `key`."""

    key: int
    who: Customer
    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Insists:
    """The customer writes again, unless somebody has answered by then."""

    key: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    key: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesBack:
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chats:
    """A stranger answers the customer under our post; we are not asked."""

    key: int
    who: Customer
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredElsewhere:
    """A colleague answers in the network's own app."""

    key: int
    text: str


Act = Opens | Insists | Edits | TakesBack | Chats | AnsweredElsewhere
Timed = tuple[float, Act]


def acts(cast: Cast, *, seed: int) -> Iterator[Timed]:
    """All acts in order of time, without end."""
    rng = Random(seed)  # noqa: S311  # a story, not a secret
    numbers = itertools.count(1)
    waiting: list[tuple[float, int, Act]] = []
    for at, who, matter in _openings(cast, rng):
        key = next(numbers)
        while waiting and waiting[0][0] <= at:
            yield _popped(waiting)
        yield at, Opens(key=key, who=who, matter=matter)
        for later, act in _consequences(cast, rng, at, key, who, matter):
            heapq.heappush(waiting, (later, next(numbers), act))


def _openings(cast: Cast, rng: Random) -> Iterator[tuple[float, Customer, Matter]]:
    """Who begins what and when: history, then the trickle with the spike in it."""
    matters = _rounds(cast, rng)
    past = sorted(_long_ago(rng) for _ in range(HISTORY))
    history = ((at, *next(matters)) for at in past)
    trickle = ((at, *next(matters)) for at in _beats(rng))
    yield from history
    yield from heapq.merge(trickle, _spike(cast, rng), key=lambda opening: opening[0])


def _rounds(cast: Cast, rng: Random) -> Iterator[tuple[Customer, Matter]]:
    """Everybody's own matters first, each person's in their order, then the same ones
    among other people."""
    own = [(who, matter) for who in cast.customers for matter in who.matters]
    writers = [who for who, _matter in own]
    rng.shuffle(writers)
    to_say = {who.handle: iter(who.matters) for who in cast.customers}
    yield from ((who, next(to_say[who.handle])) for who in writers)
    while True:
        rng.shuffle(own)
        for writer, matter in own:
            alike = [who for who in cast.customers if who.language == writer.language]
            yield (writer if writer.troll else rng.choice(alike)), matter


def _long_ago(rng: Random) -> float:
    """Most of what waits came in the last half hour, a little is late already."""
    return -20.0 - HISTORY_SECONDS * rng.random() ** 3


def _beats(rng: Random) -> Iterator[float]:
    at = 0.0
    while True:
        at += rng.uniform(EVERY / 2, EVERY * 3 / 2)
        yield at


def _spike(cast: Cast, rng: Random) -> Iterator[tuple[float, Customer, Matter]]:
    angry = [who for who in cast.customers if who.spike]
    rng.shuffle(angry)
    for number, who in enumerate(angry):
        at = cast.spike.after + number * cast.spike.every
        text = who.spike or ""
        yield at, who, Matter(form="comment", post=cast.spike.post, text=text)


def _consequences(
    cast: Cast, rng: Random, at: float, key: int, who: Customer, matter: Matter
) -> Iterable[Timed]:
    found: list[Timed] = []
    if matter.edit:
        found.append((at + rng.uniform(20, 60), Edits(key=key, text=matter.edit)))
    if matter.deletes:
        found.append((at + rng.uniform(40, 120), TakesBack(key=key)))
        return found
    if matter.more:
        insists = Insists(key=key, text=matter.more)
        found.append((at + rng.uniform(*_PATIENCE), insists))
    if matter.form == "comment" and rng.random() < _CHATTER_SHARE:
        found.append((at + rng.uniform(10, 50), _chat(cast, rng, key, who)))
    if not matter.more and rng.random() < _ELSEWHERE_SHARE:
        text = rng.choice(cast.elsewhere[who.language])
        answer = AnsweredElsewhere(key=key, text=text)
        found.append((at + rng.uniform(60, 180), answer))
    return found


def _chat(cast: Cast, rng: Random, key: int, about: Customer) -> Chats:
    strangers = [
        who
        for who in cast.customers
        if who.language == about.language and who is not about and not who.troll
    ]
    text = rng.choice(cast.chatter[about.language])
    return Chats(key=key, who=rng.choice(strangers), text=text)


def _popped(waiting: list[tuple[float, int, Act]]) -> Timed:
    at, _number, act = heapq.heappop(waiting)
    return at, act
