"""As whom PostgreSQL runs: it refuses to be root, so root lends it another face.

An ordinary user needs nothing, unless the machine has no name for the number, as in a
container run under any number: that one becomes `nobody` in a user namespace. For root,
in this order: the owner of data that exists already; a user namespace, in which the
process sees itself as `nobody` while its files stay root's (nothing is created, no mode
is changed); the user `nobody` himself, who then owns the data. Containers often forbid
the second, a venv under /root the third.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from socialcare.embedded.errors import EmbeddedError

NOBODY = 65534
NAMESPACE = (
    "unshare",
    "--user",
    f"--map-user={NOBODY}",
    f"--map-group={NOBODY}",
    "--",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How to start a program that must not be root."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def give(self, *paths: Path) -> None:
        """Make the paths this account's own, when it is another user than ours."""
        if self.user is not None and self.group is not None:
            for path in paths:
                os.chown(path, self.user, self.group)


def account_for(*, program: Path, data: Path) -> Account:
    """The first account that can run `program` on `data`.

    Raises EmbeddedError when there is no way to become somebody it accepts.
    """
    if os.geteuid() != 0:
        return _of_ordinary_user(program)
    for account in _faces_of_root(data):
        if _can_run(account, program):
            return account
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine lets root neither open a "
        "user namespace nor run it as the user nobody: start the inbox as an ordinary "
        "user, or set DATABASE_URL to a server that runs already."
    )


def _of_ordinary_user(program: Path) -> Account:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        unnamed = Account(prefix=NAMESPACE)
        if _can_run(unnamed, program):
            return unnamed
        raise EmbeddedError(
            f"PostgreSQL needs a user with a name, and number {os.geteuid()} has none "
            "on this machine: start the inbox as another user, or set DATABASE_URL to "
            "a server that runs already."
        ) from None
    return Account()


def _faces_of_root(data: Path) -> Iterator[Account]:
    if data.exists() and (owner := data.stat()).st_uid != 0:
        yield Account(user=owner.st_uid, group=owner.st_gid)
        return
    yield Account(prefix=NAMESPACE)
    yield Account(user=NOBODY, group=NOBODY)


def _can_run(account: Account, program: Path) -> bool:
    try:
        tried = subprocess.run(  # noqa: S603  # our own binary, asked for its version
            [*account.prefix, str(program), "--version"],
            capture_output=True,
            check=False,
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
        )
    except OSError:
        return False
    return tried.returncode == 0
