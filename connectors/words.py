"""The kit's own words in the reader's language, by the standard library's gettext.

Each package (the kit, and every platform) has its catalogue beside its code:
`locale/<language>.po`. They are read as they are: nothing has to be compiled, so the
kit works the moment it is copied. A sentence without a translation stays English.
"""

import ast
import gettext
import re
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "ru", "pl")
_GAP = re.compile(r"\{(\w+)\}")
_HERE = Path(__file__).parent


def marked(text: str) -> str:
    """Marks `text` for translation and leaves it as it is (a msgid)."""
    return text


def translate(text: str, *, language: str, kind: str = "") -> str:
    """`text` in `language`, from the platform's catalogue or the kit's, else as is."""
    return _catalogue(language.lower()[:2], kind).gettext(text)


def retell(sentence: str, *, language: str) -> str:
    """A finished English sentence of the kit's in `language`, its gaps filled as they
    were: for what was stored before it was known who reads it. Else as it is."""
    for pattern, translation in _patterns(language.lower()[:2]):
        if found := pattern.fullmatch(sentence):
            gaps = found.groupdict()
            told = {name: translate(gaps[name], language=language) for name in gaps}
            return translation.format_map(told)
    return sentence


class Catalogue(gettext.NullTranslations):
    """A gettext catalogue read from the text form (.po) of one language."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.sentences = _read(path) if path.is_file() else {}

    def gettext(self, message: str) -> str:
        return self.sentences.get(message) or super().gettext(message)


@lru_cache(maxsize=64)
def _catalogue(language: str, kind: str) -> gettext.NullTranslations:
    kit = Catalogue(_HERE / "locale" / f"{language}.po")
    if not kind.isidentifier():
        return kit
    own = Catalogue(_HERE / kind / "locale" / f"{language}.po")
    own.add_fallback(kit)
    return own


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    kit = Catalogue(_HERE / "locale" / f"{language}.po")
    return tuple(
        (re.compile(_gapped(known)), translation)
        for known, translation in kit.sentences.items()
    )


def _gapped(sentence: str) -> str:
    """A pattern of the sentence; each gap is a group of its name."""
    texts_and_names = _GAP.split(sentence)
    return "".join(
        f"(?P<{part}>.+)" if number % 2 else re.escape(part)
        for number, part in enumerate(texts_and_names)
    )


def _read(path: Path) -> dict[str, str]:
    """msgid -> msgstr. The kit uses the plain form only: no plurals, no context."""
    sentences: dict[str, str] = {}
    parts: dict[str, str] = {}
    target = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "msgid":
            _keep(sentences, parts)
            parts = {}
        if word in {"msgid", "msgstr"}:
            target, line = word, rest  # noqa: PLW2901 -- the rest is a quoted line
        if line.startswith('"'):
            parts[target] = parts.get(target, "") + str(ast.literal_eval(line))
    _keep(sentences, parts)
    return sentences


def _keep(sentences: dict[str, str], parts: dict[str, str]) -> None:
    if parts.get("msgid") and parts.get("msgstr"):
        sentences[parts["msgid"]] = parts["msgstr"]
