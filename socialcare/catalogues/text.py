"""A catalogue's text form: sorted and without dates or line numbers, so that a change
of it shows changed sentences and nothing else."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def read(path: Path, language: str) -> Catalog:
    """The translations as they are; none when there is no such file."""
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as lines:
        return read_po(lines, locale=language)


def merge(path: Path, found: Catalog, language: str) -> Catalog:
    """Keeps what is still said, adds what is new, drops the rest; writes a change."""
    text, merged = rendered(path, found, language)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return merged


def rendered(path: Path, found: Catalog, language: str) -> tuple[str, Catalog]:
    """The text that `merge` would write, and the catalogue it holds."""
    merged = read(path, language)
    merged.update(found, no_fuzzy_matching=True)
    lines = BytesIO()
    write_po(
        lines,
        merged,
        width=0,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    plurals = Catalog(locale=language).plural_forms
    header = _HEADER.format(language=language, plurals=plurals)
    return header + lines.getvalue().decode().strip() + "\n", merged
