"""Makes values fit to be kept: text without NUL and lone surrogates (Postgres stores
neither), aware times in UTC, non-empty ids, links that are links. And the way back to
plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = (
    "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)

_JSON_FIELDS = frozenset({"handle", "to", "cursor", "raw", "notes"})
_LINK_FIELDS = frozenset({"url", "avatar", "image"})
_ID_FIELDS = frozenset({"id", "external_id", "thread_id"})


def clean_text(text: str) -> str:
    """The same text without NUL; a lone surrogate becomes U+FFFD."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    # A pair of surrogates that JSON gave apart is one character; the rest is noise.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: Any) -> Any:
    """The same JSON with every text in it cleaned, keys too."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(k)): clean_json(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [clean_json(item) for item in value]
    return value


def as_json(value: Any) -> Any:
    """A value as plain JSON: times as ISO 8601 with Z, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [as_json(item) for item in value]
    return value


class Cleaned:
    """Cleans every text field of a frozen dataclass, checks ids and times."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]
            value = getattr(self, name)
            if isinstance(value, str) and not isinstance(value, StrEnum):
                object.__setattr__(self, name, clean_text(value))
                if name in _LINK_FIELDS and not _is_link(value):
                    object.__setattr__(self, name, None)
            elif isinstance(value, datetime):
                object.__setattr__(self, name, _utc(value))
            elif name in _JSON_FIELDS:
                object.__setattr__(self, name, clean_json(value))
        for name in _ID_FIELDS.intersection(self.__dataclass_fields__):  # type: ignore[attr-defined]
            _check_id(name, getattr(self, name))


def _is_link(value: str) -> bool:
    """What may stand in an href: a stranger's `javascript:` may not."""
    return value.lower().startswith(("https://", "http://"))


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC)


def _check_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be non-empty text")
