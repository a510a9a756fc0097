"""The kit's own words in the reader's language, by the standard library's gettext.

Each package (the kit, and every platform) has its catalogue beside its code:
`locale/<language>.po`. They are read as they are: nothing has to be compiled, so the
kit works the moment it is copied. A sentence without a translation stays English.
"""

import ast
import gettext
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "ru", "pl")
_HERE = Path(__file__).parent


def marked(text: str) -> str:
    """Marks `text` for translation and leaves it as it is (a msgid)."""
    return text


def translate(text: str, *, language: str, kind: str = "") -> str:
    """`text` in `language`, from the platform's catalogue or the kit's, else as is."""
    return _catalogue(language.lower()[:2], kind).gettext(text)


class Catalogue(gettext.NullTranslations):
    """A gettext catalogue read from the text form (.po) of one language."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._sentences = _read(path) if path.is_file() else {}

    def gettext(self, message: str) -> str:
        return self._sentences.get(message) or super().gettext(message)


@lru_cache(maxsize=64)
def _catalogue(language: str, kind: str) -> gettext.NullTranslations:
    kit = Catalogue(_HERE / "locale" / f"{language}.po")
    if not kind.isidentifier():
        return kit
    own = Catalogue(_HERE / kind / "locale" / f"{language}.po")
    own.add_fallback(kit)
    return own


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
