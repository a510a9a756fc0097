"""What strangers and broken servers may send, and what becomes of it."""

from typing import Any

import pytest

from connectors.mastodon.answers import (
    a_status,
    read_items,
    status_of_conversation,
    status_of_notification,
)
from connectors.mastodon.parse import (
    Place,
    parse_author,
    parse_media,
    parse_status,
    text_id,
)
from tests.connectors.mastodon.statuses import (
    ME,
    account,
    notification,
    parsed,
    status,
)


@pytest.mark.parametrize("value", [None, "", True, 1.5, [], {}])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="an id"):
        text_id(value)


def test_a_number_is_an_id_too() -> None:
    assert text_id(98_000_000_000_000_001) == "98000000000000001"


BROKEN = {
    "no object": "text",
    "null": None,
    "no id": {"type": "mention", "status": status()},
    "no type": {"id": "1", "status": status()},
    "a status that is a list": notification(None) | {"status": []},
    "a status without an author": notification(status(account=None)),
    "a status without a time": notification(status(created_at=None)),
    "a status with a strange time": notification(status(created_at="yesterday")),
    "a status without text": notification(
        {key: value for key, value in status().items() if key != "content"}
    ),
    "an empty id": notification(status("")),
    "media that are no list": notification(status(media_attachments=7)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_broken_item_does_not_stop_the_others(case: str) -> None:
    found = read_items(
        [BROKEN[case], notification(status("200"))],
        choose=status_of_notification,
        read=lambda given: parse_status(given, me=ME, place=Place(thread="t")),
    )
    assert [item.external_id for item in found.items] == ["200"]
    [strange] = found.unreadable
    assert strange.raw == BROKEN[case]
    assert strange.reason
    assert list(found.raw) == ["200"]


SKIPPED = [
    (status_of_notification, notification(None), "deleted"),
    (status_of_notification, notification(status(), type="favourite"), "not_a_message"),
    (status_of_conversation, {"id": "3", "last_status": None}, "deleted"),
    (a_status, status(reblog=status("9")), "boost"),
]


@pytest.mark.parametrize(("choose", "entry", "reason"), SKIPPED)
def test_what_is_no_message_is_left_out_with_a_reason(
    choose: Any, entry: dict[str, Any], reason: str
) -> None:
    found = read_items([entry], choose=choose, read=lambda _: pytest.fail("read"))
    assert [item.reason for item in found.skipped] == [reason]
    assert (found.items, found.unreadable) == ((), ())


def test_a_strangers_address_is_a_web_address_or_none() -> None:
    evil = "javascript:alert(1)"
    item = parsed(
        status(url=evil, account=account(url=evil, avatar="data:x", uri="urn:x"))
    )
    assert (item.url, item.author.url, item.author.avatar) == (None, None, None)
    assert item.author.id == "urn:x"


def test_numbers_beyond_reason_are_unknown() -> None:
    media = {
        "type": "image",
        "url": "https://f.example/1",
        "meta": {"original": {"width": 10**30, "height": float("inf")}},
    }
    [medium] = parse_media(status(media_attachments=[media]))
    assert (medium.width, medium.height) == (None, None)
    assert parse_author(account(followers_count=10**12)).followers is None


@pytest.mark.parametrize("stamp", ["9999-12-31T23:00-14:00", "0001-01-01T00:00+14:00"])
def test_a_time_out_of_range_is_unreadable(stamp: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parsed(status(created_at=stamp))


def test_an_item_nested_without_end_is_set_aside() -> None:
    deep: Any = "x"
    for _ in range(20_000):
        deep = [deep]
    found = read_items(
        [notification(status(card=deep)), notification(status("200"))],
        choose=status_of_notification,
        read=lambda given: parse_status(given, me=ME, place=Place(thread="t")),
    )
    assert [item.external_id for item in found.items] == ["200"]
    assert [strange.raw for strange in found.unreadable] == ["nested too deeply"]
