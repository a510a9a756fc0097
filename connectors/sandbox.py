"""A server of fake networks: each platform's own dialect over a World, real HTTP.

    with Sandbox({"mastodon": World()}) as sandbox:
        sandbox.url("mastodon")   # http://127.0.0.1:PORT/mastodon

All platforms share one port, each under `/<kind>/`; `/_world/` is the control API (see
control.py). As a process of its own: `python -m connectors.sandbox --port 8700`.
"""

import argparse
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

from connectors import discovery
from connectors.control import Control
from connectors.exchange import Dialect, Request, Response, read_body
from connectors.faults import Fault, FaultKind
from connectors.world import World

HTML_PAGE = b"<!doctype html><title>Maintenance</title><h1>We will be back</h1>"
_STATUS = {
    FaultKind.ERROR: 500,
    FaultKind.DOWN: 503,
    FaultKind.REVOKED: 401,
    FaultKind.FORBIDDEN: 403,
}
_BROKEN = frozenset({FaultKind.HANG, FaultKind.RESET})
_NO_LINGER = struct.pack("ii", 1, 0)  # close() then sends a reset


class Sandbox:
    """The server. Use as a context manager, or `start` and `stop`."""

    def __init__(
        self,
        worlds: Mapping[str, World],
        *,
        port: int = 0,
        control_token: str = "",
    ) -> None:
        self.worlds = worlds
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.dialects = {
            kind: discovery.sandbox(kind).Dialect(world, base=self.url(kind))
            for kind, world in worlds.items()
        }
        self._server.control = Control(worlds, token=control_token)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
        )

    @property
    def host(self) -> str:
        """host:port, as `private_hosts_allowed` wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, kind: str = "") -> str:
        return f"http://{self.host}/{kind}".rstrip("/")

    def start(self) -> "Sandbox":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    dialects: Mapping[str, Dialect]
    control: Control

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is an everyday thing here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- theirs
        """Silent: the ledger tells what happened."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = read_body(
            method=self.command,
            target=self.path,
            headers=dict(self.headers.items()),
            body=self.rfile.read(length),
        )
        if request.kind == "_world":
            self._answer(self.server.control.handle(request))
            return
        dialect = self.server.dialects.get(request.kind)
        if dialect is None:
            self._answer(Response(status=404, body=b"no such network"))
            return
        self._play(dialect, request)

    def _play(self, dialect: Dialect, request: Request) -> None:
        """The dialect's answer, unless a fault comes before it or takes it away."""
        world = dialect.world
        with world.lock:
            fault = world.faults.take(request.method, request.path)
            response = None
            if fault is None or fault.after:
                response = dialect.handle(request)
        if fault is None and response is not None:
            self._answer(response)
        elif fault is not None and fault.kind in _BROKEN:
            self._break(fault)
        elif fault is not None:
            self._answer(_faulty(fault, dialect, request))

    def _break(self, fault: Fault) -> None:
        if fault.kind is FaultKind.HANG:
            time.sleep(fault.seconds)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.close_connection = True
        with suppress(OSError):
            self.connection.close()

    def _answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)


def _faulty(fault: Fault, dialect: Dialect, request: Request) -> Response:
    if fault.kind is FaultKind.HTML:
        return Response(body=HTML_PAGE, headers=(("Content-Type", "text/html"),))
    if fault.kind is FaultKind.MALFORMED:
        return Response(
            body=b'[{"id": "1", "trunc', headers=(("Content-Type", "application/json"),)
        )
    with dialect.world.lock:
        if fault.kind is FaultKind.REPEAT:
            return dialect.repeated(request)
        if fault.kind is FaultKind.RATE:
            reset_at = dialect.world.now() + timedelta(seconds=fault.seconds)
            return dialect.rate_limited(reset_at)
        return dialect.failed(_STATUS[fault.kind])


def main() -> None:
    """Serves every kind until it is told to stop; the first line says where."""
    options = _options()
    path = Path(options.ledger) if options.ledger else None
    worlds = {
        kind: World(seed=options.seed, ledger_path=path)
        for kind in options.kind or discovery.kinds()
    }
    token = os.environ.get("SANDBOX_CONTROL_TOKEN", "")
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with Sandbox(worlds, port=options.port, control_token=token) as sandbox:
        print(sandbox.url(), flush=True)  # noqa: T201 -- the one line it says
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m connectors.sandbox",
        description="Fake networks on this machine. The control API is open to whoever "
        "knows SANDBOX_CONTROL_TOKEN (environment), and shut without one.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ledger", default="", help="append to this JSON-lines file")
    parser.add_argument("--kind", action="append", help="default: all kinds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
