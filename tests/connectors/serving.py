"""A real server for one test, and a client that waits for nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.addresses import (
    Resolver,
)
from connectors.http import Http
from connectors.site import Site

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
