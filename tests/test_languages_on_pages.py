"""Every page in every language, read as its reader does: nothing is left in English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Set
from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser
from types import SimpleNamespace
from uuid import uuid4
from zoneinfo import available_timezones

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import connectors
from inbox.models import (
    Agent,
    AuthorSnapshot,
    Category,
    Channel,
    ConnectionTest,
    Contact,
    Conversation,
    Delivery,
    Message,
    Outcome,
    Priority,
    Role,
    Tag,
    Team,
    Visibility,
    Workspace,
)
from inbox.services import notes, reply, triage
from socialcare import catalogues
from socialcare.catalogues.text import read
from tests import make
from tests.inbox.browser import browser

pytestmark = pytest.mark.django_db

ZONES = available_timezones()
KEYS_AND_SIGNS = {"CSV", "Ctrl", "Shift", "Esc", "UTC", "English", "Polski", "Русский"}
"""Words that are the same in every language, or stand in their own."""


@pytest.fixture
def house() -> SimpleNamespace:
    """A late conversation to which everything happened, a fresh one beside it, and a
    channel that lost its access."""
    talks = (make.conversation(), make.conversation())
    house = SimpleNamespace(talks=talks, admin=make.agent("Ewa", role=Role.ADMIN))
    house.test = ConnectionTest.objects.create(
        workspace=make.workspace(), kind=connectors.kinds()[0], asked_by=house.admin
    )
    _much_happens(talks[0], by=house.admin, to=make.agent("Marta"), now=timezone.now())
    _is_refused(talks[0], by=house.admin, now=timezone.now())
    Channel.objects.filter(pk=talks[1].channel_id).update(unauthorized_at=make.NOW)
    return house


def _much_happens(talk: Conversation, *, by: Agent, to: Agent, now: datetime) -> None:
    for whom in (to, None, by):
        triage.assign(talk.pk, by=by, to=whom, now=now)
    triage.tag(talk.pk, by=by, name="steam", now=now)
    triage.untag(talk.pk, by=by, tag_id=Tag.objects.get().pk, now=now)
    triage.categorise(talk.pk, by=by, category=Category.COMPLAINT, now=now)
    triage.prioritise(talk.pk, by=by, priority=Priority.URGENT, now=now)
    notes.add(talk.pk, by=by, text="Only for us", now=now)
    triage.resolve(talk.pk, by=by, outcome=Outcome.SPAM, reason="Only for us", now=now)
    triage.reopen(talk.pk, by=by, now=now)


def _is_refused(talk: Conversation, *, by: Agent, now: datetime) -> None:
    """A reply that did not get through, with the words that a worker stored."""
    reply.submit(
        talk.pk,
        by=by,
        text="It left today.",
        visibility=Visibility.PUBLIC,
        seen=reply.newest(talk),
        key=uuid4(),
        now=now,
    )
    Message.objects.filter(delivery=Delivery.QUEUED).update(
        delivery=Delivery.FAILED,
        error_code="gone",
        error_words=connectors.Gone().words(),
    )


def addresses(house: SimpleNamespace) -> list[str]:
    return [
        "/",
        "/?status=any&sort=newest",
        "/?assignee=me&overdue=1&priority=1",
        *(reverse("conversation", args=[talk.pk]) for talk in house.talks),
        reverse("channels"),
        *(reverse("channel", args=[talk.channel_id]) for talk in house.talks),
        reverse("channel_again", args=[house.talks[0].channel_id]),
        reverse("channel_kinds"),
        *(reverse("channel_new", args=[kind]) for kind in connectors.kinds()),
        reverse("connection_test", args=[house.test.pk]),
        reverse("people"),
        reverse("me"),
        reverse("report"),
        "/reports/agents/?since=2026-02-01&until=2025-01-01",
        reverse("report_rows") + "?figure=answered",
        reverse("report_rows") + "?figure=waiting",
        "/conversations/99999999/",
    ]


@pytest.mark.parametrize("language", ["ru", "pl"])
def test_no_page_has_anything_in_english(house: SimpleNamespace, language: str) -> None:
    """Nor, where letters tell it, a word of ours that was never marked."""
    given = _given()
    for address in addresses(house):
        said = texts(_page(house, address, language))
        assert len(said) > 3, address
        assert untranslated(said, language, besides=given) == [], address
        assert language != "ru" or _latin(said, given) == [], address


@pytest.mark.parametrize("language", ["ru", "pl"])
def test_the_doors_are_translated(language: str) -> None:
    stranger = Client(headers={"Accept-Language": language})
    first_visit = stranger.post("/set-up/", {"name": "", "email": "x", "password": "1"})
    Agent.objects.create(name="Ewa", email="ewa@example.com")
    refused = stranger.post(
        "/log-in/", {"username": "ewa@example.com", "password": "?"}
    )
    assert (first_visit.status_code, refused.status_code) == (422, 422)
    for page in (first_visit, refused):
        said = texts(page.content.decode())
        assert len(said) > 8
        assert untranslated(said, language) == []
        assert language != "ru" or _latin(said, {"Polski", "English"}) == []


@pytest.mark.parametrize("language", ["ru", "pl"])
def test_the_check_of_this_file_finds_what_is_left(language: str) -> None:
    """A page in English is full of untranslated sentences; this must be seen."""
    Agent.objects.create(name="Ewa", email="ewa@example.com")
    said = texts(Client().get("/log-in/").content.decode())
    lead = "Every message, comment and mention in one place."
    left = {lead, "Language", "Log in", "Password"}
    assert set(untranslated(said, language)) - {"E-mail"} == left


def _page(house: SimpleNamespace, address: str, language: str) -> str:
    admin: Agent = house.admin
    Agent.objects.filter(pk=admin.pk).update(language=language)
    response = browser(admin).get(address)
    assert response.status_code in {200, 404, 422}, address
    assert f'<html lang="{language}"' in response.content.decode(), address
    return response.content.decode()


class _Reader(HTMLParser):
    """What a reader sees or is told: texts, titles, labels, the elements' words."""

    SPOKEN = ("title", "aria-label", "placeholder", "alt")

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.within = ""
        self.is_skipped = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.said += [given[name] or "" for name in self.SPOKEN if name in given]
        self.within = "words" if given.get("id") == "words" else tag
        is_zone = tag == "option" and given.get("value") in ZONES
        self.is_skipped = is_zone or (tag == "script" and self.within != "words")

    def handle_endtag(self, _tag: str) -> None:
        self.within, self.is_skipped = "", False

    def handle_data(self, data: str) -> None:
        if self.within == "words":
            self.said += json.loads(data).values()
        elif data.strip() and not self.is_skipped:
            self.said.append(data.strip())


