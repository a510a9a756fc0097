"""Ways through a list: every item once, no way round in circles."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BadPayload
from connectors.paging import (
    Descent,
    Landing,
    Step,
    by_offset,
    descend,
    follow,
    link_parameter,
    links,
    number_order,
)

Read = Callable[[str | None], Sequence[str]]


def listing(newest: int, size: int) -> Read:
    """A newest-first list of the ids 1..newest, `size` at a time."""

    def read(below: str | None) -> Sequence[str]:
        top = newest if below is None else int(below) - 1
        return [str(n) for n in range(top, max(top - size, 0), -1)]

    return read


def walk(
    read: Read, state: Descent | None = None, floor: int = 0, **more: int
) -> list[Landing[str]]:
    return list(
        descend(
            read,
            state=state or Descent(),
            id_of=lambda item: item,
            is_floor=lambda item: int(item) <= floor,
            **more,
        )
    )


def taken(landings: Any) -> list[str]:
    return [item for landing in landings for item in landing.items]


def test_a_descent_meets_its_floor_and_lifts_the_high_water() -> None:
    landings = walk(listing(10, 3), floor=4)
    assert taken(landings) == ["10", "9", "8", "7", "6", "5"]
    assert landings[-1].state == Descent(high_water="10")
    assert [landing.more for landing in landings] == [True, True, False]


def test_the_high_water_stays_until_the_walk_is_done() -> None:
    landings = walk(listing(10, 3), Descent(high_water="2"))
    assert [landing.state.high_water for landing in landings] == ["2", "2", "10"]


def test_an_empty_list_ends_at_once() -> None:
    [landing] = walk(lambda _: [])
    assert landing.state == Descent()
    assert landing.more is False


def test_the_known_item_may_be_deleted() -> None:
    def read(below: str | None) -> list[str]:
        return [i for i in listing(9, 9)(below) if i != "5"]

    assert taken(walk(read, Descent(high_water="5"))) == ["9", "8", "7", "6"]


def test_a_list_that_repeats_its_page_is_a_circle() -> None:
    with pytest.raises(BadPayload):
        walk(lambda _: ["3", "2", "1"])


@given(
    newest=st.integers(0, 60),
    size=st.integers(1, 7),
    known=st.integers(0, 60),
    grows=st.lists(st.integers(0, 3), max_size=40),
)
def test_cut_off_anywhere_every_item_comes_once(
    newest: int, size: int, known: int, grows: list[int]
) -> None:
    """After each step: the state through JSON, a new walk, and meanwhile new items."""
    state = Descent(high_water=str(known)) if known else Descent()
    found: list[str] = []
    for growth in [*grows, *[0] * 80]:
        landing = walk(listing(newest, size), state, most=1)[0]
        found += landing.items
        state = Descent.from_json(json.loads(json.dumps(landing.state.as_json())))
        newest += growth
    assert sorted(found, key=int) == [str(n) for n in range(known + 1, newest + 1)]


@pytest.mark.parametrize("state", [None, 3, "x", [], {}, {"walk": 1}, {"walk": {}}])
def test_a_strange_state_begins_anew(state: Any) -> None:
    assert Descent.from_json(state) == Descent()


def test_following_a_cursor_sees_every_step() -> None:
    steps = {"a": Step(items=[1], next="b"), "b": Step(items=[2], next=None)}
    assert [s.items for s in follow(steps.__getitem__, "a", most=9)] == [[1], [2]]


@pytest.mark.parametrize("circle", [{"a": "a"}, {"a": "b", "b": "a"}])
def test_following_a_circle_ends(circle: dict[str, str]) -> None:
    def read(token: str) -> Step[int, str]:
        return Step(items=[1], next=circle[token])

    with pytest.raises(BadPayload):
        list(follow(read, "a", most=99))


def test_following_is_bounded() -> None:
    def read(token: int) -> Step[int, int]:
        return Step(items=[token], next=token + 1)

    assert len(list(follow(read, 0, most=5))) == 5


@given(total=st.integers(0, 30), size=st.integers(1, 7))
def test_offsets_cover_the_list(total: int, size: int) -> None:
    everything = list(range(total))
    steps = by_offset(
        lambda offset: everything[offset : offset + size], start=0, size=size, most=99
    )
    assert [item for step in steps for item in step.items] == everything


def test_links_are_read_by_relation() -> None:
    header = (
        '<https://x.example/a?max_id=1>; rel="next", <https://x.example/b>; rel=prev'
    )
    assert links(header) == {
        "next": "https://x.example/a?max_id=1",
        "prev": "https://x.example/b",
    }
    assert link_parameter(header, rel="next", name="max_id") == "1"
    assert link_parameter(header, rel="next", name="min_id") is None
    assert link_parameter("", rel="next", name="max_id") is None


@given(st.text(max_size=60))
def test_no_link_header_can_make_us_fall_over(header: str) -> None:
    assert isinstance(links(header), dict)


@given(st.lists(st.integers(0, 10**20)))
def test_numbers_written_as_text_keep_their_order(numbers: list[int]) -> None:
    found = sorted((str(n) for n in numbers), key=number_order)
    assert found == [str(n) for n in sorted(numbers)]
