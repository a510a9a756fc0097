"""The middle pane: what the feed is called, its chips, its cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import feed, queues
from inbox.display.card import Bands, Card, cards, with_query
from inbox.feed import MINE, NOBODY, Filter, Sort
from inbox.models import Agent, Category, Channel, Form, Priority, Status, Tag, Team

FORM_ICONS = {
    Form.COMMENT: "message-square-text",
    Form.MENTION: "at-sign",
    Form.MESSAGE: "mail",
    Form.REVIEW: "star",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One of the forms in the filter row, or all of them."""

    form: str
    icon: str
    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Removable:
    """A part of the filter in words, and the feed without it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPane:
    title: str
    summary: str
    url: str
    cards: list[Card]
    more: str
    chips: list[Chip]
    removable: list[Removable]
    order: str
    all_url: str
    is_any_form: bool
    is_usual: bool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a filter may name: loaded once for the panes and the filter form."""

    channels: list[Channel]
    teams: list[Team]
    agents: list[Agent]
    tags: list[Tag]

    @classmethod
    def of(cls, agent: Agent, workspace_id: int) -> Names:
        people = Agent.objects.filter(memberships__workspace=workspace_id)
        return cls(
            channels=queues.channels(agent),
            teams=list(Team.objects.filter(workspace=workspace_id).order_by("name")),
            agents=list(people.filter(is_active=True).order_by("name")),
            tags=list(Tag.objects.filter(workspace=workspace_id).order_by("name")),
        )


def feed_pane(
    wanted: Filter,
    agent: Agent,
    names: Names,
    *,
    now: datetime,
    after: str = "",
    current: int | None = None,
) -> FeedPane:
    """The page of the feed that follows `after`, with everything around it."""
    bands = Bands(now=now, counts={})
    bands.counts = queues.bands(wanted, agent, now=now, tomorrow=bands.tomorrow)
    page = feed.page(wanted, agent, now=now, after=after)
    more = with_query(reverse("desk"), wanted)
    total = sum(bands.counts.values())
    return FeedPane(
        title=_title(wanted, names),
        summary=_summary(wanted, total),
        url=with_query(reverse("desk"), wanted),
        cards=cards(
            page.rows,
            wanted,
            now=now,
            bands=bands if wanted.sort is Sort.DUE else None,
            above=_due_of(after),
            current=current,
        ),
        more=_with_after(more, page.after) if page.after else "",
        chips=_chips(wanted, agent, now=now),
        removable=_removable(wanted, names),
        order=order_label(wanted.sort),
        all_url=with_query(reverse("desk"), wanted.but(form="")),
        is_any_form=not wanted.form,
        is_usual=wanted == feed.USUAL,
        total=total,
    )


def _title(wanted: Filter, names: Names) -> str:
    if wanted.assignee == MINE:
        return _("Mine")
    if wanted.assignee == NOBODY:
        return _("Nobody’s yet")
    for row in (*names.channels, *names.teams):
        if row.pk == (wanted.channel if isinstance(row, Channel) else wanted.team):
            return str(row)
    return _("Everyone’s")


def _summary(wanted: Filter, total: int) -> str:
    """`47 waiting`, or how many of another status."""
    if wanted.status != Status.OPEN:
        return ngettext("%(count)d found", "%(count)d found", total) % {"count": total}
    if not total:
        return _("nothing open")
    return ngettext("%(count)d open", "%(count)d open", total) % {"count": total}


def _chips(wanted: Filter, agent: Agent, *, now: datetime) -> list[Chip]:
    tally = queues.forms(wanted, agent, now=now)
    return [
        Chip(
            form=form.value,
            icon=icon,
            label=str(form.label),
            count=tally[form],
            url=with_query(
                reverse("desk"),
                wanted.but(form="" if form == wanted.form else form.value),
            ),
            is_current=form == wanted.form,
        )
        for form, icon in FORM_ICONS.items()
        if tally[form] or form in {Form.COMMENT, Form.MENTION, Form.MESSAGE}
    ]


def _removable(wanted: Filter, names: Names) -> list[Removable]:
    """What is filtered by beyond the queue and the form, in words."""
    parts = {
        "status": _status(wanted),
        "assignee": _named(names.agents, wanted.assignee),
        "category": str(Category(wanted.category).label) if wanted.category else "",
        "tag": f"#{tag}" if (tag := _named(names.tags, wanted.tag)) else "",
        "priority": str(Priority(wanted.priority).label) if wanted.priority else "",
        "overdue": _("late") if wanted.overdue else "",
    }
    if wanted.channel and wanted.team:
        parts["team"] = _named(names.teams, wanted.team)
    usual = feed.USUAL
    return [
        Removable(
            words=words,
            url=with_query(reverse("desk"), wanted.but(**{part: getattr(usual, part)})),
        )
        for part, words in parts.items()
        if words
    ]


def order_label(sort: Sort) -> str:
    names = {
        Sort.DUE: _("Due first"),
        Sort.NEWEST: _("Newest first"),
        Sort.WAITING: _("Longest wait first"),
        Sort.PRIORITY: _("Priority first"),
    }
    return names[sort]


def _status(wanted: Filter) -> str:
    if wanted.status == Status.OPEN:
        return ""
    if wanted.status == feed.ANY_STATUS:
        return _("any status")
    return str(Status(wanted.status).label)


def _named(rows: list[Agent] | list[Tag] | list[Team], key: object) -> str:
    return next((str(row) for row in rows if str(row.pk) == str(key)), "")


def _with_after(address: str, after: str) -> str:
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}{urlencode({'after': after})}"


def _due_of(after: str) -> datetime | None:
    """The due time at which the page before ended."""
    first = after.partition("~")[0]
    try:
        return datetime.fromisoformat(first) if first else None
    except ValueError:
        return None
