"""Every sentence people may see exists in three languages."""

import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import connectors
from connectors import errors
from connectors.errors import ConnectorError, Refused, Scope
from connectors.words import Catalogue, translate

HERE = Path(connectors.__file__).parent


def tree(root: type[ConnectorError] = ConnectorError) -> Iterator[type[ConnectorError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


SENTENCES = sorted({s for error in tree() for s in error.sentences.values()})


@pytest.mark.parametrize("language", ["ru", "pl"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_is_translated(sentence: str, language: str) -> None:
    said = translate(sentence, language=language)
    assert said != sentence
    assert _blanks(said) == _blanks(sentence)
    assert "!" not in said


def _blanks(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_a_sentence_without_translation_stays_english() -> None:
    assert translate("Nobody wrote this", language="ru") == "Nobody wrote this"
    assert translate("Nobody wrote this", language="xx") == "Nobody wrote this"
    said = translate(
        "The reply is empty.", language="ru-RU", kind=connectors.kinds()[0]
    )
    assert said == "Ответ пуст."
    assert translate("Access token", language="pl", kind="../etc") == "Access token"


def test_every_error_stands_in_the_drawing_and_has_its_own_code() -> None:
    drawing = errors.__doc__ or ""
    for error in tree():
        assert f" {error.__name__} " in f"{drawing.replace(chr(10), ' ')} "
        assert error.code in error.sentences
    codes = [error.code for error in tree()]
    assert len(set(codes)) == len(codes)


def test_words_take_parameters_and_forgive_missing_ones() -> None:
    error = Refused(code="too_long", parameters={"length": 510, "limit": 500})
    assert error.words() == "The reply is 510 characters long, 500 fit."
    assert error.words("pl") == "Odpowiedź ma 510 zn., mieści się 500."
    assert Refused(code="too_long").words() == "The reply is ? characters long, ? fit."
    assert Refused(code="unheard_of").words() == "The network refused the reply."
    assert (error.scope, str(error)) == (Scope.ITEM, "too_long")


def test_times_of_errors_are_kept() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert errors.RateLimited("x", retry_at=at).retry_at == at
    assert errors.BudgetSpent("x", until=at).until == at


def test_a_catalogue_is_read_from_its_text(tmp_path: Path) -> None:
    path = tmp_path / "xx.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Language: xx\\n"\n\n# why\nmsgid "one "\n"line"\n'
        'msgstr "eine "\n"Zeile \\"so\\""\n\nmsgid "empty"\nmsgstr ""\n',
        encoding="utf-8",
    )
    catalogue = Catalogue(path)
    assert catalogue.gettext("one line") == 'eine Zeile "so"'
    assert catalogue.gettext("empty") == "empty"
