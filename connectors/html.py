"""HTML of a message to plain text: paragraphs, line breaks, lists, quotes, links. Text
keeps its logical order, whatever its direction."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

LONGEST = 200_000  # characters of HTML that are read
_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "blockquote", "pre"} | {f"h{n}" for n in range(1, 7)}
)
_SILENT = frozenset({"script", "style", "template", "head", "title"})
_VOID = frozenset({"br", "img", "hr", "wbr", "input", "meta", "link"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TRUNCATED = ("…", "...")


def html_to_text(
    html: str,
    *,
    mentions: Mapping[str, str] | None = None,
    drop_class: str | None = None,
) -> str:
    """Plain text of `html`.

    `mentions` maps a profile's address to the handle to show for it (two people may
    display the same @name). `drop_class`: an element of this class is left out.
    """
    reader = _Reader(mentions=mentions or {}, drop_class=drop_class)
    reader.feed(html[:LONGEST])
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Collects text. The stack of open tags remembers which silence their content."""

    def __init__(self, *, mentions: Mapping[str, str], drop_class: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self._mentions = mentions
        self._drop_class = drop_class
        self._open: list[tuple[str, bool]] = []
        self._silent = 0
        self._link: _Link | None = None
        self._lists: list[int | None] = []
        self._out = _Lines()

    def text(self) -> str:
        self._end_link()
        return self._out.text()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._void(tag, given)
            return
        classes = given.get("class", "").split()
        silent = tag in _SILENT or self._drop_class in classes
        self._silent += silent
        self._open.append((tag, silent))
        if not self._silent:
            self._start(tag, given, classes)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, _ in self._open}:
            return
        while self._open:
            name, silent = self._open.pop()
            if not self._silent:
                self._end(name)
            self._silent -= silent
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._link is not None:
            self._link.text += data
        elif any(name == "pre" for name, _ in self._open):
            self._out.keep(data)
        else:
            self._out.add(data)

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self._silent:
            return
        if tag == "br":
            self._out.line()
        elif tag == "hr":
            self._out.block()
        elif tag == "img":
            self.handle_data(given.get("alt", ""))

    def _start(self, tag: str, given: dict[str, str], classes: list[str]) -> None:
        if tag in _BLOCKS:
            self._break()
        if tag == "a":
            self._end_link()
            self._link = _Link(given.get("href", ""), classes, given.get("rel", ""))
        elif tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._out.fresh_line()
            self._out.keep(self._bullet())
        elif tag == "blockquote":
            self._out.quote(1)

    def _end(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._out.quote(-1)
        if tag in _BLOCKS:
            self._break()

    def _break(self) -> None:
        """A list inside a list item goes on below it without a gap."""
        if self._lists:
            self._out.fresh_line()
        else:
            self._out.block()

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            self._out.add(link.shown(self._mentions))

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}. "


class _Link:
    def __init__(self, href: str, classes: list[str], rel: str) -> None:
        self.href = href.strip()
        self.text = ""
        self.is_tag = "hashtag" in classes or "tag" in rel.split()
        self.is_mention = "mention" in classes and not self.is_tag

    def shown(self, mentions: Mapping[str, str]) -> str:
        """A mention as its handle, a link as its address, words with it in brackets."""
        text = _SPACE.sub(" ", self.text).strip(" ")
        if self.href in mentions and (self.is_mention or text.startswith("@")):
            return mentions[self.href]
        if self.is_tag or self.is_mention:
            return text
        if not self.href.startswith(("http://", "https://", "mailto:")):
            return self.text
        if not text or _is_short_for(text, self.href):
            return self.href
        return f"{text} ({self.href})"


class _Lines:
    """Text so far: paragraphs one blank line apart, white space folded."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = ""
        self._gap = False
        self._depth = 0

    def add(self, data: str) -> None:
        data = _SPACE.sub(" ", data)
        if not self._line or self._line.endswith((" ", "\n")):
            data = data.lstrip(" ")
        self._line += data

    def keep(self, data: str) -> None:
        first, *others = data.split("\n")
        self._line += first
        for other in others:
            self.line()
            self._line = other

    def line(self) -> None:
        """Ends the line, an empty one too: two <br> make a blank line."""
        self._push()

    def fresh_line(self) -> None:
        """Ends the line if there is anything on it."""
        if self._line:
            self._push()

    def block(self) -> None:
        """Ends the paragraph."""
        self.fresh_line()
        self._gap = bool(self._parts)

    def quote(self, step: int) -> None:
        self.block()
        self._depth = max(0, self._depth + step)

    def text(self) -> str:
        if self._line:
            self._push()
        text = "\n".join(self._parts).strip("\n ")
        return re.sub(r"\n{3,}", "\n\n", text)

    def _push(self) -> None:
        if self._gap and self._parts:
            self._parts.append("")
        self._gap = False
        self._parts.append("> " * self._depth + self._line.rstrip(" "))
        self._line = ""


def _is_short_for(text: str, href: str) -> bool:
    """Whether `text` is `href` as networks shorten it: no scheme, the end cut off."""
    bare = href.removeprefix("mailto:").partition("://")
    address = bare[2] or bare[0]
    for mark in _TRUNCATED:
        if text.endswith(mark):
            return address.startswith(
                text.removesuffix(mark).partition("://")[2] or text.removesuffix(mark)
            )
    shown = text.partition("://")[2] or text
    return shown.rstrip("/") == address.rstrip("/")
