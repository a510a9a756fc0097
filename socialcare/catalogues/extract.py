"""What is marked for translation, in Python and in Django's templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from socialcare.catalogues.places import Catalogue

_WITH_CONTEXT = ((1, "c"), 2)
_PLURAL_WITH_CONTEXT = ((1, "c"), 2, 3)
_DJANGO: Mapping[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": _WITH_CONTEXT,
    "pgettext_lazy": _WITH_CONTEXT,
    "npgettext": _PLURAL_WITH_CONTEXT,
    "npgettext_lazy": _PLURAL_WITH_CONTEXT,
}
_KIT: Mapping[str, Any] = {"marked": None}


def sentences(catalogue: Catalogue) -> Catalog:
    """The marked sentences of all its sources, without translations."""
    found = Catalog()
    for message, context in marked(catalogue):
        found.add(message, context=context)
    return found


def marked(catalogue: Catalogue) -> Iterator[tuple[Any, str | None]]:
    """Each marked sentence as often as it is said: a text, or singular and plural; and
    its context."""
    keywords = _DJANGO if catalogue.is_compiled else _KIT
    for path in catalogue.sources:
        lines = BytesIO(_code(path).encode())
        options = {"encoding": "utf-8"}
        for _line, message, _notes, context in extract(
            "python", lines, keywords=keywords, options=options
        ):
            yield message, context


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return _as_python(templatize(text, origin=str(path)))
    return text


def _as_python(blanked: str) -> str:
    """Django leaves the calls and blanks the rest, for a lexer that is not Python's.

    Python's own minds the indentation of what was blanked: each line begins at 0.
    """
    return "\n".join(line.lstrip() for line in blanked.splitlines())
