"""A line of history as a sentence: who, what, when. Nouns and present tense, so that
no verb guesses anyone's gender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from inbox.display import wording
from inbox.models import Category, Event, Happening, Outcome, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event as the thread shows it."""

    icon: str
    sentence: SafeString
    at: datetime
    time: str
    title: str

    def says_the_same(self, other: Line) -> bool:
        return (self.sentence, self.title) == (other.sentence, other.title)


def line(event: Event) -> Line | None:
    """None for what the thread itself already says."""
    teller = TELLERS.get(Happening(event.what))
    if teller is None:
        return None
    icon, tell = teller
    return Line(
        icon=icon,
        sentence=tell(_who(event), event.data),
        at=event.at,
        time=wording.clock_time(event.at),
        title=wording.exact(event.at),
    )


def _who(event: Event) -> str:
    return event.agent.name if event.agent else _("the program")


Data = dict[str, Any]
Teller = Callable[[str, Data], SafeString]


def _bold(value: object) -> SafeString:
    return format_html("<b>{}</b>", value)


def _assigned(who: str, data: Data) -> SafeString:
    if not data.get("name"):
        return format_html(_("{who} gave it back to the queue"), who=who)
    if data["name"] == who:
        return format_html(_("{who} took it"), who=who)
    return format_html(_("{who} gave it to {name}"), who=who, name=_bold(data["name"]))


def _transferred(who: str, data: Data) -> SafeString:
    name = _bold(data.get("name", ""))
    if data.get("reason"):
        sentence = _("{who} passed it to {name}: {reason}")
        return format_html(sentence, who=who, name=name, reason=data["reason"])
    return format_html(_("{who} passed it to {name}"), who=who, name=name)


def _tagged(who: str, data: Data) -> SafeString:
    tag = _bold(f"#{data.get('name', '')}")
    return format_html(_("{who} tagged it {tag}"), who=who, tag=tag)


def _untagged(who: str, data: Data) -> SafeString:
    tag = _bold(f"#{data.get('name', '')}")
    return format_html(_("{who} took the tag {tag} off"), who=who, tag=tag)


def _categorised(who: str, data: Data) -> SafeString:
    value = data.get("category")
    if value not in Category.values:
        return format_html(_("{who} took the category off"), who=who)
    label = _bold(Category(value).label)
    return format_html(_("{who} called it {category}"), who=who, category=label)


def _prioritised(who: str, data: Data) -> SafeString:
    value = data.get("priority")
    label = Priority(value).label if value in Priority.values else value
    return format_html(
        _("{who} set the priority to {priority}"), who=who, priority=_bold(label)
    )


def _outcome(who: str, data: Data) -> SafeString:
    value = data.get("outcome")
    label = _bold(Outcome(value).label if value in Outcome.values else value)
    if data.get("reason"):
        sentence = _("{who}: {outcome}, {reason}")
        return format_html(sentence, who=who, outcome=label, reason=data["reason"])
    return format_html(_("{who}: {outcome}"), who=who, outcome=label)


def _reopened(who: str, data: Data) -> SafeString:
    sentences = {
        "customer": _("Open again: the customer wrote"),
        "reply": _("Open again: the reply did not arrive"),
    }
    sentence = sentences.get(str(data.get("why")), _("Open again: {who}"))
    return format_html(sentence, who=who)


def _plain(sentence: str) -> Teller:
    """A sentence with the actor alone; marked for translation where it is listed."""

    def tell(who: str, _data: Data) -> SafeString:
        return format_html(_(sentence), who=who)

    return tell


TELLERS: dict[Happening, tuple[str, Teller]] = {
    Happening.ASSIGNED: ("user-round", _assigned),
    Happening.TRANSFERRED: ("users-round", _transferred),
    Happening.TAGGED: ("tag", _tagged),
    Happening.UNTAGGED: ("tag", _untagged),
    Happening.CATEGORISED: ("shapes", _categorised),
    Happening.PRIORITISED: ("chevrons-up", _prioritised),
    Happening.OUTCOME: ("circle-check", _outcome),
    Happening.SNOOZED: ("moon", _plain(gettext_noop("{who} snoozed it"))),
    Happening.PENDING: ("pause", _plain(gettext_noop("{who} waits for the customer"))),
    Happening.RESOLVED: ("check", _plain(gettext_noop("{who} resolved it"))),
    Happening.REOPENED: ("rotate-ccw", _reopened),
    Happening.REQUESTED: (
        "hand",
        _plain(gettext_noop("{who} made the chatter a request")),
    ),
    Happening.WENT_PRIVATE: ("lock", _plain(gettext_noop("{who} went private"))),
    Happening.BREACHED: (
        "alarm-clock",
        _plain(gettext_noop("The promised time is over")),
    ),
    Happening.BREACH_RETRACTED: (
        "alarm-clock-check",
        _plain(gettext_noop("It was in time after all: a reply arrived late here")),
    ),
    Happening.SEND_FAILED: (
        "circle-x",
        _plain(gettext_noop("A reply did not go out")),
    ),
    Happening.SENT_AGAIN: ("send", _plain(gettext_noop("{who} sent it again"))),
}
