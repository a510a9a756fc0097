"""Settings from the environment; `NAME_FILE` names a file that holds the value."""

from __future__ import annotations

import os
from pathlib import Path


class EnvironmentFault(Exception):
    """A setting is missing or unreadable; the text says which and what to do."""


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, of the file `NAME_FILE`, or the default.

    Raises EnvironmentFault when there is none of the three.
    """
    if name in os.environ:
        return os.environ[name]
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise EnvironmentFault(f"{name}_FILE: cannot read {file}.") from fault
    if default is None:
        raise EnvironmentFault(f"{name} is not set. See .env.example.")
    return default


def switch(name: str, *, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off and the empty text."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise EnvironmentFault(f"{name} is {value!r}: write 1 or 0.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as fault:
        raise EnvironmentFault(f"{name} is {value!r}: write a whole number.") from fault


def words(name: str, default: str = "") -> list[str]:
    """Parts between commas, without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
