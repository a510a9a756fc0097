"""Rate tokens: what is left, and when to come back."""

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    RateLimited,
)
from connectors.rates import (
    LONGEST,
    MemoryRateTokens,
    Rate,
    read_rate,
    read_retry_at,
    read_time,
)
from tests.connectors.serving import (
    NOW,
    quiet,
    say,
    server,
    site,
)


def test_a_spent_bucket_is_not_asked_again() -> None:
    calls: list[str] = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        calls.append(handler.command)
        say(
            handler,
            X_RateLimit_Remaining="2",
            X_RateLimit_Reset=(NOW + timedelta(minutes=5)).isoformat(),
        )

    tokens = MemoryRateTokens()
    clock = [NOW]
    with server(play) as host:
        http = quiet(host, tokens=tokens, now=lambda: clock[0])
        made = site(http, f"http://{host}", account="#1", reads_leave=2)
        made.get("a")
        with pytest.raises(RateLimited) as caught:
            made.get("a")
        assert caught.value.retry_at == NOW + timedelta(minutes=5)
        made.post("a")  # two tokens are left, for exactly this
        site(http, f"http://{host}", account="#2", reads_leave=2).get("a")
        clock[0] += timedelta(minutes=5)
        made.get("a")
    assert calls == ["GET", "POST", "GET", "GET"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        (str(int(NOW.timestamp()) + 60), 60),
        ("2026-11-21T12:02:00.123456Z", 120.123456),
        ("2026-11-21T12:02:00", 120),
        ("Sat, 21 Nov 2026 12:00:10 GMT", 10),
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: str, seconds: float) -> None:
    assert read_time(text, now=NOW) == NOW + timedelta(seconds=seconds)


@given(st.text(max_size=30))
def test_no_header_can_make_us_fall_over_or_wait_for_ever(text: str) -> None:
    headers = {
        "Retry-After": text,
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": text,
    }
    retry_at = read_retry_at(headers, now=NOW)
    assert NOW < retry_at <= NOW + LONGEST


def test_a_reset_in_the_past_still_waits_a_second() -> None:
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2020-01-01T00:00:00Z",
    }
    assert read_retry_at(headers, now=NOW) == NOW + timedelta(seconds=1)
    assert read_rate(headers, now=NOW) == Rate(
        remaining=0, reset_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
