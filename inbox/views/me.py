"""How the program speaks to me: language, time zone, light."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from inbox.display.queue_pane import queue_pane
from inbox.forms import ProfileForm
from inbox.models import Role
from inbox.services import people
from inbox.views.access import AgentRequest, allowed


@allowed(Role.OPERATOR, methods=("GET", "POST"))
def show(request: AgentRequest) -> HttpResponse:
    agent = request.user
    usual = {
        "language": agent.language,
        "time_zone": agent.time_zone,
        "theme": agent.theme,
    }
    form = ProfileForm(request.POST or None, initial=usual)
    if request.method == "POST" and form.is_valid():
        people.set_profile(agent=agent, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Kept."))
        return redirect("me")
    context = {
        "form": form,
        "queues": queue_pane(request.membership, now=timezone.now(), page="me"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/me.html", context, status=status)
