"""The data folder: claimed once by a file of ours, used by one launcher at a time."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from socialcare.embedded.errors import EmbeddedError
from socialcare.processes import Roll

CLAIM = "social-care-inbox.json"
_LOCK = "lock"
_URLS = "urls"
_HARMLESS = {  # what a first start cut short, or a command run by hand, may leave
    _LOCK,
    f".{CLAIM}.new",
    "media",
    "static",
}
_SECONDS_TO_TAKE = 0.5  # `urls_of` holds the lock for an instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """A folder that is ours: mode 700, what is secret in it mode 600."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def roll(self) -> Roll:
        return Roll(path=self.path / "processes")

    def password(self) -> str:
        """The database's password, made at the first call and kept."""
        path = self.path / "password"
        if not path.exists() or not path.read_text("ascii"):
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text("ascii")

    def write_urls(self, urls: dict[str, str]) -> None:
        write_private(self.path / _URLS, json.dumps(urls))

    def forget_urls(self) -> None:
        (self.path / _URLS).unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[DataFolder]:
    """The folder, made and claimed if need be, ours alone until the end.

    Raises EmbeddedError when it cannot be written, holds something else, or is in use.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_what_is_not_ours(path)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise _no_permission(path) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise EmbeddedError(
            f"{path} is not a folder, so no data can be kept in it: "
            "name another one in DATA_DIR."
        ) from error
    try:
        _take(lock, path)
        _claim(path)
        yield DataFolder(path=path)
    finally:
        os.close(lock)


def urls_of(path: Path) -> dict[str, str] | None:
    """The addresses of the servers that run on this folder now; None when none does."""
    try:
        lock = os.open(path / _LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_urls(path / _URLS)
    else:
        return None
    finally:
        os.close(lock)


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _refuse_what_is_not_ours(path: Path) -> None:
    names = sorted(child.name for child in path.iterdir())
    strangers = [name for name in names if name not in _HARMLESS]
    if CLAIM in names or not strangers:
        return
    raise EmbeddedError(
        f"{path} holds something else already ({', '.join(strangers[:3])}), so nothing "
        "was written there: name an empty or a new folder in DATA_DIR."
    )


def _no_permission(path: Path) -> EmbeddedError:
    return EmbeddedError(
        f"There is no permission to write in {path}, where the data is kept: give this "
        "user that permission, or name another folder in DATA_DIR."
    )


def _take(lock: int, path: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_TAKE
    while not _taken(lock):
        if time.monotonic() > deadline:
            pid = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise EmbeddedError(
                f"The inbox runs already on {path} (process {pid}): stop that one, or "
                "name another folder in DATA_DIR."
            )
        time.sleep(0.05)
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _claim(path: Path) -> None:
    if not (path / CLAIM).exists():
        about = {"made_by": "social-care-inbox", "holds": "PostgreSQL and Valkey data"}
        write_private(path / CLAIM, json.dumps(about))


def _read_urls(path: Path) -> dict[str, str] | None:
    try:
        urls: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return urls
