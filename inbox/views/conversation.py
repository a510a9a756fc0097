"""A conversation: opening it, and what changed in it since."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from inbox import htmx
from inbox.models import Role
from inbox.services import reading
from inbox.views import desk, talk
from inbox.views.access import AgentRequest, allowed


@allowed(Role.OPERATOR)
def show(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """The conversation beside its feed; to a script the conversation alone."""
    opened = talk.load(request, conversation_id)
    reading.mark_read(opened.conversation, by=request.user, now=opened.now)
    context = opened.context()
    if htmx.wants_part(request, "earlier"):
        return render(request, "partials/thread_items.html", context)
    if htmx.wants_part(request):
        return render(request, "partials/talk.html", context)
    beside = desk.panes(request, now=opened.now, current=conversation_id)
    return render(request, "pages/desk.html", {**beside, **context})


@allowed(Role.OPERATOR)
def live(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """The parts that may have changed; the composer is not among them."""
    opened = talk.load(request, conversation_id)
    reading.mark_read(opened.conversation, by=request.user, now=opened.now)
    return render(request, "partials/talk_live.html", opened.context())
