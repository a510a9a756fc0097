"""The way out: what it retries, what it follows, what its answers mean."""

import json
from http.server import BaseHTTPRequestHandler

import pytest
import responses

from connectors.errors import (
    BadPayload,
    Forbidden,
    Gone,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from connectors.http import MAX_BYTES, PAUSES, Answer
from connectors.media import open_file
from connectors.types import Capability
from tests.connectors.serving import (
    NOW,
    SECRET,
    quiet,
    say,
    server,
    site,
)


def test_reads_are_retried_and_writes_are_not() -> None:
    seen: list[str] = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.command)
        say(handler, status=503)

    with server(play) as host:
        made = site(quiet(host), f"http://{host}")
        with pytest.raises(Unavailable):
            made.get("a")
        with pytest.raises(Unknown):
            made.post("a", form=[("x", "y")])
    assert seen == ["GET"] * (1 + len(PAUSES)) + ["POST"]


def test_a_read_recovers_by_its_retry() -> None:
    answers = [500, 502, 200]

    def play(handler: BaseHTTPRequestHandler) -> None:
        say(handler, status=answers.pop(0))

    with server(play) as host:
        assert site(quiet(host), f"http://{host}").get("a").status == 200


def test_nothing_listening_is_unavailable_for_a_write_too() -> None:
    with server(say) as host:
        pass
    with pytest.raises(Unavailable) as caught:
        site(quiet(host), f"http://{host}").post("a")
    assert type(caught.value) is Unavailable


def test_a_write_cut_off_after_it_was_sent_is_unknown() -> None:
    def play(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.close_connection = True
        handler.connection.close()

    with server(play) as host, pytest.raises(Unknown):
        site(quiet(host), f"http://{host}").post("a", form=[("status", "hello")])


def test_a_write_whose_answer_breaks_off_is_unknown() -> None:
    def play(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    with server(play) as host, pytest.raises(Unknown):
        site(quiet(host), f"http://{host}").post("a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    seen: list[str] = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.path)
        say(handler, status=status, Location="/elsewhere")

    with server(play) as host:
        made = site(quiet(host), f"http://{host}")
        with pytest.raises(BadPayload):
            made.get("a")
        with pytest.raises(Unknown):
            made.post("b")
    assert seen == ["/a", "/b"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next",
        "http://good.example/next",
        "//evil.example/next",
        "https://good.example:444/next",
        "https://good.example.evil.example/next",
    ],
)
def test_a_link_to_another_host_gets_no_credentials(link: str) -> None:
    with pytest.raises(BadPayload):
        site(quiet(), "https://good.example").get(link)


def test_a_link_to_the_same_host_is_followed() -> None:
    paths: list[str] = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        say(handler)

    with server(play) as host:
        made = site(quiet(host), f"http://{host}/base")
        made.get(f"http://{host}/base/next?max_id=1")
        made.get("api/v1/x")
    assert paths == ["/base/next?max_id=1", "/base/api/v1/x"]


def test_cookies_are_not_kept() -> None:
    sent: list[str | None] = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        sent.append(handler.headers.get("Cookie"))
        say(handler, Set_Cookie="session=abc; Path=/")

    with server(play) as host:
        made = site(quiet(host), f"http://{host}")
        made.get("a")
        made.get("b")
    assert sent == [None, None]


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.http.MAX_BYTES", 1000)

    def play(handler: BaseHTTPRequestHandler) -> None:
        say(handler, b"x" * 5000)

    with server(play) as host, pytest.raises(BadPayload):
        site(quiet(host), f"http://{host}").get("a")
    assert MAX_BYTES == 16 * 1024 * 1024


STATUSES = {
    400: Refused,
    401: Unauthorized,
    403: Forbidden,
    404: Gone,
    410: Gone,
    422: Refused,
    429: RateLimited,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_becomes_an_error(status: int) -> None:
    body = json.dumps({"error": "they said no"}).encode()

    def play(handler: BaseHTTPRequestHandler) -> None:
        say(handler, body, status)

    with server(play) as host:
        made = site(quiet(host), f"http://{host}", quote=lambda a: a["error"])
        with pytest.raises(STATUSES[status]) as caught:
            made.post("a", capability=Capability.REPLY)
    assert type(caught.value) is STATUSES[status]
    if status == 403:
        assert caught.value.capability is Capability.REPLY
    if status != 429:
        assert caught.value.quote == "they said no"


@pytest.mark.parametrize(
    "body",
    [b"<html>", b'{"a": ', b"", b"NaN", b"\xff\xfe\xff", b"[" * 100_000, b"1" * 9_999],
)
def test_what_is_not_json_is_a_bad_payload(body: bytes) -> None:
    with pytest.raises(BadPayload):
        Answer(status=200, headers={}, body=body, at=NOW).json()


def test_infinity_is_not_kept() -> None:
    body = b'{"a": 1e999, "b": 1.5}'
    found = Answer(status=200, headers={}, body=body, at=NOW).json()
    assert found == {"a": None, "b": 1.5}


def test_a_file_is_followed_over_redirects_each_checked() -> None:
    def play(handler: BaseHTTPRequestHandler) -> None:
        assert handler.headers.get("Authorization") is None
        where = {"/a": "/b", "/b": "/c"}
        if handler.path in where:
            say(handler, status=302, Location=where[handler.path])
        elif handler.path == "/in":
            say(handler, status=302, Location="http://169.254.169.254/latest")
        elif handler.path == "/loop":
            say(handler, status=302, Location="/loop")
        else:
            say(handler, b"bytes", Content_Type="image/png; charset=x")

    with server(play) as host:
        http = quiet(host)
        with open_file(http, f"http://{host}/a", max_bytes=100) as body:
            assert (body.mime, b"".join(body.chunks)) == ("image/png", b"bytes")
        for path in ("in", "loop"):
            with pytest.raises(Unavailable):
                open_file(http, f"http://{host}/{path}", max_bytes=9).__enter__()


def test_a_file_that_lies_about_its_size_is_cut_off() -> None:
    def play(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"x" * 200_000)
        handler.close_connection = True

    with (
        server(play) as host,
        pytest.raises(BadPayload),
        open_file(quiet(host), f"http://{host}/", max_bytes=1000) as body,
    ):
        list(body.chunks)


@responses.activate
def test_what_is_sent_is_what_was_given() -> None:
    asked = responses.post("https://good.example/api/v1/statuses", json={"id": "1"})
    site(quiet(), "https://good.example/").post(
        "api/v1/statuses", form=[("a[]", "1"), ("a[]", "2")], headers={"X-Key": "k"}
    )
    [call] = asked.calls
    assert call.request.body == "a%5B%5D=1&a%5B%5D=2"
    assert call.request.headers["X-Key"] == "k"
    assert call.request.headers["Authorization"] == f"Bearer {SECRET}"
