"""Who is in the story and what they have to say, read from the tables beside it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ru", "pl")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing a customer wants. `form`: message, comment or mention."""

    form: str
    text: str
    post: str | None = None
    more: str | None = None
    thanks: str | None = None
    edit: str | None = None
    deletes: bool = False
    photo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    name: str
    handle: str
    city: str
    followers: int
    language: str
    matters: tuple[Matter, ...]
    spike: str | None = None
    troll: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    name: str
    handle: str
    followers: int
    city: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What the brand said `hours` before the story begins."""

    key: str
    hours: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """Seconds after the start, seconds between two, and the post it is about."""

    after: float
    every: float
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    brand: Brand
    posts: tuple[Post, ...]
    customers: tuple[Customer, ...]
    spike: Spike
    chatter: Mapping[str, tuple[str, ...]]
    elsewhere: Mapping[str, tuple[str, ...]]


@cache
def cast() -> Cast:
    """Everybody, in the order of the tables."""
    about = _table("posts")
    return Cast(
        brand=Brand(**about["brand"]),
        posts=tuple(Post(**post) for post in about["post"]),
        customers=tuple(
            _customer(row, language)
            for language in LANGUAGES
            for row in _table(f"people.{language}")["customer"]
        ),
        spike=Spike(**about["spike"]),
        chatter=_by_language(about["chatter"]),
        elsewhere=_by_language(about["elsewhere"]),
    )


def _customer(row: dict[str, Any], language: str) -> Customer:
    matters = tuple(Matter(**matter) for matter in row.pop("matters"))
    return Customer(**row, language=language, matters=matters)


def _by_language(rows: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {row["language"]: tuple(row["texts"]) for row in rows}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
