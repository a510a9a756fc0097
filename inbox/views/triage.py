"""Whose it is, what it is about, and that it is done. One resource, one view."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.models import (
    Agent,
    Category,
    Outcome,
    Priority,
    Role,
    Team,
)
from inbox.services import triage
from inbox.views.access import AgentRequest, allowed
from inbox.views.talk import perform


@allowed(Role.OPERATOR, methods=("POST",))
def assignment(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """To `me`, to `none`, or to an agent of the workspace."""
    to = _assignee(request)
    return perform(
        request,
        conversation_id,
        partial(
            triage.assign, conversation_id, by=request.user, to=to, now=timezone.now()
        ),
        words=_("Now with %(name)s.") % {"name": to.name}
        if to
        else _("Back in the queue."),
    )


@allowed(Role.OPERATOR, methods=("POST",))
def team(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """Passes it to another team, with a reason if one is given."""
    found = get_object_or_404(
        Team, pk=_number(request, "team"), workspace=request.workspace
    )
    return perform(
        request,
        conversation_id,
        partial(
            triage.transfer,
            conversation_id,
            by=request.user,
            team=found,
            reason=request.POST.get("reason", "").strip()[:200],
            now=timezone.now(),
        ),
        words=_("Passed to %(name)s.") % {"name": found.name},
    )


@allowed(Role.OPERATOR, methods=("POST",))
def tags(request: AgentRequest, conversation_id: int) -> HttpResponse:
    name = request.POST.get("name", "")
    return perform(
        request,
        conversation_id,
        partial(
            triage.tag, conversation_id, by=request.user, name=name, now=timezone.now()
        ),
        words=_("Tagged."),
    )


@allowed(Role.OPERATOR, methods=("POST",))
def tag_removal(
    request: AgentRequest, conversation_id: int, tag_id: int
) -> HttpResponse:
    return perform(
        request,
        conversation_id,
        partial(
            triage.untag,
            conversation_id,
            by=request.user,
            tag_id=tag_id,
            now=timezone.now(),
        ),
        words=_("The tag is off."),
    )


@allowed(Role.OPERATOR, methods=("POST",))
def category(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """Sets it; an empty value takes it off."""
    value = request.POST.get("category", "")
    if value and value not in Category.values:
        raise Http404
    chosen = Category(value) if value else None
    return perform(
        request,
        conversation_id,
        partial(
            triage.categorise,
            conversation_id,
            by=request.user,
            category=chosen,
            now=timezone.now(),
        ),
        words=str(chosen.label) if chosen else _("The category is off."),
    )


@allowed(Role.OPERATOR, methods=("POST",))
def priority(request: AgentRequest, conversation_id: int) -> HttpResponse:
    number = _number(request, "priority")
    if number not in Priority.values:
        raise Http404
    chosen = Priority(number)
    return perform(
        request,
        conversation_id,
        partial(
            triage.prioritise,
            conversation_id,
            by=request.user,
            priority=chosen,
            now=timezone.now(),
        ),
        words=_("Priority: %(priority)s.") % {"priority": chosen.label},
    )


@allowed(Role.OPERATOR, methods=("POST",))
def resolution(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """Done. While somebody waits the outcome says why no reply is needed."""
    value = request.POST.get("outcome", "")
    if value and value not in Outcome.values:
        raise Http404
    return perform(
        request,
        conversation_id,
        partial(
            triage.resolve,
            conversation_id,
            by=request.user,
            outcome=Outcome(value) if value else None,
            reason=request.POST.get("reason", "").strip()[:200],
            seen=_number(request, "seen") if "seen" in request.POST else None,
            now=timezone.now(),
        ),
        words=_("Resolved."),
        event="resolved",
    )


@allowed(Role.OPERATOR, methods=("POST",))
def reopening(request: AgentRequest, conversation_id: int) -> HttpResponse:
    return perform(
        request,
        conversation_id,
        partial(triage.reopen, conversation_id, by=request.user, now=timezone.now()),
        words=_("Open again."),
    )


def _assignee(request: AgentRequest) -> Agent | None:
    value = request.POST.get("assignee", "")
    if value == "me":
        return request.user
    if value == "none":
        return None
    people = Agent.objects.filter(memberships__workspace=request.workspace)
    return get_object_or_404(people, pk=_number(request, "assignee"), is_active=True)


def _number(request: AgentRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not value.isdecimal() or len(value) > 18:
        raise Http404
    return int(value)
