"""Where a request may go. A name is resolved once, every address it has is checked, and
the connection is made to that very address: no second look-up that could answer
differently. Host header and TLS server name stay those of the name."""

import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

Resolver: TypeAlias = Callable[[str, int], Collection[str]]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class AddressRefused(ValueError):
    """This address must not be asked."""


class NotConnected(ValueError):
    """No connection was made, so nothing was sent."""


def system_resolver(host: str, port: int) -> Collection[str]:
    """Every address of `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, seen through IPv6 disguises."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_plain_public(item) for item in (parsed, *_inside(parsed)))


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port). Raises AddressRefused for what is no plain http(s) URL."""
    parts = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressRefused("only http and https addresses with a host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("an address with a user name")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise AddressRefused("a port out of range") from None
    return parts.scheme, parts.hostname.rstrip("."), port


class Guard:
    """Decides. `private_hosts_allowed` holds "host:port" of what may be private and
    spoken to without TLS: the sandbox, the demo, a self-hosted server."""

    def __init__(
        self,
        private_hosts_allowed: Collection[str] = (),
        *,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allowed = {entry.strip().lower() for entry in private_hosts_allowed}
        self._resolver = resolver

    def check_url(self, url: str) -> None:
        """Raises AddressRefused before anything is looked up."""
        scheme, host, port = origin(url)
        if scheme != "https" and not self.allows_private(host, port):
            raise AddressRefused("plain http to a host that is not allowed")

    def allows_private(self, host: str, port: int) -> bool:
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}".lower() in self._allowed

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Where to connect. One bad address spoils the name: it is a trick."""
        try:
            found = tuple(self._resolver(host, port))
        except (OSError, UnicodeError):
            raise NotConnected("the name is not known") from None
        if not found:
            raise NotConnected("the name has no address")
        if not self.allows_private(host, port) and not all(map(is_public, found)):
            raise AddressRefused("the name leads to an address that is not public")
        return found


def guarded_adapter(guard: Guard) -> HTTPAdapter:
    """An adapter whose connections go to checked addresses only, without proxies."""
    adapter = HTTPAdapter(max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = _pools(guard)
    return adapter


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise AddressRefused("not an address") from None


def _inside(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    teredo = address.teredo or ()
    found = [address.ipv4_mapped, address.sixtofour, *teredo]
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or int(address) >> 32 == 0:
        found.append(ipaddress.IPv4Address(low))
    return tuple(item for item in found if item is not None)


def _is_plain_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address in _NAT64
    ):
        return True  # judged by the address inside
    return address.is_global and not address.is_multicast and not address.is_reserved


def _pools(guard: Guard) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, guard)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, guard)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(connection: HTTPConnection, guard: Guard) -> socket.socket:
    port = connection.port or connection.default_port
    for address in guard.addresses(connection.host.strip("[]"), port):
        try:
            return create_connection(
                (address, port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError:
            continue
    raise NotConnected("no address of the host answers")
