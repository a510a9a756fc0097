"""One conversation as a page, and as the parts of it that change after an act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

import connectors
from inbox import feed, htmx
from inbox.display import beside, card, head, speech, thread, wording
from inbox.display.composer import Composer, composer
from inbox.display.feed_pane import Names
from inbox.display.queue_pane import queue_pane
from inbox.feed import Filter
from inbox.models import Category, Conversation, Outcome, Priority
from inbox.services import triage
from inbox.services.notes import NoteFault
from inbox.services.triage import TriageFault
from inbox.views.access import AgentRequest


@dataclass(kw_only=True)
class Talk:
    """All that the conversation pane shows, each part asked for when it is laid out."""

    request: AgentRequest
    conversation: Conversation
    wanted: Filter
    now: datetime
    before: int | None = None

    @cached_property
    def names(self) -> Names:
        return Names.of(self.request.user, self.conversation.workspace_id)

    @cached_property
    def card(self) -> card.Card:
        return card.card(
            self.conversation, self.wanted, now=self.now, current=self.conversation.pk
        )

    @cached_property
    def facts(self) -> list[head.Fact]:
        return head.facts(self.conversation, now=self.now)

    @cached_property
    def thread(self) -> thread.Shown:
        return thread.thread(self.conversation, now=self.now, before=self.before)

    @cached_property
    def composer(self) -> Composer:
        return composer(
            self.conversation, self.request.user, seen=self.thread.last, now=self.now
        )

    @cached_property
    def beside(self) -> beside.Beside:
        return beside.beside(
            self.conversation, self.request.user, self.wanted, now=self.now
        )

    @cached_property
    def needs_outcome(self) -> bool:
        return triage.needs_outcome(self.conversation)

    @property
    def suffix(self) -> str:
        """The feed's filter, so that every act comes back to the same feed."""
        query = self.wanted.query()
        return f"?{query}" if query else ""

    @property
    def here(self) -> str:
        return card.conversation_url(self.conversation.pk, self.wanted)

    @property
    def feed_url(self) -> str:
        return card.with_query(reverse("desk"), self.wanted)

    @property
    def network_label(self) -> str:
        return connectors.get(self.conversation.channel.kind).label

    @property
    def post_detail(self) -> str:
        """Our account, under whose post the thread hangs, and since when we know it."""
        account, post = str(self.conversation.channel), self.conversation.post
        if post is None:
            return account
        return f"{account} · {wording.moment(post.first_seen_at, now=self.now)}"

    @property
    def root_detail(self) -> str:
        author = self.conversation.thread.root_author
        if not author:
            return _("where the thread begins")
        return _("where the thread begins, by %(name)s") % {"name": author}

    @property
    def root_is_other(self) -> bool:
        """The thread begins with words that are not the customer's own."""
        root = self.conversation.thread
        first = self.thread.items[1] if len(self.thread.items) > 1 else None
        is_shown = isinstance(first, speech.Speech) and first.text == root.root_text
        return bool(root.root_text) and not is_shown

    @property
    def opened(self) -> str:
        return wording.exact(self.conversation.opened_at)

    @cached_property
    def team(self) -> str:
        return str(self.conversation.team)

    def after_act(self) -> dict[str, Any]:
        """The context with the queues, whose counts the act may have moved."""
        queues = queue_pane(self.request.membership, now=self.now, wanted=self.wanted)
        return {**self.context(), "queues": queues}

    def context(self) -> dict[str, Any]:
        return {
            "talk": self,
            "conversation": self.conversation,
            "query": self.wanted.query(),
            "categories": Category.choices,
            "priorities": Priority.choices,
            "outcomes": Outcome.choices,
        }


def load(request: AgentRequest, conversation_id: int) -> Talk:
    """The conversation, if this agent may see it; else it does not exist."""
    agent = request.user
    visible = Conversation.objects.visible_to(agent)
    conversation = get_object_or_404(feed.shown(visible, agent), pk=conversation_id)
    return Talk(
        request=request,
        conversation=conversation,
        wanted=Filter.parse(request.GET.dict()),
        now=timezone.now(),
        before=_before(request),
    )


def perform(
    request: AgentRequest,
    conversation_id: int,
    verb: Callable[[], object],
    *,
    words: str,
    parts: str = "partials/talk_live.html",
    event: str = "",
) -> HttpResponse:
    """Does it, then shows the conversation as it is: its parts, or its page."""
    try:
        verb()
    except Conversation.DoesNotExist as fault:
        raise Http404 from fault
    except (TriageFault, NoteFault) as fault:
        return refused(request, conversation_id, str(fault))
    if not htmx.wants_part(request):
        messages.success(request, words)
        return back(request, conversation_id)
    response = render(request, parts, load(request, conversation_id).after_act())
    if event:
        htmx.trigger(response, event, {"id": conversation_id})
    return htmx.toast(response, words)


def refused(request: AgentRequest, conversation_id: int, words: str) -> HttpResponse:
    """It cannot be done: why, beside the conversation as it is."""
    if not htmx.wants_part(request):
        messages.error(request, words)
        return back(request, conversation_id)
    talk = load(request, conversation_id)
    response = render(request, "partials/talk_live.html", talk.context(), status=422)
    return htmx.toast(response, words, tone="failure")


def with_fault(talk: Talk, words: str, text: str, visibility: str) -> None:
    """The composer keeps what was written, and says why it was refused."""
    talk.composer = replace(talk.composer, fault=words, text=text, chosen=visibility)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came in while the agent wrote, and who was faster."""

    words: str
    speeches: list[speech.Speech]


def moved(talk: Talk, seen: int) -> Moved:
    """What this conversation holds that the agent had not seen."""
    spoken = [item for item in talk.thread.items if isinstance(item, speech.Speech)]
    new = [
        replace(item, is_next=False)  # it stands by itself here, so it says who
        for item in spoken
        if item.id > seen and not item.is_stranger and item.voice != "note"
    ]
    words = _("Not sent. The conversation moved on.")
    if new:
        last = new[-1]
        sentence = _("Not sent. %(name)s wrote %(ago)s.")
        if last.voice != "in":
            sentence = _("Not sent. %(name)s answered %(ago)s.")
        words = sentence % {
            "name": last.by or last.speaker,
            "ago": wording.ago(last.at, now=talk.now),
        }
    return Moved(words=words, speeches=new)


def back(request: AgentRequest, conversation_id: int) -> HttpResponse:
    """To the conversation's page, with the feed as it was filtered."""
    wanted = Filter.parse(request.GET.dict())
    response = HttpResponseRedirect(card.conversation_url(conversation_id, wanted))
    response.status_code = 303
    return response


def _before(request: AgentRequest) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None
