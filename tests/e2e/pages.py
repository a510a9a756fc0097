"""Every page one can come to, by name, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.e2e.desk import Desk
from tests.e2e.scene import Scene

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
Address = Callable[[Scene], str]


def _talk(name: str) -> Address:
    return lambda scene: f"/conversations/{scene.talks[name].pk}/"


def _at(path: str) -> Address:
    return lambda _scene: path


INSIDE: dict[str, Address] = {
    "desk": _at("/"),
    "comment": _talk("tomek"),
    "private": _talk("anya"),
    "resolved": _talk("kai"),
    "nothing-found": _at("/?tag=999999"),
    "report": _at("/reports/agents/"),
    "report-rows": _at("/reports/agents/rows/?figure=waiting&who=everybody"),
    "channels": _at("/channels/"),
    "channel": lambda scene: f"/channels/{scene.channel.pk}/",
    "connect": _at("/channels/new/"),
    "connect-form": lambda scene: f"/channels/new/{scene.channel.kind}/",
    "people": _at("/people/"),
    "me": _at("/me/"),
    "not-found": _at("/conversations/999999999/"),
}
"""For an admin, on a full desk."""

OUTSIDE: dict[str, str] = {"log-in": "/log-in/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page at a width and in a theme."""

    name: str
    width: int
    theme: Theme

    def __str__(self) -> str:
        return f"{self.name}-{self.width}-{self.theme}"


HEIGHTS = {1440: 900, 1024: 768, 768: 1024, 390: 844, 320: 640}


def views(desk: Desk, name: str, *widths: int) -> Iterator[View]:
    """The page that is open, at each width in each theme, without loading it anew."""
    for width in widths:
        desk.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for theme in THEMES:
            desk.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            yield View(name=name, width=width, theme=theme)
