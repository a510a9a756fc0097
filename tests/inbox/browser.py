"""A browser without a screen: logged in, with or without a script, its page parsed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.test import Client

from inbox.models import Agent

BACKEND = "django.contrib.auth.backends.ModelBackend"
SCRIPT = {"HX-Request": "true"}


def browser(agent: Agent) -> Client:
    """Logged in, JavaScript off."""
    client = Client()
    client.force_login(agent, backend=BACKEND)
    return client


def scripted(agent: Agent, *, target: str = "talk") -> Client:
    """Logged in; every request is htmx's, for the element `target`."""
    client = Client(headers={**SCRIPT, "HX-Target": target})
    client.force_login(agent, backend=BACKEND)
    return client


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def tags(html: bytes | str, name: str) -> list[dict[str, str | None]]:
    """The attributes of every element of this name, in order."""
    return [attributes for tag, attributes in _parsed(html).tags if tag == name]


def replaced(html: bytes | str) -> list[str]:
    """The ids of the parts that htmx puts in their place out of band."""
    return [
        attributes["id"] or ""
        for _tag, attributes in _parsed(html).tags
        if "hx-swap-oob" in attributes
    ]


def said(html: bytes | str) -> str:
    """The page's words with single blanks."""
    return re.sub(r"\s+", " ", " ".join(_parsed(html).words)).strip()


def _parsed(html: bytes | str) -> _Page:
    page = _Page()
    page.feed(html.decode() if isinstance(html, bytes) else html)
    return page
