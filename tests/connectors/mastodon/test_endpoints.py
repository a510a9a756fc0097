"""Recorded answers, made by hand: who we are is inferred from the answer itself."""

import json
from typing import Any

import pytest

from connectors.mastodon.answers import ENDPOINTS, infer_me
from tests.connectors.mastodon.statuses import (
    ME,
    account,
    mention,
    notification,
    reply,
    status,
    us,
)

NAMED = [mention(us())]
DIRECT = status("7", visibility="direct", mentions=NAMED)


def read(endpoint: str, answer: Any) -> list[tuple[str, str, str]]:
    parsed = ENDPOINTS[endpoint](json.dumps(answer))
    assert parsed.unreadable == ()
    return [(item.external_id, item.form, item.direction) for item in parsed.items]


def test_notifications() -> None:
    ours = status("1", account=us())
    answer = [
        notification(status("100", mentions=NAMED)),
        notification(reply(ours, "101", mentions=NAMED)),
        notification(DIRECT),
        notification(None),
        notification(status("9"), type="favourite"),
    ]
    assert read("notifications", answer) == [
        ("100", "mention", "in"),
        ("101", "comment", "in"),
        ("7", "message", "in"),
    ]


def test_grouped_notifications() -> None:
    answer = {
        "accounts": [account()],
        "statuses": [status("100", mentions=NAMED)],
        "notification_groups": [
            {"type": "mention", "most_recent_notification_id": 5, "status_id": "100"},
            {"type": "follow", "most_recent_notification_id": 4},
            {"type": "mention", "most_recent_notification_id": 3, "status_id": "99"},
        ],
    }
    assert read("notifications_v2", answer) == [("100", "mention", "in")]
    assert read("notifications_v2", [account()]) == []
    assert read("notifications_v2", {"count": 3}) == []


def test_conversations_know_us_by_our_absence() -> None:
    ours = reply(DIRECT, "8", visibility="direct", account=us(), mentions=[])
    answer = [
        {"id": "1", "accounts": [account()], "last_status": DIRECT},
        {"id": "2", "accounts": [account()], "last_status": ours},
        {"id": "3", "accounts": [], "last_status": None},
    ]
    assert read("conversations", answer) == [
        ("7", "message", "in"),
        ("8", "message", "out"),
    ]


def test_our_own_statuses() -> None:
    post = status("1", account=us())
    assert read("statuses", post) == [("1", "mention", "out")]
    assert read("statuses", [post, reply(post, "2", account=us())]) == [
        ("1", "mention", "out"),
        ("2", "comment", "out"),
    ]
    assert read("statuses", []) == []


def test_a_context() -> None:
    post = status("1")
    answer = {"ancestors": [post], "descendants": [reply(post, "2")]}
    assert [item[0] for item in read("status_context", answer)] == ["1", "2"]


def test_streaming() -> None:
    said = notification(status("100", mentions=NAMED))
    talk = {"id": "1", "accounts": [account()], "last_status": DIRECT}
    lines = [
        ":)",
        "event: notification",
        f"data: {json.dumps(said)}",
        "",
        ":thump",
        "event: conversation",
        f"data: {json.dumps(talk)}",
        "event: delete",
        "data: 100",
    ]
    found = ENDPOINTS["streaming"]("\n".join(lines))
    assert [item.external_id for item in found.items] == ["100", "7"]


@pytest.mark.parametrize("endpoint", ["error", "account", "instance"])
def test_what_holds_no_message(endpoint: str) -> None:
    parsed = ENDPOINTS[endpoint]('{"error": "The access token is invalid"}')
    assert parsed.items == ()
    assert [item.reason for item in parsed.skipped] == ["not_a_message"]


def test_the_account_most_spoken_to_is_ours() -> None:
    carol = mention(account("40", "carol"))
    answer = [
        notification(status("1", mentions=[*NAMED, carol])),
        notification(status("2", mentions=NAMED)),
        "garbage",
    ]
    assert infer_me(answer) == ME
    assert infer_me([]) == ""
