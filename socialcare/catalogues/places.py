"""Which catalogues there are, what they are made of, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

import connectors

PROGRAM = ("inbox", "sla", "socialcare")
"""The packages whose sentences are Django's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The sentences of one part of the program."""

    name: str
    pattern: str
    """Where the translations are, with `{language}`."""
    sources: tuple[Path, ...]
    is_compiled: bool
    """Django reads the binary form; the kit reads the text form itself."""

    def path(self, language: str) -> Path:
        return Path(self.pattern.format(language=language))


def languages() -> tuple[str, ...]:
    """The languages that are translations: all but the one in the code."""
    codes = (code for code, _name in settings.LANGUAGES)
    return tuple(code for code in codes if code != settings.LANGUAGE_CODE)


def catalogues() -> tuple[Catalogue, ...]:
    """The program's, the connector kit's, and one of each platform."""
    home = Path(settings.BASE_DIR)
    kit = home / "connectors"
    return (
        Catalogue(
            name="program",
            pattern=str(home / "locale/{language}/LC_MESSAGES/django.po"),
            sources=tuple(_program(home)),
            is_compiled=True,
        ),
        _own("kit", kit, kit.glob("*.py")),
        *(_own(kind, kit / kind, _code(kit / kind)) for kind in connectors.kinds()),
    )


def _own(name: str, folder: Path, sources: Iterator[Path]) -> Catalogue:
    return Catalogue(
        name=name,
        pattern=str(folder / "locale/{language}.po"),
        sources=tuple(sorted(sources)),
        is_compiled=False,
    )


def _program(home: Path) -> Iterator[Path]:
    for package in PROGRAM:
        yield from sorted(_code(home / package))
    yield from sorted((home / "templates").rglob("*.html"))


def _code(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if "migrations" not in path.parts)
