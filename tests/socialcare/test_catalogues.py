"""The catalogues' own tool: what it finds, keeps, says is wrong, and compiles."""

from __future__ import annotations

import gettext
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.translation.template import templatize

from socialcare import catalogues
from socialcare.catalogues import Catalogue, compiled, extract, sentences
from socialcare.catalogues.text import rendered

TEMPLATE = """{% load i18n %}
  {% if x %}<p title="{% translate 'Whose it is' %}">{% translate "Case" as case %}
    {% endif %}{{ text|default:_("Without words") }}
{% translate "Open" context "verb" %}{% translate "100% of it" %}
{% blocktranslate with name=a.b trimmed %}
  by
  {{ name }}
{% endblocktranslate %}
{% blocktranslate count n=rows|length context "list" trimmed %}{{ n }} wait
{% plural %}{{ n }} waits{% endblocktranslate %}"""
CODE = """from django.utils.translation import gettext as _, ngettext
said = _(
    "one "
    "line"
)
more = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
not_ours = translate(text)
LABELS = {"a": gettext_noop("later"), "b": pgettext_lazy("noun", "light")}
"""
READY = """msgid ""
msgstr ""
"Language: pl\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && \
(n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""


def catalogue(tmp_path: Path, **files: str) -> Catalogue:
    """A catalogue over these files; `x_py="..."` is the file x.py."""
    paths = []
    for name, text in files.items():
        path = tmp_path / name.replace("_", ".")
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return Catalogue(
        name="trial",
        pattern=str(tmp_path / "{language}/trial.po"),
        sources=tuple(paths),
        is_compiled=True,
    )


def keys(one: Catalogue) -> set[tuple[Any, str | None]]:
    return {(row.id, row.context) for row in sentences(one) if row.id}


def written(one: Catalogue, text: str) -> Path:
    """The Polish file, with a header of its own before `text`."""
    path = one.path("pl")
    path.parent.mkdir(exist_ok=True)
    path.write_text(READY + text, encoding="utf-8")
    return path


def test_what_is_found_in_a_template(tmp_path: Path) -> None:
    assert keys(catalogue(tmp_path, page_html=TEMPLATE)) == {
        ("Whose it is", None),
        ("Case", None),
        ("Without words", None),
        ("Open", "verb"),
        ("100%% of it", None),
        ("by %(name)s", None),
        (("%(n)s wait", "%(n)s waits"), "list"),
    }


def test_what_is_found_in_code(tmp_path: Path) -> None:
    assert keys(catalogue(tmp_path, code_py=CODE)) == {
        ("one line", None),
        (("%(count)d day", "%(count)d days"), None),
        ("later", None),
        ("light", "noun"),
    }


PAGES = [path for path in catalogues.catalogues()[0].sources if path.suffix == ".html"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_call_of_a_template_gets_lost_on_the_way(path: Path) -> None:
    calls = re.findall(r"(?:gettext|\b_)\(", templatize(path.read_text("utf-8")))
    one = replace(catalogues.catalogues()[0], sources=(path,))
    assert len(list(extract.marked(one))) == len(calls)


def test_merging_keeps_adds_and_drops(tmp_path: Path) -> None:
    one = catalogue(tmp_path, code_py='_("kept"), _("added"), ngettext("a", "b", n)')
    path = written(one, 'msgid "kept"\nmsgstr "jest"\n\nmsgid "gone"\nmsgstr "nie"\n')
    merged = catalogues.merge(path, sentences(one), "pl")
    assert catalogues.untranslated(merged) == 2
    assert rendered(path, sentences(one), "pl")[0] == path.read_text("utf-8")
    assert path.read_text("utf-8") == READY + (
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n\n'
        'msgid "added"\nmsgstr ""\n\n'
        'msgid "kept"\nmsgstr "jest"\n'
    )


SAID = '_("in %(count)d {unit}"), ngettext("%(n)d day", "%(n)d days", n)'
IN = 'msgid "in %(count)d {unit}"\n'
DAYS = 'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\n'
GOOD_IN = IN + 'msgstr "za %(count)d {unit}"\n\n'
GOOD_DAYS = DAYS + "".join(
    f'msgstr[{number}] "%(n)d {word}"\n'
    for number, word in enumerate(["dzień", "dni", "dni"])
)
IN_KEY, DAYS_KEY = "'in %(count)d {unit}'", "'%(n)d day'"
WRONG = {
    "missing": (GOOD_DAYS, f"missing: {IN_KEY}"),
    "empty": (IN + 'msgstr ""\n\n' + GOOD_DAYS, f"not translated: {IN_KEY}"),
    "fuzzy": ("#, fuzzy\n" + GOOD_IN + GOOD_DAYS, f"fuzzy: {IN_KEY}"),
    "gap lost": (
        IN + 'msgstr "za {unit}"\n\n' + GOOD_DAYS,
        f"other placeholders: {IN_KEY}",
    ),
    "gap renamed": (
        IN + 'msgstr "za %(count)d {jednostka}"\n\n' + GOOD_DAYS,
        f"other placeholders: {IN_KEY}",
    ),
    "gap lost in a plural": (
        GOOD_IN + GOOD_DAYS.replace('"%(n)d dzień"', '"dzień"'),
        f"other placeholders: {DAYS_KEY}",
    ),
    "a form too few": (
        GOOD_IN + GOOD_DAYS.replace('msgstr[2] "%(n)d dni"', 'msgstr[2] ""'),
        f"not translated: {DAYS_KEY}",
    ),
    "blank at the end": (
        IN + 'msgstr "za %(count)d {unit} "\n\n' + GOOD_DAYS,
        f"blanks at an end: {IN_KEY}",
    ),
    "no longer said": (
        GOOD_IN + GOOD_DAYS + '\nmsgid "old"\nmsgstr "stare"\n',
        "no longer said: 'old'",
    ),
    "kept aside": (
        GOOD_IN + GOOD_DAYS + '\n#~ msgid "old"\n#~ msgstr "stare"\n',
        "no longer said: 'old'",
    ),
}


def test_a_whole_catalogue_has_no_fault(tmp_path: Path) -> None:
    one = catalogue(tmp_path, code_py=SAID)
    catalogues.merge(written(one, GOOD_IN + GOOD_DAYS), sentences(one), "pl")
    assert list(catalogues.faults(one, "pl")) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, wrong: str) -> None:
    text, fault = WRONG[wrong]
    one = catalogue(tmp_path, code_py=SAID)
    written(one, text)
    found = [line for line in catalogues.faults(one, "pl") if "as `manage" not in line]
    assert found == [f"trial, pl: {fault}"]


def test_an_unsorted_file_is_said(tmp_path: Path) -> None:
    one = catalogue(tmp_path, code_py='_("a"), _("b")')
    written(one, 'msgid "b"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "a"\n')
    assert list(catalogues.faults(one, "pl")) == [
        "trial, pl: not as `manage.py messages` writes it"
    ]


def test_what_is_outdated_is_compiled_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = catalogue(tmp_path, code_py="_('a')")
    path = written(one, 'msgid "a"\nmsgstr "pierwsze"\n')
    monkeypatch.setattr(compiled, "catalogues", lambda: (one,))
    binary = path.with_suffix(".mo")

    assert catalogues.compile_outdated() == [binary]
    assert catalogues.compile_outdated() == []
    assert _read(binary).gettext("a") == "pierwsze"

    written(one, 'msgid "a"\nmsgstr "drugie"\n')
    os.utime(path, ns=(0, binary.stat().st_mtime_ns + 1))
    assert catalogues.compile_outdated() == [binary]
    assert _read(binary).gettext("a") == "drugie"
    assert sorted(path.parent.iterdir()) == [binary, path]


def test_where_nothing_may_be_written_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = catalogue(tmp_path, code_py="_('a')")
    written(one, 'msgid "a"\nmsgstr "a"\n')
    monkeypatch.setattr(compiled, "catalogues", lambda: (one,))
    monkeypatch.setattr(compiled.os, "access", lambda *_arguments: False)
    assert catalogues.compile_outdated() == []


def test_the_command_fails_with_the_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = catalogue(tmp_path, code_py='_("new")')
    monkeypatch.setattr(catalogues, "catalogues", lambda: (one,))
    with pytest.raises(SystemExit) as left:
        call_command("messages", "--check")
    assert left.value.code == "trial, ru: missing: 'new'\ntrial, pl: missing: 'new'"
    assert not one.path("pl").exists()

    call_command("messages")
    for language in catalogues.languages():
        path = one.path(language)
        path.write_text(
            path.read_text().replace('"new"\nmsgstr ""', '"new"\nmsgstr "x"')
        )
    call_command("messages", "--check")
    told = capsys.readouterr().out
    assert "trial, pl: 1 sentences, 1 to translate\n" in told
    assert told.endswith("Every sentence is there in every language.\n")


def _read(binary: Path) -> gettext.GNUTranslations:
    with binary.open("rb") as lines:
        return gettext.GNUTranslations(lines)
