"""Three languages: whole, grammatical, and on the pages that people see."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.catalog import Message as Sentence
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation

import connectors
from connectors import words
from inbox.display import wording
from inbox.models import Agent
from socialcare import catalogues
from socialcare.catalogues.text import read
from tests import make
from tests.inbox.browser import BACKEND

NBSP = "\N{NO-BREAK SPACE}"
LANGUAGES = ("ru", "pl")
ALL = [
    pytest.param(one, language, id=f"{one.name}-{language}")
    for one in catalogues.catalogues()
    for language in LANGUAGES
]
PLATFORMS = [(kind, language) for kind in connectors.kinds() for language in LANGUAGES]


def translations(catalogue: catalogues.Catalogue, language: str) -> list[Sentence]:
    return [row for row in read(catalogue.path(language), language) if row.id]


def forms(row: Sentence) -> list[str]:
    return [row.string] if isinstance(row.string, str) else list(row.string or ())


def test_the_languages_are_english_russian_and_polish() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", "ru", "pl"]
    assert catalogues.languages() == LANGUAGES == words.LANGUAGES[1:]


@pytest.mark.parametrize(("catalogue", "language"), ALL)
def test_every_sentence_is_translated(
    catalogue: catalogues.Catalogue, language: str
) -> None:
    assert list(catalogues.faults(catalogue, language)) == []


@pytest.mark.parametrize(("catalogue", "language"), ALL)
def test_a_translation_is_set_as_the_language_is(
    catalogue: catalogues.Catalogue, language: str
) -> None:
    """Calm; a word of one letter, or a number, is never the last on its line."""
    alone = {"ru": "авикосуя", "pl": "aiouwz"}[language]
    parted = re.compile(rf"(?<![\w.])[{alone}] ", re.IGNORECASE)
    of_unit = re.compile(r"(?:\d|\}|\)[ds]) (?:ч|мин|с|тыс\.|млн|min|h|s|tys\.|mln)\b")
    for said in (
        form for row in translations(catalogue, language) for form in forms(row)
    ):
        assert "!" not in said
        assert not parted.search(said), said
        assert not of_unit.search(said), said


@pytest.mark.parametrize("catalogue", catalogues.catalogues()[1:], ids=lambda c: c.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_kit_reads_its_catalogue_as_gettext_would(
    catalogue: catalogues.Catalogue, language: str
) -> None:
    kind = "" if catalogue.name == "kit" else catalogue.name
    rows = translations(catalogue, language)
    told = {
        row.id: connectors.translate(row.id, language=language, kind=kind)
        for row in rows
    }
    assert told == {row.id: row.string for row in rows}
    assert told != {}


@pytest.mark.parametrize(("kind", "language"), PLATFORMS)
def test_a_setup_page_says_the_same_in_each_language(kind: str, language: str) -> None:
    english = connectors.setup_page(kind)
    page = connectors.setup_page(kind, language=language)
    assert page != english
    assert _outline(page) == _outline(english)


def _outline(page: str) -> list[str]:
    """Headings and items in order, with the code and the links they hold."""
    marks = re.compile(
        r"^\s*(#+|[-*]|\d+\.) |(`[^`]+`)|\]\((https://[^)]+)\)",
        re.MULTILINE,
    )
    return ["".join(found) for found in marks.findall(page)]


EVENTS = {
    "en": {1: "1 event", 2: "2 events", 5: "5 events", 21: "21 events"},
    "ru": {1: "1 событие", 2: "2 события", 5: "5 событий", 21: "21 событие"},
    "pl": {1: "1 zdarzenie", 2: "2 zdarzenia", 5: "5 zdarzeń", 21: "21 zdarzeń"},
}


@pytest.mark.parametrize("language", EVENTS)
def test_plurals_on_a_page(language: str) -> None:
    line = SimpleNamespace(
        sentence="…", time="", title="", icon="tag", at=timezone.now()
    )
    for count, expected in EVENTS[language].items():
        item = SimpleNamespace(is_folded=True, lines=[line] * count)
        with translation.override(language):
            page = render_to_string("components/event.html", {"item": item})
        assert re.findall(r"<summary>\s*(.*?): ", page) == [expected]


DAYS = {
    "en": ["2 days", "5 days", "21 days", "22 days"],
    "ru": ["2 дня", "5 дней", "21 день", "22 дня"],
    "pl": ["2 dni", "5 dni", "21 dni", "22 dni"],
}


@pytest.mark.parametrize("language", DAYS)
def test_durations_hold_together(language: str) -> None:
    counts = (2, 5, 21, 22)
    with translation.override(language):
        told = [wording.duration(days * wording.DAY) for days in counts]
    assert told == [words.replace(" ", NBSP) for words in DAYS[language]]


WORDED = {
    "en": ["1 h 42 min ago", "8.2k", "1,204,310 followers", "9 November", "9 Nov"],
    "ru": [
        "1 ч 42 мин назад",
        "8,2 тыс.",
        "1 204 310 подписчиков",
        "9 ноября",
        "9 ноя",
    ],
    "pl": [
        "1 h 42 min temu",
        "8,2 tys.",
        "1 204 310 obserwujących",
        "9 listopada",
        "9 lis",
    ],
}


@pytest.mark.parametrize("language", WORDED)
def test_dates_numbers_and_times_by_language(language: str) -> None:
    now = make.NOW.replace(day=12)
    before = now - timedelta(days=3)
    with translation.override(language):
        told = [
            wording.ago(now - timedelta(hours=1, minutes=42), now=now),
            wording.reach(8_230),
            wording.followers(1_204_310),
            wording.day(before.date(), today=now.date()),
            wording.moment(before, now=now),
        ]
    assert [words.replace(NBSP, " ") for words in told] == WORDED[language]


def test_a_fault_that_a_worker_stored_is_told_to_its_reader() -> None:
    refused = connectors.Refused(
        code="too_long", parameters={"length": 510, "limit": 500}
    )
    with translation.override("ru"):
        assert wording.fault(refused.words()) == refused.words("ru")
        assert (
            wording.fault(connectors.Gone().words()) == "Сообщение удалено в\xa0сети."
        )
        forbidden = connectors.Forbidden(capability=connectors.Capability.REPLY)
        assert (
            wording.fault(forbidden.words()) == "Аккаунту это не разрешено: отвечать."
        )
        assert wording.fault("Typed by nobody") == "Typed by nobody"
        assert wording.fault("") == ""
    assert refused.words("ru") == "Длина ответа 510 зн., помещается 500."


@pytest.mark.django_db
class TestSwitching:
    @pytest.mark.parametrize("language", ["en", "ru", "pl"])
    def test_within_each_agent_has_a_language(self, language: str) -> None:
        client = Client(headers={"Accept-Language": "de"})
        client.force_login(make.agent(language=language), backend=BACKEND)
        response = client.get("/")
        assert f'<html lang="{language}"' in response.content.decode()
        assert response.headers["Content-Language"] == language

    def test_a_change_is_answered_in_the_new_language(self) -> None:
        agent = make.agent(language="en")
        client = Client()
        client.force_login(agent, backend=BACKEND)
        profile = {"language": "pl", "time_zone": "Europe/Warsaw", "theme": "dark"}
        response = client.post("/me/", profile, follow=True)
        assert "Zapisano." in response.content.decode()

    @pytest.mark.parametrize(
        ("wanted", "heading"),
        [
            ("ru-RU,ru;q=0.9,en;q=0.8", "Войти"),
            ("pl", "Zaloguj się"),
            ("de,en;q=0.5", "Log in"),
            ("", "Log in"),
        ],
    )
    def test_the_door_follows_the_browser(self, wanted: str, heading: str) -> None:
        make.agent()
        page = Client(headers={"Accept-Language": wanted}).get("/log-in/")
        assert re.findall(r"<h1>(.*?)</h1>", page.content.decode()) == [heading]

    def test_the_door_offers_three_languages_and_remembers(self) -> None:
        make.agent()
        client = Client(headers={"Accept-Language": "ru"})
        page = client.get("/log-in/?next=/reports/agents/").content.decode()
        offered = re.findall(
            r'<a\s+href="([^"]+)"\s+lang="(\w+)"\s+(aria-cur[^>]*)?>', page
        )
        assert [(code, bool(current)) for _url, code, current in offered] == [
            ("en", False),
            ("ru", True),
            ("pl", False),
        ]
        address = offered[2][0].replace("&amp;", "&")
        response = client.get(f"/log-in/{address}")
        assert response.headers["Location"] == "/log-in/?next=%2Freports%2Fagents%2F"
        assert "<h1>Zaloguj się</h1>" in client.get("/log-in/").content.decode()

    def test_a_language_that_is_not_there_changes_nothing(self) -> None:
        make.agent()
        client = Client()
        response = client.get("/log-in/?language=../../etc")
        assert response.headers["Location"] == "/log-in/"
        assert settings.LANGUAGE_COOKIE_NAME not in client.cookies

    def test_the_first_visit_sets_the_language_of_the_house(self) -> None:
        client = Client(headers={"Accept-Language": "pl"})
        person = {"name": "Ewa", "email": "ewa@example.com", "password": "kawa-i-para"}
        client.post("/set-up/", person)
        ewa = Agent.objects.get()
        assert (ewa.language, make.workspace().language) == ("pl", "pl")
        assert make.workspace().team_set.get().name == "Pierwsza linia"


@pytest.mark.django_db
def test_without_compiled_catalogues_pages_speak_english(
    settings: Any, tmp_path: Path
) -> None:
    make.agent()
    settings.LOCALE_PATHS = [tmp_path]
    page = Client(headers={"Accept-Language": "ru"}).get("/log-in/")
    assert page.status_code == 200
    assert "<h1>Log in</h1>" in page.content.decode()
