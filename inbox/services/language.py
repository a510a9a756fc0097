"""Which language a message is in, when the network does not say."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

EXPECTED = ("en", "ru", "pl", "uk", "de", "fr", "es", "it", "ar")
ENOUGH_LETTERS = 8
"""Fewer letters than this, an emoji or an "ok", tell no language."""


def detect(text: str) -> str | None:
    """An ISO 639-1 code, or None when there is too little to tell by."""
    sample = text[:1000]
    if sum(char.isalpha() for char in sample) < ENOUGH_LETTERS:
        return None
    code, _score = _identifier().classify(sample)
    return str(code)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(EXPECTED)
    return identifier
