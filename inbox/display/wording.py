"""Durations, moments and counts in words of the active language and time zone."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

import connectors

MINUTE, HOUR, DAY = 60, 3600, 86400
NBSP = "\N{NO-BREAK SPACE}"


def duration(seconds: float) -> str:
    """`40 s`, `18 min`, `1 h 42 min`, `5 h`, `2 days`: the two largest units that say
    something. Whole minutes are cut, never rounded up."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return _unit(_("%(count)d s"), whole)
    if whole < HOUR:
        return _unit(_("%(count)d min"), whole // MINUTE)
    if whole < 2 * DAY:
        return _hours(whole)
    days = whole // DAY
    return _unit(ngettext("%(count)d day", "%(count)d days", days), days)


def _hours(seconds: int) -> str:
    hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
    words = _unit(_("%(count)d h"), hours)
    if minutes and hours < 10:
        words += " " + _unit(_("%(count)d min"), minutes)
    return words


def _unit(template: str, count: int) -> str:
    return (template % {"count": count}).replace(" ", NBSP)


def ago(at: datetime, *, now: datetime) -> str:
    """`40 s ago`."""
    return _("%(duration)s ago") % {"duration": duration((now - at).total_seconds())}


def reach(followers: int | None) -> str:
    """`310`, `8.2k`, `1.4M`; what a network does not give is said."""
    if followers is None:
        return _("reach not given")
    if followers < 1000:
        return str(followers)
    if followers < 1_000_000:
        return _("%(count)sk") % {"count": _short(followers / 1000)}
    return _("%(count)sM") % {"count": _short(followers / 1_000_000)}


def _short(value: float) -> str:
    """One decimal below ten, and none where it would be a zero."""
    tenths = round(value * 10) if value < 9.95 else round(value) * 10
    return number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0)


def followers(count: int | None) -> str:
    """The exact reach with its word; stands beside the label "Reach"."""
    if count is None:
        return _("not given")
    words = ngettext("%(count)s follower", "%(count)s followers", count)
    return words % {"count": number_format(count, force_grouping=True)}


def moment(at: datetime, *, now: datetime) -> str:
    """`18:02` today, `9 Nov` before, `9 Nov 2025` in another year."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    if local.date() == today.date():
        return date_format(local, "H:i")
    if local.year == today.year:
        return date_format(local, pgettext("date", "j M"))
    return date_format(local, pgettext("date", "j M Y"))


def exact(at: datetime) -> str:
    """`9 November 2026, 18:02`, in the reader's zone."""
    return date_format(timezone.localtime(at), "j E Y, H:i")


def clock_time(at: datetime) -> str:
    """`18:02`."""
    return date_format(timezone.localtime(at), "H:i")


def day(at: date, *, today: date) -> str:
    """`Today`, `Yesterday`, `9 November`, with the year where it is another one."""
    days = (today - at).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    return date_format(at, "j E" if at.year == today.year else "j E Y")


def fault(stored: str) -> str:
    """What went wrong, stored by a worker in English, in the reader's language."""
    told = connectors.retell(stored, language=get_language() or "en")
    return _(stored) if stored and told == stored else told


def initials(name: str) -> str:
    """One or two letters for an avatar; of a handle its first."""
    words = [word.lstrip("@#(«„\"'") for word in name.split()]
    letters = [word[0] for word in words if word]
    if not letters:
        return "?"
    chosen = letters[:1] if len(letters) == 1 else [letters[0], letters[-1]]
    return "".join(chosen).upper()
