"""A promise as a chip: a ring filled by the share used, and words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from inbox.display import wording

AN_HOUR = 3600
RING = 18.85
"""Circumference of the filled circle, in units of the drawing."""


class Tone(StrEnum):
    FINE = "fine"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"
    MET = "met"
    PLAIN = "plain"
    """No promise: only words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What the chip shows; `due` and `since` let the browser count on."""

    tone: Tone
    words: str
    title: str = ""
    share: float = 0.0
    due: datetime | None = None
    since: datetime | None = None

    @property
    def dash(self) -> str:
        return f"{self.share * RING:.1f} {RING}"


def running(*, due: datetime, since: datetime | None, now: datetime) -> Face:
    """Counts down to `due`, or up from it. Soon: half the time is gone, or an hour."""
    left = (due - now).total_seconds()
    share = _share(due=due, since=since, now=now)
    title = _("due %(moment)s") % {"moment": wording.exact(due)}
    words = {"duration": wording.duration(left)}
    if left <= 0:
        return Face(
            tone=Tone.LATE,
            words=_("%(duration)s late") % words,
            title=title,
            share=1,
            due=due,
            since=since,
        )
    return Face(
        tone=Tone.SOON if share >= 0.5 or left < AN_HOUR else Tone.FINE,
        words=_("%(duration)s left") % words,
        title=title,
        share=share,
        due=due,
        since=since,
    )


def met(*, seconds: float, title: str = "") -> Face:
    """Kept: how long it took."""
    words = _("in %(duration)s") % {"duration": wording.duration(seconds)}
    return Face(tone=Tone.MET, words=words, title=title)


def missed(*, seconds: float, title: str = "") -> Face:
    """Answered, but late by so much."""
    words = _("%(duration)s late") % {"duration": wording.duration(seconds)}
    return Face(tone=Tone.LATE, words=words, title=title)


def paused(words: str) -> Face:
    return Face(tone=Tone.PAUSED, words=words)


def plain(words: str, *, title: str = "") -> Face:
    return Face(tone=Tone.PLAIN, words=words, title=title)


def _share(*, due: datetime, since: datetime | None, now: datetime) -> float:
    if since is None or since >= due:
        return 0.0
    used = (now - since).total_seconds() / (due - since).total_seconds()
    return min(max(used, 0.0), 1.0)
