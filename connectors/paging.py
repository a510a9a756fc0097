"""Ways through a long list. Each is a generator of bounded steps whose state is plain
JSON, so that a kill between two steps loses nothing. A list that leads in a circle is
a BadPayload: nothing moves, the read is repeated later."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from requests.utils import parse_header_links

from connectors.errors import BadPayload

T = TypeVar("T")
Token = TypeVar("Token", str, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T, Token]):
    """One answer and where the next one is; None at the end."""

    items: Sequence[T]
    next: Token | None


def follow(
    read: Callable[[Token], Step[T, Token]], first: Token, *, most: int
) -> Iterator[Step[T, Token]]:
    """Steps by cursor or by link, at most `most` of them."""
    seen = {first}
    token = first
    for _ in range(most):
        step = read(token)
        if step.next in seen:
            raise BadPayload("the list leads in a circle")
        yield step
        if step.next is None:
            return
        token = step.next
        seen.add(token)


def by_offset(
    read: Callable[[int], Sequence[T]], *, start: int, size: int, most: int
) -> Iterator[Step[T, int]]:
    """Steps by offset. A list that grows at its head repeats items, never skips one."""

    def step(offset: int) -> Step[T, int]:
        items = read(offset)
        full = len(items) >= size
        return Step(items=items, next=offset + len(items) if full else None)

    return follow(step, start, most=most)


def links(header: str) -> dict[str, str]:
    """A Link header as rel -> address."""
    try:
        found = parse_header_links(header)
    except (ValueError, IndexError):
        return {}
    return {item["rel"]: item["url"] for item in found if "rel" in item}


def link_parameter(header: str, *, rel: str, name: str) -> str | None:
    """A query parameter of one link: the cursor alone, whatever host it names."""
    address = links(header).get(rel)
    if address is None:
        return None
    return next(iter(parse_qs(urlsplit(address).query).get(name, [])), None)


def number_order(identifier: str) -> tuple[int, str]:
    """The order of ids that are numbers of any size written as text."""
    return len(identifier), identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """The state of a walk down a newest-first list without `since`.

    Everything up to `high_water` is had. A walk under way began at `target` (the
    newest id then) and has come down to `resume`; only its end lifts the high water.
    """

    high_water: str | None = None
    target: str | None = None
    resume: str | None = None

    def as_json(self) -> dict[str, str | dict[str, str] | None]:
        walk = None
        if self.target is not None and self.resume is not None:
            walk = {"target": self.target, "resume": self.resume}
        return {"high_water": self.high_water, "walk": walk}

    @classmethod
    def from_json(cls, state: object) -> "Descent":
        """The state as committed; anything else starts anew."""
        if not isinstance(state, Mapping):
            return cls()
        walk = state.get("walk")
        high = _text(state.get("high_water"))
        if not isinstance(walk, Mapping):
            return cls(high_water=high)
        target, resume = _text(walk.get("target")), _text(walk.get("resume"))
        if target is None or resume is None:
            return cls(high_water=high)
        return cls(high_water=high, target=target, resume=resume)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing(Generic[T]):
    """One step of a descent: new items, the state after them, whether it goes on."""

    items: Sequence[T]
    state: Descent
    more: bool


def descend(
    read: Callable[[str | None], Sequence[T]],
    *,
    state: Descent,
    id_of: Callable[[T], str],
    is_floor: Callable[[T], bool],
    order: Callable[[str], tuple[int, str]] = number_order,
    most: int = 20,
) -> Iterator[Landing[T]]:
    """Walks down from the newest, or from where a walk was cut off.

    `read(below)` gives items older than that id (None: from the top), newest first.
    Ends at an item at or below the high water, at the first `is_floor` item, or at the
    list's end; only then the high water moves up to the walk's target.
    """
    for _ in range(most):
        found = read(state.resume)
        fresh = _below(found, state.resume, id_of=id_of, order=order)
        if found and not fresh:
            raise BadPayload("the list leads in a circle")
        taken = _above(fresh, state.high_water, id_of, order, is_floor)
        target = state.target or _highest(fresh, state.high_water, id_of, order)
        if len(taken) < len(fresh) or not fresh:
            state = Descent(high_water=target)
        else:
            state = Descent(
                high_water=state.high_water, target=target, resume=id_of(fresh[-1])
            )
        more = state.resume is not None
        yield Landing(items=taken, state=state, more=more)
        if not more:
            return


def _highest(
    fresh: Sequence[T],
    high_water: str | None,
    id_of: Callable[[T], str],
    order: Callable[[str], tuple[int, str]],
) -> str | None:
    """Where the walk will have come up to: never lower, also if the newest is gone."""
    found = [id_of(item) for item in fresh[:1]]
    if high_water is not None:
        found.append(high_water)
    return max(found, key=order, default=None)


def _below(
    found: Sequence[T],
    resume: str | None,
    *,
    id_of: Callable[[T], str],
    order: Callable[[str], tuple[int, str]],
) -> Sequence[T]:
    if resume is None:
        return found
    return [item for item in found if order(id_of(item)) < order(resume)]


def _above(
    fresh: Sequence[T],
    high_water: str | None,
    id_of: Callable[[T], str],
    order: Callable[[str], tuple[int, str]],
    is_floor: Callable[[T], bool],
) -> Sequence[T]:
    """The head of the list that is new: up to the first known or too old item."""
    for place, item in enumerate(fresh):
        known = high_water is not None and order(id_of(item)) <= order(high_water)
        if known or is_floor(item):
            return fresh[:place]
    return fresh


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
