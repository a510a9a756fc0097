"""A connector's setup page, Markdown, as safe HTML: headings, lists, paragraphs, code,
bold, and links to https. All else is text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>[^*]+)\*\*"
    r"|\[(?P<label>[^\]]+)\]\((?P<url>https://[^)\s]+)\)"
)
ITEM = re.compile(r"^(?:[-*]|(?P<number>\d+)\.)\s+(?P<text>.*)$")
HEADING = re.compile(r"^(#{1,4})\s+(?P<text>.*)$")


def guide(markdown: str) -> SafeString:
    """The page as HTML; nothing of it can be markup of its own."""
    blocks = (_block(block) for block in _blocks(markdown))
    return mark_safe("\n".join(blocks))  # noqa: S308 - every piece was escaped below


def _blocks(markdown: str) -> Iterator[list[str]]:
    """Runs of lines between blank ones; a heading is a block of its own."""
    for is_text, lines in groupby(
        markdown.splitlines(), key=lambda line: bool(line.strip())
    ):
        block: list[str] = []
        for line in lines if is_text else ():
            if HEADING.match(line):
                yield [line]
            else:
                block.append(line.rstrip())
        if block:
            yield block


def _block(lines: list[str]) -> str:
    if heading := HEADING.match(lines[0]):
        # The page has its h1; a guide's headings start below it.
        level = min(len(heading[1]) + 1, 4)
        return f"<h{level}>{_inline(heading['text'])}</h{level}>"
    if ITEM.match(lines[0].strip()):
        return _list(lines)
    return f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _list(lines: list[str]) -> str:
    """Items of the first line's depth; what stands deeper belongs to the one before."""
    first, depth = ITEM.match(lines[0].strip()), _depth(lines[0])
    items: list[list[str]] = []
    for line in lines:
        if _depth(line) <= depth and (found := ITEM.match(line.strip())):
            items.append([found["text"]])
        else:
            items[-1].append(line)
    tag = "ol" if first and first["number"] else "ul"
    return f"<{tag}>{''.join(f'<li>{_item(item)}</li>' for item in items)}</{tag}>"


def _item(lines: list[str]) -> str:
    """Its words, and the list under it if there is one."""
    under = next((n for n, line in enumerate(lines) if n and _opens(line)), len(lines))
    words = _inline(" ".join(line.strip() for line in lines[:under]))
    return words + (_list(lines[under:]) if lines[under:] else "")


def _opens(line: str) -> bool:
    return ITEM.match(line.strip()) is not None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _inline(text: str) -> str:
    parts, last = [], 0
    for found in INLINE.finditer(text):
        parts += [escape(text[last : found.start()]), _piece(found)]
        last = found.end()
    return "".join([*parts, escape(text[last:])])


def _piece(found: re.Match[str]) -> str:
    if found["code"]:
        return format_html("<code>{}</code>", found["code"])
    if found["bold"]:
        return format_html("<b>{}</b>", found["bold"])
    return format_html(
        '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>',
        found["url"],
        found["label"],
    )
