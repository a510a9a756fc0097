"""The way out: where it may go, what it retries, what it never tells."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import (
    AddressRefused,
    Guard,
    Resolver,
    is_public,
    origin,
)
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
from connectors.http import MAX_BYTES, PAUSES, Answer, Call, Http
from connectors.media import open_file
from connectors.rates import (
    LONGEST,
    MemoryRateTokens,
    Rate,
    read_rate,
    read_retry_at,
    read_time,
)
from connectors.redaction import HIDDEN, RedactingFilter, keep_out, redact
from connectors.site import Site
from connectors.types import Capability

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "s3cr3t-token-value"

Play = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(play: Play) -> Iterator[str]:
    """A real server whose every answer is `play`; its host:port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            play(self)

        def do_POST(self) -> None:
            play(self)

        def log_message(self, *_: Any) -> None: ...

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()


def say(
    handler: BaseHTTPRequestHandler, body: bytes = b"{}", status: int = 200, **more: str
) -> None:
    length = int(handler.headers.get("Content-Length") or 0)
    handler.rfile.read(length)
    handler.send_response(status)
    for name, value in more.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def answering(*addresses: str) -> Resolver:
    """A resolver that knows every name."""
    return lambda *_: addresses


def quiet(host: str = "", **more: Any) -> Http:
    given: dict[str, Any] = {"timeouts": (0.5, 0.4), "sleep": lambda _: None, **more}
    return Http(private_hosts_allowed={host} if host else (), **given)


def site(http: Http, base: str, **more: Any) -> Site:
    headers = {"Authorization": f"Bearer {SECRET}"}
    return Site(http, base, headers=headers, secrets=[SECRET], **more)


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 -- refused, not bound
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "not an address",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert is_public(address) is False
    guard = Guard(resolver=answering(address))
    with pytest.raises(AddressRefused):
        guard.addresses("innocent.example", 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    guard = Guard(resolver=answering(address))
    assert guard.addresses("good.example", 443) == (address,)


def test_one_private_address_among_public_ones_spoils_the_name() -> None:
    guard = Guard(resolver=answering("1.1.1.1", "10.0.0.1"))
    with pytest.raises(AddressRefused):
        guard.addresses("mixed.example", 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "ftp://good.example/",
        "file:///etc/passwd",
        "gopher://good.example/",
        "//good.example/",
        "https://user:pass@good.example/",
        "https://good.example:99999/",
        "https:///nohost",
        "http://[::1",
        "",
    ],
)
def test_only_plain_https_addresses_are_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://localhost/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::1]:8000/",
        "https://127.0.0.1.:443/",
    ],
)
def test_every_way_to_write_this_machine_is_refused(url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        quiet().send(Call(method="GET", url=url, write=False))
    assert caught.value.code == "host_refused"


def test_allowing_a_host_allows_that_port_only() -> None:
    guard = Guard({"127.0.0.1:8700"})
    guard.check_url("http://127.0.0.1:8700/x")
    assert guard.allows_private("127.0.0.1", 8700)
    assert not guard.allows_private("127.0.0.1", 8701)
    assert not guard.allows_private("127.0.0.2", 8700)
    with pytest.raises(AddressRefused):
        guard.check_url("http://127.0.0.1:8701/x")


def test_the_name_is_resolved_once_and_that_address_is_used() -> None:
    """A second look-up could answer otherwise (rebinding)."""
    asked = []

    def resolver(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    hosts = []

    def play(handler: BaseHTTPRequestHandler) -> None:
        hosts.append(handler.headers["Host"])
        say(handler)

    with server(play) as host:
        port = host.partition(":")[2]
        name = f"inbox.example:{port}"
        http = quiet(name, resolver=resolver)
        http.send(Call(method="GET", url=f"http://{name}/", write=False))
    assert asked == ["inbox.example"]
    assert hosts == [name]


def test_the_server_name_for_tls_is_the_name_not_the_address() -> None:
    """The first bytes of a TLS hello hold the name we ask for."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    heard: list[bytes] = []

    def listen() -> None:
        connection, _ = listener.accept()
        heard.append(connection.recv(4096))
        connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    name = f"inbox.example:{port}"
    http = quiet(name, resolver=answering("127.0.0.1"))
    call = Call(method="POST", url=f"https://{name}/", write=True)
    with pytest.raises(Unavailable):  # TLS failed: nothing was sent
        http.send(call)
    thread.join(2)
    listener.close()
    assert b"inbox.example" in heard[0]


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


@pytest.mark.parametrize(
    "text",
    [
        f"https://x.example/?access_token={SECRET}&v=1",
        f"Authorization: Bearer {SECRET}",
        f'{{"refreshJwt": "{SECRET}", "a": 1}}',
        f"client_secret={SECRET}",
        f"https://api.example/bot123456:{SECRET}/getMe",
        f"https://user:{SECRET}@x.example/",
        f"Cookie: session={SECRET}",
        f"{{'password': '{SECRET}'}}",
    ],
)
def test_whatever_looks_like_a_secret_is_hidden(text: str) -> None:
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    keep_out(["plain-looking-value", "short"])
    assert redact("a plain-looking-value b") == f"a {HIDDEN} b"
    assert redact("short words stay") == "short words stay"


def test_the_filter_cleans_records_and_tracebacks() -> None:
    keep_out([SECRET])
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger = logging.getLogger("tests.redaction")
    logger.propagate = False
    handler = Keep()
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    try:
        int(f"token={SECRET}")
    except ValueError:
        logger.exception("failed for %s", SECRET)
    logger.removeHandler(handler)
    assert "Traceback" in lines[0]
    assert SECRET not in lines[0]


def test_an_exception_holds_neither_query_nor_token() -> None:
    with server(say) as host:
        pass
    keep_out([SECRET])
    url = f"http://{host}/bot1:{SECRET}/getMe?access_token={SECRET}"
    with pytest.raises(Unavailable) as caught:
        quiet(host).send(Call(method="GET", url=url, write=False))
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in told


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


def test_origins_are_told_apart() -> None:
    assert origin("HTTPS://Good.Example/") == ("https", "good.example", 443)
    assert origin("https://good.example.:443") == ("https", "good.example", 443)


def test_a_header_that_cannot_be_sent_does_not_show_its_secret() -> None:
    with server(say) as host:
        call = Call(
            method="POST",
            url=f"http://{host}/",
            write=True,
            headers={"Authorization": f"Bearer {SECRET}\nx"},
        )
        with pytest.raises(Unavailable) as caught:
            quiet(host).send(call)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
