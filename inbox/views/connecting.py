"""Connecting an account: which network, what it needs, a test, from when."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import connectors
from inbox import htmx
from inbox.display.guide import guide
from inbox.display.queue_pane import queue_pane
from inbox.forms import BeginForm, ConnectForm
from inbox.models import Channel, ConnectionTest, Role
from inbox.services import channels
from inbox.services.channels import ChannelFault
from inbox.views import desk
from inbox.views.access import AgentRequest, allowed


@allowed(Role.ADMIN)
def kinds(request: AgentRequest) -> HttpResponse:
    context = {
        "kinds": desk.kinds(),
        "queues": queue_pane(request.membership, now=timezone.now(), page="channels"),
    }
    return render(request, "pages/channel_kinds.html", context)


@allowed(Role.ADMIN, methods=("GET", "POST"))
def new(request: AgentRequest, kind: str) -> HttpResponse:
    """The form that the connector describes; sending it starts a test."""
    if kind not in connectors.kinds():
        raise Http404
    return _form(request, kind, None)


@allowed(Role.ADMIN, methods=("GET", "POST"))
def again(request: AgentRequest, channel_id: int) -> HttpResponse:
    """New credentials for an account that is connected."""
    visible = Channel.objects.visible_to_agent(request.user.pk).distinct()
    channel = get_object_or_404(visible, pk=channel_id, workspace=request.workspace)
    return _form(request, channel.kind, channel)


@allowed(Role.ADMIN)
def progress(request: AgentRequest, test_id: uuid.UUID) -> HttpResponse:
    """How the test goes; once it went well, from when to read. A script asks again."""
    test = _test(request, test_id)
    context = _progress(request, test)
    if htmx.wants_part(request):
        return render(request, "partials/test_progress.html", context)
    return render(request, "pages/connection_test.html", context)


@allowed(Role.ADMIN, methods=("POST",))
def begin(request: AgentRequest, test_id: uuid.UUID) -> HttpResponse:
    """Makes the tested account a channel, or gives a known one its new credentials."""
    test, now = _test(request, test_id), timezone.now()
    form = BeginForm(request.POST, workspace=request.workspace, now=now)
    if test.channel is None and not form.is_valid():
        context = {**_progress(request, test), "begin_form": form}
        return render(request, "pages/connection_test.html", context, status=422)
    try:
        channel = _begin(request, test, form)
    except ChannelFault as fault:
        context = {**_progress(request, test), "fault": str(fault)}
        return render(request, "pages/connection_test.html", context, status=422)
    messages.success(request, _("%(name)s is connected.") % {"name": channel})
    return redirect("channel", channel.pk)


def _form(request: AgentRequest, kind: str, channel: Channel | None) -> HttpResponse:
    form = ConnectForm(request.POST or None, kind=kind, channel=channel)
    if request.method == "POST" and form.is_valid():
        test = channels.start_test(
            workspace=request.workspace,
            by=request.user,
            kind=kind,
            settings=form.values(),
            channel=channel,
        )
        return redirect("connection_test", test.pk)
    context = {
        "form": form,
        "kind": kind,
        "label": connectors.get(kind).label,
        "channel": channel,
        "guide": guide(connectors.setup_page(kind, language=get_language() or "en")),
        "queues": queue_pane(request.membership, now=timezone.now(), page="channels"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/channel_new.html", context, status=status)


def _begin(request: AgentRequest, test: ConnectionTest, form: BeginForm) -> Channel:
    now = timezone.now()
    if test.channel is not None:
        channels.reconnect(test.channel, test, by=request.user, now=now)
        return test.channel
    return channels.connect(
        test,
        by=request.user,
        team=form.cleaned_data["team"],
        read_from=form.read_from(),
        now=now,
    )


def _progress(request: AgentRequest, test: ConnectionTest) -> dict[str, object]:
    now = timezone.now()
    return {
        "test": test,
        "label": connectors.get(test.kind).label,
        "begin_form": BeginForm(workspace=request.workspace, now=now),
        "is_slow": not test.finished_at and (now - test.created_at).seconds > 20,
        "queues": queue_pane(request.membership, now=now, page="channels"),
    }


def _test(request: AgentRequest, test_id: uuid.UUID) -> ConnectionTest:
    tests = ConnectionTest.objects.select_related("channel", "asked_by")
    return get_object_or_404(tests, pk=test_id, workspace=request.workspace)