def texts(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    return [re.sub(r"\s+", " ", text) for text in reader.said if text]


def untranslated(
    said: Iterable[str], language: str, *, besides: Set[str] = frozenset()
) -> list[str]:
    """The English sentences of the catalogue that stand on the page."""
    ours = set(said) - KEYS_AND_SIGNS - besides
    return sorted({one for text in ours for one in _found(text, language)})


def _found(text: str, language: str) -> list[str]:
    return [
        english for english, pattern in _english(language) if pattern.fullmatch(text)
    ]


@lru_cache
def _english(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Sentences that sound otherwise in `language`; their gaps take anything."""
    program = catalogues.catalogues()[0]
    patterns = []
    for row in read(program.path(language), language):
        known = [row.id] if isinstance(row.id, str) else list(row.id)
        told = [row.string] if isinstance(row.string, str) else list(row.string or ())
        same = {_bare(one) for one in told}
        patterns += [
            (one, re.compile(_gapped(one)))
            for one in known
            if _bare(one) not in same and re.search(r"[A-Za-z]{2}", _bare(one))
        ]
    return patterns


GAP = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def _bare(sentence: str) -> str:
    """Without gaps, and with common blanks."""
    return re.sub(r"\s+", " ", GAP.sub("", sentence))


def _gapped(sentence: str) -> str:
    return ".+".join(re.escape(part) for part in GAP.split(sentence))


LATIN = re.compile(r"[A-Za-z]{2,}")


def _latin(said: Iterable[str], given: Set[str]) -> list[str]:
    known = given | KEYS_AND_SIGNS
    found = {word for text in said for word in LATIN.findall(_bare(text))}
    return sorted(found - {word for text in known for word in LATIN.findall(text)})


def _given() -> set[str]:
    """All that people and networks wrote, and what a connector says of itself."""
    models: tuple[type[Model], ...] = (
        *(Agent, AuthorSnapshot, Channel, Contact, Conversation),
        *(Message, Tag, Team, Workspace),
    )
    rows = (row for model in models for row in model._default_manager.values())
    written = {
        value for row in rows for value in row.values() if isinstance(value, str)
    }
    return written | {
        text
        for kind in connectors.kinds()
        for text in (
            connectors.get(kind).label,
            connectors.setup_page(kind, language="ru"),
            *(setting.example for setting in connectors.get(kind).settings),
        )
    }
