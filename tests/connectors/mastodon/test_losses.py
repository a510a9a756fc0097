"""Nothing is lost: bursts, stale answers, kills and faults on the way."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest

import connectors
from connectors.errors import (
    ConnectorError,
)
from connectors.mastodon.looked import Look
from connectors.mastodon.parse import read_time
from connectors.types import Inbound
from tests.connectors.mastodon.statuses import status, us
from tests.connectors.rig import LONG_AGO, Rig, crowd, rig, yesterday


@pytest.fixture
def ours() -> Iterator[Rig]:
    with rig("mastodon") as made:
        made.world.brand()
        made.notes.write(made.connector.identify().notes)
        yield made


def test_a_reply_to_a_reply_does_not_change_the_count_but_is_found(ours: Rig) -> None:
    """`replies_count` of a post counts direct replies only."""
    clock = [ours.world.now()]
    post = ours.world.post(text="News")
    top = ours.world.comment(on=post, author="anna", text="one", names_brand=False)
    cursor = ours.pages("comments")[-1].cursor
    deep = ours.world.comment(on=top, author="bob", text="two")
    assert [i for p in ours.pages("comments", cursor) for i in p.items] == []
    clock[0] += timedelta(minutes=20)
    later = ours.again(now=lambda: clock[0])
    found = [i.external_id for p in later.pages("comments", cursor) for i in p.items]
    assert found == [str(deep.id)]


def test_a_stale_answer_hides_comments_for_a_moment_only(ours: Rig) -> None:
    post = ours.world.post(text="News")
    ours.world.comment(on=post, author="anna", text="one", names_brand=False)
    cursor = ours.pages("comments")[-1].cursor
    second = ours.world.comment(on=post, author="bob", text="2", names_brand=False)
    ours.world.inject("repeat", path="context")
    for expected in ([], [str(second.id)], []):
        pages = ours.pages("comments", cursor)
        found = [item.external_id for page in pages for item in page.items]
        assert found == expected
        cursor = pages[-1].cursor


def test_a_reply_hidden_from_us_is_not_sought_for_ever() -> None:
    post = {**status("1", account=us()), "replies_count": 1}
    now = read_time(post["created_at"])
    look, looks = Look(count=0), 0
    while look.is_due(post, now=now):
        look = Look.from_json(look.then(post, [], now=now).as_json())
        looks += 1
    assert looks == 4
    assert look.is_due(post, now=now + timedelta(minutes=15))


def test_quiet_posts_cost_one_request(ours: Rig) -> None:
    for number in range(5):
        ours.world.comment(
            on=ours.world.post(text=f"{number}"), author="anna", text="hi"
        )
    cursor = ours.pages("comments")[-1].cursor
    before = ours.world.faults.struck.copy()
    ours.world.inject("error", path="context", times=None)
    assert [page.items for page in ours.pages("comments", cursor)] == [()]
    assert ours.world.faults.struck == before


def test_a_burst_between_two_reads_is_read_whole(ours: Rig) -> None:
    ours.world.mention(author="anna", text="first")
    cursor = ours.pages("mentions")[-1].cursor
    said = [ours.world.mention(author="anna", text=f"{n}") for n in range(300)]
    pages = ours.pages("mentions", cursor)
    found = [item.external_id for page in pages for item in page.items]
    assert found == [str(item.id) for item in said]
    assert max(len(page.items) for page in pages) <= 40
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_each_read_overlaps_with_the_one_before(ours: Rig) -> None:
    """An item may get its id early and be visible late."""
    ours.world.mention(author="anna", text="first")
    cursor = ours.pages("mentions")[-1].cursor
    second = ours.world.mention(author="anna", text="second")
    cursor = ours.pages("mentions", cursor)[-1].cursor
    repeated = [i.external_id for p in ours.pages("mentions", cursor) for i in p.items]
    assert repeated == [str(second.id)]


def test_two_thousand_items_are_read_in_time(ours: Rig) -> None:
    began = yesterday()
    for number in range(2000):
        ours.world.mention(author=f"guest{number % 60}", text=f"Number {number}")
    pages = ours.pages("mentions", since=began)
    while pages[-1].more:
        pages += ours.pages("mentions", pages[-1].cursor)
    found = [item.external_id for page in pages for item in page.items]
    assert set(found) == ours.due()
    assert len(found) == 2000


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_whatever_happens_on_the_way(ours: Rig, seed: int) -> None:
    """People write while each read is killed after a few pages and one request in six
    fails. Only what was committed stays."""
    random = Random(seed)
    ours.world.faults.random = Random(seed)
    kinds = ("error", "down", "reset", "malformed", "html", "repeat", "rate")
    for kind in kinds:
        ours.world.inject(kind, times=None, chance=0.025, seconds=0.01, method="GET")
    cursors: dict[str, Any] = {}
    stored: dict[str, Inbound] = {}
    for _ in range(25):
        crowd(ours.world, size=random.randrange(3))
        for stream in connectors.get("mastodon").streams:
            _read_a_little(
                ours, stream.name, cursors, stored, pages=random.randrange(4)
            )
    ours.world.faults.plan.clear()
    for stream in connectors.get("mastodon").streams:
        while _read_a_little(ours, stream.name, cursors, stored, pages=999):
            pass
    assert ours.due() == set(stored)
    assert len(ours.world.faults.struck) > 4


def _read_a_little(
    made: Rig,
    stream: str,
    cursors: dict[str, Any],
    stored: dict[str, Inbound],
    *,
    pages: int,
) -> bool:
    """One worker's life: commits some pages, then dies or meets an error. Whether
    there is more to read."""
    more = True
    again = made.again(now=made.connector.http.now)
    cursor = cursors.get(stream) or again.connector.start(stream, LONG_AGO)
    reading = again.connector.fetch(stream, json.loads(json.dumps(cursor)))
    with suppress(ConnectorError):
        for page in islice(reading, pages):
            assert page.unreadable == ()
            made.notes.write(page.notes)
            cursors[stream], more = page.cursor, page.more
            for item in page.items:
                known = stored.setdefault(item.external_id, item)
                assert known.thread_id == item.thread_id
    again.connector.http.close()
    return more
