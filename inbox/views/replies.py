"""What is said: replies, notes, drafts, and what became of a reply."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import htmx
from inbox.forms import DraftForm, NoteForm, ReplyForm
from inbox.models import Conversation, Message, Role, Visibility
from inbox.services import drafts, notes, reply
from inbox.services.reply import MovedOn, ReplyFault
from inbox.views import desk, talk
from inbox.views.access import AgentRequest, allowed


@allowed(Role.OPERATOR, methods=("POST",))
def replies(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """Sends; if the conversation moved on, shows what is new and keeps the draft."""
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _not_sent(request, conversation_id, form.first_fault(), status=422)
    try:
        reply.submit(
            conversation_id, by=request.user, now=timezone.now(), **form.cleaned_data
        )
    except Conversation.DoesNotExist as fault:
        raise Http404 from fault
    except MovedOn as fault:
        return _not_sent(request, conversation_id, str(fault), status=409)
    except ReplyFault as fault:
        return _not_sent(request, conversation_id, str(fault), status=422)
    return _said(request, conversation_id, _("The reply is on its way."))


@allowed(Role.OPERATOR, methods=("POST",))
def note(request: AgentRequest, conversation_id: int) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _not_sent(request, conversation_id, form.first_fault(), status=422)
    return talk.perform(
        request,
        conversation_id,
        lambda: notes.add(
            conversation_id,
            by=request.user,
            text=form.cleaned_data["text"],
            now=timezone.now(),
        ),
        words=_("The note is there."),
        parts="partials/talk_said.html",
    )


@allowed(Role.OPERATOR, methods=("POST",))
def draft(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """Keeps what is being written; an empty text forgets it."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    kept = form.cleaned_data
    key = kept.pop("key")
    if key and Message.objects.filter(key=key, agent=request.user).exists():
        return HttpResponse(status=204)  # it was sent before this came: not a draft now
    try:
        drafts.save(conversation_id, by=request.user, **kept)
    except Conversation.DoesNotExist as fault:
        raise Http404 from fault
    if not htmx.wants_part(request):
        return talk.back(request, conversation_id)
    if request.htmx.trigger == "draft-drop":
        context = talk.load(request, conversation_id).context()
        return render(request, "partials/talk_said.html", context)
    return htmx.trigger(HttpResponse(status=204), "draft-kept", {"id": conversation_id})


@allowed(Role.OPERATOR, methods=("POST",))
def arrival(request: AgentRequest, message_id: int) -> HttpResponse:
    """A person looked on the network: the reply is there."""
    conversation_id = _conversation_of(request, message_id)
    return talk.perform(
        request,
        conversation_id,
        lambda: reply.confirm_arrived(message_id, by=request.user, now=timezone.now()),
        words=_("Noted: it arrived."),
    )


@allowed(Role.OPERATOR, methods=("POST",))
def retry(request: AgentRequest, message_id: int) -> HttpResponse:
    """A person decided that it goes out again."""
    conversation_id = _conversation_of(request, message_id)
    return talk.perform(
        request,
        conversation_id,
        lambda: reply.send_again(message_id, by=request.user, now=timezone.now()),
        words=_("The reply is on its way again."),
    )


def _said(request: AgentRequest, conversation_id: int, words: str) -> HttpResponse:
    if not htmx.wants_part(request):
        messages.success(request, words)
        return talk.back(request, conversation_id)
    opened = talk.load(request, conversation_id)
    response = render(request, "partials/talk_said.html", opened.after_act())
    return htmx.toast(htmx.trigger(response, "said", {"id": conversation_id}), words)


def _not_sent(
    request: AgentRequest, conversation_id: int, words: str, *, status: int
) -> HttpResponse:
    """The thread as it is now, the draft as it was written, and the ways out."""
    text = request.POST.get("text", "")
    visibility = request.POST.get("visibility", Visibility.PUBLIC)
    opened = talk.load(request, conversation_id)
    if visibility in Visibility.values:
        drafts.save(
            conversation_id,
            by=request.user,
            text=text,
            visibility=Visibility(visibility),
        )
    talk.with_fault(opened, words, text, visibility)
    context = opened.context()
    if status == 409:
        context["moved"] = talk.moved(opened, _seen(request))
    if htmx.wants_part(request):
        return render(request, "partials/talk_said.html", context, status=status)
    beside = desk.panes(request, now=opened.now, current=conversation_id)
    return render(request, "pages/desk.html", {**beside, **context}, status=status)


def _seen(request: AgentRequest) -> int:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 19 else 0


def _conversation_of(request: AgentRequest, message_id: int) -> int:
    """Of a reply the agent may see; anything else does not exist."""
    visible = Conversation.objects.visible_to(request.user)
    found = Message.objects.filter(pk=message_id, conversation__in=visible)
    conversation_id = found.values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        raise Http404
    return conversation_id
