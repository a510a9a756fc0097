"""The binary form that Django reads. It is made where the program runs, never kept."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo

from socialcare.catalogues.places import catalogues, languages
from socialcare.catalogues.text import read


def compile_outdated() -> list[Path]:
    """Makes the binary files that are absent or older than their text; returns them.

    Where nothing may be written (an image built complete) nothing is done: without its
    file a language falls back to English, and no page breaks.
    """
    made = []
    for catalogue in catalogues():
        for language in languages() if catalogue.is_compiled else ():
            text = catalogue.path(language)
            if _is_outdated(text) and os.access(text.parent, os.W_OK):
                made.append(_compile(text, language))
    return made


def _is_outdated(text: Path) -> bool:
    binary = text.with_suffix(".mo")
    if not text.is_file() or not binary.is_file():
        return text.is_file()
    return binary.stat().st_mtime_ns <= text.stat().st_mtime_ns


def _compile(text: Path, language: str) -> Path:
    """Beside the old file, then in its place: nobody ever reads half of one."""
    binary = text.with_suffix(".mo")
    beside = binary.with_suffix(f".{os.getpid()}.mo")
    with beside.open("wb") as lines:
        write_mo(lines, read(text, language))
    return beside.replace(binary)
