"""Which platforms there are. The rule: a module here is the kit, a package is a
platform. A platform's package exports its connector as `connector.CONNECTOR`."""

import pkgutil
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from connectors.connector import Connector

_HERE = Path(__file__).parent


def kinds() -> tuple[str, ...]:
    """The slugs of all platforms, sorted. Reads the folder, imports nothing."""
    found = pkgutil.iter_modules([str(_HERE)])
    return tuple(sorted(module.name for module in found if module.ispkg))


@lru_cache(maxsize=64)
def get(kind: str) -> type[Connector]:
    """The connector class of a platform. Raises KeyError for an unknown kind."""
    _require(kind)
    connector = import_module(f"connectors.{kind}.connector").CONNECTOR
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        raise TypeError(f"{kind}: CONNECTOR is not a Connector")
    return connector


def sandbox(kind: str) -> Any:
    """The platform's `sandbox` module (a fake server). Raises KeyError."""
    _require(kind)
    return import_module(f"connectors.{kind}.sandbox")


def icon(kind: str) -> str:
    """The platform's own drawing, SVG in one colour (currentColor)."""
    _require(kind)
    return (_HERE / kind / "icon.svg").read_text(encoding="utf-8")


def setup_page(kind: str, *, language: str = "en") -> str:
    """How to get credentials, Markdown, in `language`, else English."""
    _require(kind)
    suffix = "" if language[:2] == "en" else f".{language[:2]}"
    page = _HERE / kind / f"setup{suffix}.md"
    if not page.is_file():
        page = _HERE / kind / "setup.md"
    return page.read_text(encoding="utf-8")


def _require(kind: str) -> None:
    if kind not in kinds():
        raise KeyError(kind)
