"""HTML to text, and lengths as networks count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cleaning import clean_json, clean_text
from connectors.html import html_to_text
from connectors.text import graphemes, measure, normalised
from connectors.types import LengthRule, LengthUnit

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

CASES = [
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<p>one<br>two<br/>three</p>", "one\ntwo\nthree"),
    ("<p>one<br><br>two</p>", "one\n\ntwo"),
    ("plain text", "plain text"),
    ("a   lot\n of \t space", "a lot of space"),
    ("<p>fish &amp; chips &lt;3 &#39;x&#39; &nbsp;y</p>", "fish & chips <3 'x' \xa0y"),
    ("<p>&amp;lt;b&amp;gt;</p>", "&lt;b&gt;"),
    ("<p>a<script>alert(1)</script>b<style>p{}</style></p>", "ab"),
    ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
    ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
    ("<p>x</p><ul><li>a<ul><li>b</li></ul></li></ul><p>y</p>", "x\n\n- a\n- b\n\ny"),
    ("<blockquote><p>said</p></blockquote><p>so</p>", "> said\n\nso"),
    ("<pre>a  b\n  c</pre>", "a  b\n  c"),
    ("<p>a <code>b  c</code> <del>d</del></p>", "a b c d"),
    ("<p>unclosed <b>bold <i>both</p><p>next", "unclosed bold both\n\nnext"),
    ("</p></div>stray", "stray"),
    ("<p>a < b and c > d</p>", "a < b and c > d"),
    ('<p><img src="x" alt=":blob:"> hi</p>', ":blob: hi"),
    ("<h1>Title</h1><p>text</p>", "Title\n\ntext"),
    ("", ""),
    ("<p></p><p></p>", ""),
    ("<p>\u0634\u06a9\u0631\u0627 <b>hi</b></p>", "\u0634\u06a9\u0631\u0627 hi"),
]

FAR = "https://far.example/@anna"
X = "https://x.example"
LINKS = [
    (f'<a href="{X}/a">{X}/a</a>', f"{X}/a"),
    (f'<a href="{X}/">x.example</a>', f"{X}/"),
    (f'<a href="{X}/long/path">x.example/lo...</a>', f"{X}/long/path"),
    (f'<a href="{X}/long/path">x.example/lo…</a>', f"{X}/long/path"),
    (
        f'<a href="{X}/a/b"><span class="invisible">https://</span><span '
        'class="ellipsis">x.example/a</span><span class="invisible">/b</span></a>',
        f"{X}/a/b",
    ),
    (f'<a href="{X}/">our shop</a>', f"our shop ({X}/)"),
    (f'<a href="{X}/">bank.example</a>', f"bank.example ({X}/)"),
    ('<a href="javascript:alert(1)">click</a>', "click"),
    (f'<a href="{X}/"></a>', f"{X}/"),
    ('<a href="/t" class="mention hashtag" rel="tag">#<span>cats</span></a>', "#cats"),
    (f'<a href="{FAR}" class="u-url mention">@<i>anna</i></a>', "@anna@far.example"),
    (f'<a href="{X}/@anna" class="u-url mention">@<i>anna</i></a>', "@anna"),
    (f"before <a href='{X}/'>x.example</a>, after", f"before {X}/, after"),
]


@pytest.mark.parametrize(("html", "text"), CASES)
def test_html_becomes_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(("html", "text"), LINKS)
def test_links_show_where_they_lead(html: str, text: str) -> None:
    mentions = {"https://far.example/@anna": "@anna@far.example"}
    assert html_to_text(html, mentions=mentions) == text


def test_an_element_of_a_class_can_be_left_out() -> None:
    html = '<p>mine</p><p class="quote-inline">RE: <a href="https://x">x</a></p>'
    assert html_to_text(html, drop_class="quote-inline") == "mine"
    html = 'mine<span class="quote-inline"><br><br>RE: x</span>'
    assert html_to_text(html, drop_class="quote-inline") == "mine"
    assert html_to_text(html) == "mine\n\nRE: x"


@given(st.text(alphabet="<>/ab &;\"'=pbrli\n!-[]", max_size=200))
def test_no_html_can_make_us_fall_over(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip("\n ")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_escaped_text_comes_back(text: str) -> None:
    from html import escape

    # A browser folds white space; a carriage return may not stand in HTML text.
    words = " ".join(text.replace("\x00", "").split())
    assert " ".join(html_to_text(f"<p>{escape(words)}</p>").split()) == words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("\r\n", 1),
        ("привет", 6),
        ("e\u0301", 1),
        (FAMILY, 1),
        ("\U0001f1f5\U0001f1f1", 1),
        ("नि", 1),
    ],
)
def test_graphemes_are_what_a_reader_counts(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        (LengthUnit.GRAPHEMES, 1),
        (LengthUnit.CODE_POINTS, 7),
        (LengthUnit.UTF16, 11),
        (LengthUnit.BYTES, 25),
    ],
)
def test_every_network_counts_its_own_way(unit: LengthUnit, length: int) -> None:
    assert measure(FAMILY, rule=LengthRule(unit=unit, limit=None)) == length


RULE = LengthRule(unit=LengthUnit.GRAPHEMES, limit=500, url=23, short_mentions=True)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://x.example", 23),
        ("https://x.example/" + "a" * 300, 23),
        ("see https://x.example/a.", 4 + 23 + 1),
        ("(https://x.example)", 1 + 23 + 1),
        ("@anna@far.example hi", 8),
        ("@anna hi", 8),
        ("mail anna@far.example", 21),
        ("http and https: no link", 23),
        ("ж" * 10, 10),
    ],
)
def test_links_and_names_weigh_what_the_rule_says(text: str, length: int) -> None:
    assert measure(text, rule=RULE) == length


@given(st.text())
def test_what_is_cleaned_can_be_stored_and_stays_clean(text: str) -> None:
    clean = clean_text(text)
    assert "\x00" not in clean
    clean.encode()
    assert clean_text(clean) == clean
    if text.isascii() and "\x00" not in text:
        assert clean == text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x00b", "ab"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ud83d", "\ufffd"),
        ("x\ude00y\ud83d", "x\ufffdy\ufffd"),
    ],
)
def test_text_is_cleaned(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean
    assert clean_json({dirty: [dirty, 1, None]}) == {clean: [clean, 1, None]}


def test_two_ways_to_write_one_reply_are_the_same() -> None:
    assert normalised(" cafe\u0301\n\n ok ") == normalised("caf\u00e9 ok")
    assert normalised("a b") != normalised("ab")
