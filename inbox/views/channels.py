"""Connected accounts: how they are, testing, pausing, giving up."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.display import channel as shown
from inbox.display.queue_pane import queue_pane
from inbox.forms import TeamsForm
from inbox.models import Channel, Role
from inbox.services import channels
from inbox.views.access import AgentRequest, allowed


@allowed(Role.LEAD)
def index(request: AgentRequest) -> HttpResponse:
    """Every channel the reader sees, its streams, and what could not be read."""
    now = timezone.now()
    context = {
        "channels": shown.sheets(request.user, now=now),
        "queues": queue_pane(request.membership, now=now, page="channels"),
    }
    return render(request, "pages/channels.html", context)


@allowed(Role.ADMIN)
def show(request: AgentRequest, channel_id: int) -> HttpResponse:
    now, channel = timezone.now(), _channel(request, channel_id)
    teams = TeamsForm(
        workspace=request.workspace, initial={"teams": channel.teams.all()}
    )
    context = {
        "channel": channel,
        "sheet": shown.sheet(channel, now=now),
        "teams_form": teams,
        "forgets": shown.forgets(channels.forgets_after(channel)),
        "history": shown.history(channel),
        "queues": queue_pane(request.membership, now=now, page="channels"),
    }
    return render(request, "pages/channel.html", context)


@allowed(Role.ADMIN, methods=("POST",))
def test(request: AgentRequest, channel_id: int) -> HttpResponse:
    """A worker tries the settings the channel has; the next page asks how it goes."""
    started = channels.retest(_channel(request, channel_id), by=request.user)
    return redirect("connection_test", started.pk)


@allowed(Role.ADMIN, methods=("POST",))
def sending(request: AgentRequest, channel_id: int) -> HttpResponse:
    """`on` or `off`: whether replies go out."""
    verbs = {"on": channels.resume_sending, "off": channels.pause_sending}
    words = {"on": _("Replies go out again."), "off": _("Sending is paused.")}
    return _switch(request, channel_id, verbs, words)


@allowed(Role.ADMIN, methods=("POST",))
def reading(request: AgentRequest, channel_id: int) -> HttpResponse:
    """`on` or `off`: whether anything is fetched."""
    verbs = {"on": channels.start_reading, "off": channels.stop_reading}
    words = {"on": _("It is read again."), "off": _("Reading has stopped.")}
    return _switch(request, channel_id, verbs, words)


@allowed(Role.ADMIN, methods=("POST",))
def teams(request: AgentRequest, channel_id: int) -> HttpResponse:
    """Who sees it; no team means everybody."""
    channel = _channel(request, channel_id)
    form = TeamsForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        raise Http404
    chosen = form.cleaned_data["teams"]
    channels.set_teams(channel, by=request.user, teams=chosen, now=timezone.now())
    messages.success(request, _("Kept."))
    return redirect("channel", channel.pk)


def _switch(
    request: AgentRequest,
    channel_id: int,
    verbs: dict[str, Callable[..., None]],
    words: dict[str, str],
) -> HttpResponse:
    channel, to = _channel(request, channel_id), request.POST.get("to", "")
    if to not in verbs:
        raise Http404
    verbs[to](channel, by=request.user, now=timezone.now())
    messages.success(request, words[to])
    return redirect("channel", channel.pk)


def _channel(request: AgentRequest, channel_id: int) -> Channel:
    visible = Channel.objects.visible_to_agent(request.user.pk).distinct()
    return get_object_or_404(visible, pk=channel_id, workspace=request.workspace)
