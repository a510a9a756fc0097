"""The tokens keep their promise: every pair in use can be read, in both lights."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parent.parent / "static" / "css"
LIGHT, DARK = 0, 1

TEXT_ON_PAPER = [
    (text, paper)
    for text in ("text", "text-2", "text-3", "late", "soon", "met")
    for paper in ("page", "surface", "ground")
]
OTHER_TEXT = [
    ("text", "hover"),
    ("text-2", "hover"),
    ("text-3", "hover"),
    ("text-2", "face"),
    ("public", "page"),
    ("public", "surface"),
    ("private", "page"),
    ("private", "surface"),
    ("mention", "page"),
    ("mention", "surface"),
    ("text", "public-tint"),
    ("text", "private-tint"),
    ("text-3", "public-tint"),
    ("text-3", "private-tint"),
    ("public", "public-tint"),
    ("private", "private-tint"),
    ("mention", "mention-tint"),
    ("soon", "soon-tint"),
    ("text", "soon-tint"),
    ("late", "late-tint"),
    ("text", "late-tint"),
    ("met", "met-tint"),
    ("text", "met-tint"),
    ("on-fill", "public-fill"),
    ("on-fill", "private-fill"),
    ("on-fill", "late-fill"),
    ("on-ink", "ink"),
    ("text", "chosen"),
]
MARKS = [
    (mark, paper)
    for mark in ("control", "public-fill", "private-fill", "late-fill", "ink")
    for paper in ("page", "surface", "ground")
]


@pytest.mark.parametrize("light", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "paper"), TEXT_ON_PAPER + OTHER_TEXT)
def test_text_can_be_read(text: str, paper: str, light: int) -> None:
    assert contrast(text, paper, light) >= 4.5


@pytest.mark.parametrize("light", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "paper"), MARKS)
def test_marks_can_be_seen(mark: str, paper: str, light: int) -> None:
    assert contrast(mark, paper, light) >= 3


@pytest.mark.parametrize("light", [LIGHT, DARK], ids=["light", "dark"])
def test_each_paper_is_brighter_than_the_one_before(light: int) -> None:
    ground, surface, page = (
        luminance(colour(name, light)) for name in ("ground", "surface", "page")
    )
    assert ground < surface < page


def test_colours_stay_within_what_screens_show() -> None:
    outside = [
        (name, light)
        for name in tokens()
        for light in (LIGHT, DARK)
        if name not in {"lift", "float"}
        and (found := maybe_colour(name, light)) is not None
        and not all(-0.002 <= part <= 1.002 for part in found)
    ]
    assert outside == []


def test_components_use_meaning_only() -> None:
    """The palette (sand, coal, six inks) stands in tokens.css and nowhere else."""
    palette = re.compile(
        r"--(?:sand|coal|cobalt|plum|teal|amber|flame|moss)-|oklch\([\d.]"
    )
    files = [*CSS.glob("components/*.css"), *CSS.glob("*.css")]
    offenders = [
        (path.name, found.group())
        for path in files
        if path.name != "tokens.css"
        for found in palette.finditer(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_every_style_sheet_is_in_the_table_of_contents() -> None:
    listed = set(re.findall(r'@import url\("([^"]+)"\)', (CSS / "app.css").read_text()))
    there = {str(path.relative_to(CSS)) for path in CSS.rglob("*.css")} - {"app.css"}
    assert listed == there


def test_every_token_that_is_used_is_declared() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in CSS.rglob("*.css")}
    declared = {
        name for text in texts.values() for name in re.findall(r"(--[\w-]+)\s*:", text)
    }
    unknown = [
        (path.name, name)
        for path, text in texts.items()
        for name in re.findall(r"var\((--[\w-]+)[),]", text)
        if name not in declared
    ]
    assert unknown == []


def test_contrast_is_measured_right() -> None:
    """Black on white is 21 : 1, and a mid grey in oklch is the grey it should be."""
    white, black = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
    assert ratio(luminance(white), luminance(black)) == pytest.approx(21)
    grey = linear_rgb(0.5998, 0.0, 0.0)
    assert [round(encoded(part) * 255) for part in grey] == [128, 128, 128]


def contrast(first: str, second: str, light: int) -> float:
    return ratio(luminance(colour(first, light)), luminance(colour(second, light)))


def ratio(first: float, second: float) -> float:
    bright, dim = max(first, second), min(first, second)
    return (bright + 0.05) / (dim + 0.05)


def tokens() -> dict[str, str]:
    text = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text(), flags=re.DOTALL)
    return {
        name: " ".join(value.split())
        for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", text)
    }


def colour(name: str, light: int) -> tuple[float, float, float]:
    found = maybe_colour(name, light)
    assert found is not None, f"--{name} is no colour"
    return found


def maybe_colour(name: str, light: int) -> tuple[float, float, float] | None:
    """The token in linear sRGB, its references followed; None if it is no colour."""
    value = tokens()[name]
    if found := re.fullmatch(r"light-dark\((.+?\)), (.+\))\)", value):
        value = found[light + 1]
    if found := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return maybe_colour(found[1], light)
    if found := re.fullmatch(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", value):
        lightness, chroma, hue = map(float, found.groups())
        return linear_rgb(lightness, chroma, hue)
    return None


def linear_rgb(
    lightness: float, chroma: float, hue: float
) -> tuple[float, float, float]:
    """OKLCH to linear sRGB, by Björn Ottosson's matrices."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def luminance(rgb: tuple[float, float, float]) -> float:
    red, green, blue = (min(max(part, 0.0), 1.0) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def encoded(part: float) -> float:
    """Linear light as the screen's number."""
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
