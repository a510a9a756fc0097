"""The desk: queues, feed, and the conversation that is open."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

import connectors
from inbox import feed, htmx
from inbox.display import wording
from inbox.display.card import card
from inbox.display.feed_pane import Names, feed_pane
from inbox.display.queue_pane import queue_pane
from inbox.feed import Filter
from inbox.forms import FilterForm
from inbox.models import Channel, Conversation, Role
from inbox.views.access import AgentRequest, allowed

MOST_ROWS = 100
"""So many rows are refreshed in one answer."""


@allowed(Role.OPERATOR)
def show(request: AgentRequest) -> HttpResponse:
    """The feed with nothing open; as parts the feed alone, or its next rows."""
    context = panes(request, now=timezone.now())
    if htmx.wants_part(request, "more"):
        return render(request, "partials/feed_rows.html", context)
    if htmx.wants_part(request, "talk"):
        return render(request, "partials/talk_empty.html", context)
    if htmx.wants_part(request):
        return render(request, "partials/feed.html", {**context, "with_queues": True})
    return render(request, "pages/desk.html", context)


@allowed(Role.OPERATOR)
def rows(request: AgentRequest) -> HttpResponse:
    """The cards `ids` as they are now, and the counts; each replaces the one shown."""
    now, agent = timezone.now(), request.user
    wanted = Filter.parse(request.GET.dict())
    ids = _ids(request.GET.get("ids", ""))
    visible = Conversation.objects.visible_to(agent).filter(pk__in=ids)
    current = _ids(request.GET.get("current", ""))
    shown = [
        card(row, wanted, now=now, current=current[0] if current else None)
        for row in feed.shown(visible, agent)
    ]
    context = {
        "cards": shown,
        "queues": queue_pane(request.membership, now=now, wanted=wanted),
    }
    return render(request, "partials/rows.html", context)


def panes(
    request: AgentRequest, *, now: datetime, current: int | None = None
) -> dict[str, Any]:
    """What the two panes beside a conversation show."""
    wanted = Filter.parse(request.GET.dict())
    names = Names.of(request.user, request.workspace.pk)
    pane = feed_pane(
        wanted,
        request.user,
        names,
        now=now,
        after=request.GET.get("after", ""),
        current=current,
    )
    return {
        "pane": pane,
        "queues": queue_pane(request.membership, now=now, wanted=wanted),
        "filter_form": FilterForm(wanted=wanted, names=names),
        "query": wanted.query(),
        "since": now.isoformat(),
        "first_run": _first_run(request),
        # Asked by the template alone, and only where nobody waits.
        "quiet": partial(_quiet, request, now=now),
    }


def _quiet(request: AgentRequest, *, now: datetime) -> str:
    """When the last answer left, for a feed in which nobody waits."""
    visible = Conversation.objects.visible_to(request.user)
    last = (
        visible.filter(messages__agent__isnull=False)
        .order_by("-last_message_at")
        .values_list("last_message_at", flat=True)
        .first()
    )
    return wording.moment(last, now=now) if last else ""


def _first_run(request: AgentRequest) -> list[dict[str, str]]:
    """The networks one can connect, while none is; else nothing."""
    if Channel.objects.filter(workspace=request.workspace).exists():
        return []
    return kinds()


def kinds() -> list[dict[str, str]]:
    """All networks there is a connector for, by label."""
    found = [
        {"kind": kind, "label": connectors.get(kind).label}
        for kind in connectors.kinds()
    ]
    return sorted(found, key=lambda kind: kind["label"].casefold())


def _ids(text: str) -> list[int]:
    parts = [part for part in text.split(",") if part.isdecimal() and len(part) < 19]
    return [int(part) for part in parts[:MOST_ROWS]]
