"""What is wrong with a translation. A catalogue without faults is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from babel.messages.catalog import Catalog, Message

from socialcare.catalogues.extract import sentences
from socialcare.catalogues.places import Catalogue
from socialcare.catalogues.text import read, rendered

Key: TypeAlias = tuple[str, str | None]
PLACEHOLDER = re.compile(r"%\(\w+\)[sdfi]|%[sdfi%]|\{\w*\}")


def faults(catalogue: Catalogue, language: str) -> Iterator[str]:
    """One line for each sentence that is missing, dead, unsure or broken."""
    path = catalogue.path(language)
    found, kept = sentences(catalogue), read(path, language)
    said, translated = _by_key(found), _by_key(kept)
    dead = [*_by_key(kept, obsolete=True), *(translated.keys() - said.keys())]
    where = f"{catalogue.name}, {language}"
    for key in dead:
        yield f"{where}: no longer said: {_shown(key)}"
    for key in said.keys() - translated.keys():
        yield f"{where}: missing: {_shown(key)}"
    for key in said.keys() & translated.keys():
        if fault := _fault(said[key], translated[key], kept.num_plurals):
            yield f"{where}: {fault}: {_shown(key)}"
    if (
        path.is_file()
        and path.read_text(encoding="utf-8") != rendered(path, found, language)[0]
    ):
        yield f"{where}: not as `manage.py messages` writes it"


def untranslated(catalog: Catalog) -> int:
    """How many sentences lack their translation, or one of its plural forms."""
    return sum(1 for row in catalog if row.id and not all(_forms(row)))


def _by_key(catalog: Catalog, *, obsolete: bool = False) -> dict[Key, Message]:
    rows = catalog.obsolete.values() if obsolete else catalog
    return {(_singular(row), row.context): row for row in rows if row.id}


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _shown(key: Key) -> str:
    text, context = key
    return f"{text!r} ({context})" if context else repr(text)


def _fault(said: Message, translated: Message, plurals: int) -> str:
    if translated.fuzzy:
        return "fuzzy"
    if said.pluralizable != translated.pluralizable:
        return "plural in one place only"
    forms = _forms(translated)
    if not all(forms) or len(forms) != (plurals if said.pluralizable else 1):
        return "not translated"
    model = said.id if isinstance(said.id, str) else said.id[-1]
    if any(_placeholders(form) != _placeholders(model) for form in forms):
        return "other placeholders"
    if any(form != form.strip() for form in forms if model == model.strip()):
        return "blanks at an end"
    return ""


def _forms(message: Message) -> tuple[str, ...]:
    """A sentence has one, a plural as many as its language; without any, one empty."""
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string or ("",))


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))
