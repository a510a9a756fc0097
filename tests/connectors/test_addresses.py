"""Where a request may go."""

import socket
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from connectors.addresses import (
    AddressRefused,
    Guard,
    is_public,
    origin,
)
from connectors.errors import (
    Unavailable,
)
from connectors.http import Call
from tests.connectors.serving import (
    answering,
    quiet,
    say,
    server,
)

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


def test_origins_are_told_apart() -> None:
    assert origin("HTTPS://Good.Example/") == ("https", "good.example", 443)
    assert origin("https://good.example.:443") == ("https", "good.example", 443)
