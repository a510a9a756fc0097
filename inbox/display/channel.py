"""A connected account as a sheet: who it is, what it may do, how each stream is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

import connectors
from connectors import Capability
from inbox.display import wording
from inbox.display.queue_pane import trouble
from inbox.models import Agent, Channel, Event, Happening, Quarantine, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLine:
    label: str
    state: str
    """`ok`, `warn`, `bad` or `off`."""
    icon: str
    words: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    id: int
    name: str
    account: str
    kind: str
    label: str
    trouble: str
    can: list[str]
    streams: list[StreamLine]
    unread: str
    """How many items nobody could read; empty when there are none."""


def sheets(agent: Agent, *, now: datetime) -> list[Sheet]:
    """Every channel that the agent sees, by name."""
    found = Channel.objects.visible_to_agent(agent.pk).distinct()
    rows = sorted(
        found.prefetch_related("streams"), key=lambda row: str(row).casefold()
    )
    return [sheet(row, now=now) for row in rows]


def sheet(channel: Channel, *, now: datetime) -> Sheet:
    connector = connectors.get(channel.kind)
    count = Quarantine.objects.filter(channel=channel, replayed_at=None).count()
    return Sheet(
        id=channel.pk,
        name=channel.name,
        account=channel.handle or channel.external_id,
        kind=channel.kind,
        label=connector.label,
        trouble=trouble(channel),
        can=_abilities(channel, connector.capabilities.can),
        streams=[
            _stream(row, channel, now=now)
            for row in sorted(channel.streams.all(), key=lambda row: row.name)
        ],
        unread=_unread(count),
    )


def forgets(seconds: int | None) -> str:
    """What stopping to read costs."""
    if seconds is None:
        return _("The network keeps what is written; it is read when you start again.")
    words = _(
        "The network forgets after %(duration)s: what nobody read by then is lost."
    )
    return words % {"duration": wording.duration(seconds)}


def history(channel: Channel) -> list[tuple[str, str]]:
    """Who did what to it, newest first: moment and words."""
    found = Event.objects.filter(channel=channel, conversation=None)
    rows = found.filter(what=Happening.CHANNEL).select_related("agent")
    return [
        (wording.exact(row.at), _happened(row)) for row in rows.order_by("-at")[:20]
    ]


def _happened(event: Event) -> str:
    who = event.agent.name if event.agent else _("the program")
    words = {
        "connected": _("%(who)s connected it"),
        "reconnected": _("%(who)s connected it again"),
        "paused": _("%(who)s paused sending"),
        "resumed": _("%(who)s let replies go out again"),
        "stopped": _("%(who)s stopped reading"),
        "started": _("%(who)s started reading"),
        "teams": _("%(who)s changed who sees it"),
        "access_lost": _("the network took the access away"),
    }
    what = str(event.data.get("what", ""))
    return words.get(what, what) % {"who": who}


def _abilities(channel: Channel, able: frozenset[Capability]) -> list[str]:
    words = {
        Capability.REPLY: _("reply"),
        Capability.PRIVATE_REPLY: _("private reply"),
        Capability.MESSAGE: _("message"),
        Capability.HIDE: _("hide"),
        Capability.DELETE: _("delete"),
        Capability.LIKE: _("like"),
        Capability.BLOCK: _("block"),
        Capability.MEDIA: _("media"),
    }
    return [
        word
        for capability, word in words.items()
        if capability in able and capability.value not in channel.trouble
    ]


def _stream(row: Stream, channel: Channel, *, now: datetime) -> StreamLine:
    state, icon, words = _state(row, channel, now=now)
    when = _("not read yet")
    if row.last_success_at:
        when = wording.ago(row.last_success_at, now=now)
    if state == "ok" and row.due_at > now:
        due = wording.duration((row.due_at - now).total_seconds())
        when = f"{when} · {pgettext('next', 'in %(duration)s') % {'duration': due}}"
    return StreamLine(
        label=_label(row.name), state=state, icon=icon, words=words, when=when
    )


def _state(row: Stream, channel: Channel, *, now: datetime) -> tuple[str, str, str]:
    if channel.reading_stopped_at:
        return "off", "circle-dashed", _("not read: an admin stopped it")
    if channel.unauthorized_at:
        since = wording.moment(channel.unauthorized_at, now=now)
        return "bad", "circle-x", _("access lost at %(time)s") % {"time": since}
    if row.failures:
        return (
            "warn",
            "triangle-alert",
            wording.fault(row.error_words) or row.error_code,
        )
    if row.last_success_at is None:
        return "off", "circle-dashed", ""
    return "ok", "check", ""


def _label(name: str) -> str:
    words = {
        "mentions": _("Mentions"),
        "comments": _("Comments"),
        "messages": _("Messages"),
        "conversations": _("Messages"),
        "own": _("Our own words"),
        "recheck": _("Edits and deletions"),
    }
    if name in words:
        return words[name]
    language = get_language() or "en"
    return connectors.translate(name, language=language).replace("_", " ")


def _unread(count: int) -> str:
    if not count:
        return ""
    words = ngettext(
        "%(count)d item we could not read", "%(count)d items we could not read", count
    )
    return words % {"count": count}
