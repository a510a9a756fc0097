"""Text as people see it: HTML to plain text, and lengths as networks count them."""

import unicodedata

import regex

from connectors.types import LengthRule, LengthUnit

_URL = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_URL_TAIL = ".,:;!?)]}'»”…"
_MENTION = regex.compile(
    r"(^|[^/\w])@([a-z0-9_]+)@[a-z0-9.-]+[a-z0-9]+", regex.IGNORECASE
)


def graphemes(text: str) -> int:
    """How many characters a reader counts (a family emoji is one)."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return sum(1 for _ in regex.finditer(r"\X", text))


def measure(text: str, *, rule: LengthRule) -> int:
    """The length of `text` in the rule's unit, links and mentions as it weighs them."""
    if rule.url is not None:
        weight = "x" * rule.url
        text = _URL.sub(lambda found: _weighed(found[0], weight), text)
    if rule.short_mentions:
        text = _MENTION.sub(r"\1@\2", text)
    match rule.unit:
        case LengthUnit.GRAPHEMES:
            return graphemes(text)
        case LengthUnit.CODE_POINTS:
            return len(text)
        case LengthUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case LengthUnit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))


def normalised(text: str) -> str:
    """For "is this the same reply?": composed, white space single, ends trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _weighed(url: str, weight: str) -> str:
    """The link as its weight, with the punctuation that ends the sentence kept."""
    return weight + url[len(url.rstrip(_URL_TAIL)) :]
