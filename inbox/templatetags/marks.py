"""Icons of the program, marks of the networks, and how links avoid a page load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from xml.etree import ElementTree as ET

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

import connectors
from inbox.display import wording

register = template.Library()

SHAPES = frozenset({"path", "circle", "ellipse", "rect", "polygon", "g"})
GEOMETRY = frozenset(
    {"d", "cx", "cy", "r", "rx", "ry", "x", "y", "width", "height", "points"}
    | {"fill-rule", "clip-rule", "transform"}
)
COLOURS = frozenset({"fill", "stroke"})
PAINT = COLOURS | {"stroke-width", "stroke-linecap", "stroke-linejoin"}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A lucide icon, 16 px, silent to readers; `extra` adds classes such as `small`."""
    return _icon(str(name), str(extra))


@lru_cache(maxsize=256)
def _icon(name: str, extra: str) -> SafeString:
    classes = f"i {extra}".strip()
    # The size stands in the style sheet; the drawing comes from the package.
    return mark_safe(  # noqa: S308 - markup of the icon package, no user's text
        lucide(name, size=None, **{"class": classes, "aria-hidden": "true"})
    )


@register.simple_tag
def network(kind: str, extra: str = "") -> SafeString:
    """The mark of a network, from its connector's own folder, in the text's colour."""
    return _network(str(kind), str(extra))


@lru_cache(maxsize=64)
def _network(kind: str, extra: str) -> SafeString:
    try:
        drawing = ET.fromstring(connectors.icon(kind))  # noqa: S314 - own file
    except (KeyError, OSError, ET.ParseError):
        return _icon("radio", extra)
    shapes = "".join(_shape(node) for node in drawing)
    paint = {"fill": "currentColor", **drawing.attrib}
    return format_html(
        '<svg class="{}" viewBox="{}" aria-hidden="true"{}>{}</svg>',
        f"n {extra}".strip(),
        drawing.get("viewBox", "0 0 24 24"),
        _attributes(paint, PAINT),
        mark_safe(shapes),  # noqa: S308 - made of allowed shapes and escaped attributes
    )


def _shape(node: ET.Element) -> str:
    """The node with allowed shapes and geometry only: no script, style or link."""
    name = node.tag.rpartition("}")[2]
    if name not in SHAPES:
        return ""
    attributes = _attributes(node.attrib, GEOMETRY | PAINT)
    return f"<{name}{attributes}>{''.join(_shape(child) for child in node)}</{name}>"


def _attributes(given: Mapping[str, str], allowed: frozenset[str]) -> SafeString:
    """Those that are allowed; a colour only if it is none or the text's own."""
    return format_html_join(
        "",
        ' {}="{}"',
        (
            (key, value)
            for key, value in given.items()
            if key in allowed
            and (key not in COLOURS or value in {"none", "currentColor"})
        ),
    )


@register.filter
def initials(name: str) -> str:
    """One or two letters for an avatar."""
    return wording.initials(str(name))


@register.filter
def units(words: str) -> SafeString:
    """A figure with its units one step smaller: `5 <small>h</small>`."""
    smaller = UNIT.sub(r"<small>\1</small>", escape(words))
    return mark_safe(smaller)  # noqa: S308 - escaped above


UNIT = re.compile(r"\s*([^\W\d_]+|%)")


@register.filter
def glyph(category: str) -> str:
    """The sign of a category, for a small circle."""
    return GLYPHS.get(str(category), "–")


GLYPHS = {"question": "?", "complaint": "!", "praise": "♥"}


@register.simple_tag
def boost() -> SafeString:
    """On a container: its links and forms change the desk without a page load."""
    return BOOST


BOOST = SafeString(
    'hx-boost="true" hx-target="#desk" hx-select="#desk"'
    ' hx-swap="outerHTML show:none" hx-push-url="true"'
)


@register.simple_tag
def posts_to(name: str, *args: object, suffix: str = "") -> SafeString:
    """On a form: the same address with a script and without one."""
    address = f"{reverse(name, args=args)}{suffix}"
    return format_html('method="post" action="{0}" hx-post="{0}"', address)
