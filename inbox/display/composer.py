"""The composer: how one may answer here, to whom it goes, and what stands in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from connectors import LengthRule
from inbox.display.card import name_of
from inbox.models import Agent, Conversation, Draft, Message, Visibility
from inbox.services import reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way to answer: `public`, `private` or `internal`."""

    value: str
    icon: str
    label: str
    send: str
    key: str
    readers: str
    """Who will be able to read it."""
    rule: LengthRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """`seen` and `key` go back with the reply: the stale guard and the once-guard."""

    modes: list[Mode]
    chosen: str
    text: str
    seen: int
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    account: str
    kind: str
    closed: str = ""
    """Why nothing can be sent; a note still can be written."""
    fault: str = ""
    """Why the last try was refused."""


def composer(
    conversation: Conversation, agent: Agent, *, seen: int, now: datetime
) -> Composer:
    """As the agent left it: with the draft, in the mode it was written in."""
    target = reply.target_of(conversation)
    modes = _modes(conversation, target, now=now)
    draft = Draft.objects.filter(agent=agent, conversation=conversation).first()
    chosen = draft.visibility if draft else modes[0].value
    if chosen not in {mode.value for mode in modes}:
        chosen = modes[0].value
    is_shut = len(modes) == 1
    return Composer(
        modes=modes,
        chosen=chosen,
        text=draft.text if draft else "",
        seen=seen,
        account=str(conversation.channel),
        kind=conversation.channel.kind,
        closed=_closed(conversation, target, now=now) if is_shut else "",
    )


def _modes(
    conversation: Conversation, target: Message | None, *, now: datetime
) -> list[Mode]:
    first = name_of(conversation).split()[0]
    modes = []
    if _open(conversation, target, Visibility.PUBLIC, now=now):
        modes.append(_public(conversation, now=now))
    if _open(conversation, target, Visibility.PRIVATE, now=now):
        modes.append(_private(conversation, first, now=now))
    if modes:
        modes[0] = replace(modes[0], key="r")
    return [*modes, _note()]


def _note() -> Mode:
    return Mode(
        value=Visibility.INTERNAL.value,
        icon="notebook-pen",
        label=_("Note"),
        send=_("Add the note"),
        key="n",
        readers=_("only your team sees it"),
    )


def _open(
    conversation: Conversation,
    target: Message | None,
    visibility: Visibility,
    *,
    now: datetime,
) -> bool:
    if target is None:
        return False
    if visibility == Visibility.PUBLIC and target.visibility == Visibility.PRIVATE:
        return False
    return not reply.why_closed(conversation.channel, target, visibility, now=now)


def _public(conversation: Conversation, *, now: datetime) -> Mode:
    readers = _("anyone can read it")
    if conversation.post_id:
        readers = _("anyone under this post can read it")
    return Mode(
        value=Visibility.PUBLIC.value,
        icon="globe",
        label=_("Public reply"),
        send=_("Reply publicly"),
        key="r",
        readers=readers,
        rule=_rule(conversation, Visibility.PUBLIC, now=now),
    )


def _private(conversation: Conversation, first: str, *, now: datetime) -> Mode:
    return Mode(
        value=Visibility.PRIVATE.value,
        icon="lock",
        label=_("Private"),
        send=_("Send privately"),
        key="R",
        readers=_("only %(name)s reads it") % {"name": first},
        rule=_rule(conversation, Visibility.PRIVATE, now=now),
    )


def _rule(
    conversation: Conversation, visibility: Visibility, *, now: datetime
) -> LengthRule:
    return reply.length_rule(conversation.channel, visibility, now=now)


def _closed(
    conversation: Conversation, target: Message | None, *, now: datetime
) -> str:
    visibility = Visibility.PUBLIC
    if target is not None:
        visibility = Visibility(target.visibility)
    return reply.why_closed(conversation.channel, target, visibility, now=now)
