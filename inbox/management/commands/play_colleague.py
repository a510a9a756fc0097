"""`manage.py play_colleague`: somebody else is at work in the demo.

She takes who waits, says what it is, answers, and closes what needs no answer, through
the same services as any page; enough waits for the visitor. Run by `manage.py demo`.
"""

from __future__ import annotations

import random
import time
import uuid
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inbox.models import (
    Agent,
    Category,
    Conversation,
    Outcome,
    Role,
    Visibility,
    Workspace,
)
from inbox.services import people, reply, triage, workspaces
from inbox.services.reply import ReplyFault
from inbox.services.triage import TriageFault

NAME, EMAIL = "Kasia Lis", "kasia@kawaipara.example"
LEFT_TO_THE_VISITOR = 24
SEEN_AFTER = timedelta(seconds=12)
"""Nobody answers in the second in which a message arrives."""

ANSWERS = {
    "en": (
        "Thank you for telling us. Hold the steam button for ten seconds, then try the "
        "update once more; if it stops again, write to us in private with the serial.",
        "We are on it: the parcel left this morning and the number follows by message.",
        "The gasket of the Para 1 is back in the shop since today.",
    ),
    "ru": (
        "Спасибо, что написали. Подержите кнопку пара десять секунд и запустите "
        "обновление ещё раз; если снова остановится, пришлите нам номер машины лично.",
        "Уже занимаемся: посылка уехала утром, номер придёт в сообщении.",
        "Прокладка для Para 1 снова в магазине с сегодняшнего дня.",
    ),
    "pl": (
        "Dziękujemy za wiadomość. Proszę przytrzymać przycisk pary dziesięć sekund "
        "i uruchomić aktualizację jeszcze raz; gdyby znów stanęła, prosimy o numer.",
        "Już działamy: paczka wyjechała rano, numer przyjdzie w wiadomości.",
        "Uszczelka do Pary 1 jest od dziś znowu w sklepie.",
    ),
}
TAGS = ("firmware", "delivery", "parts", "warranty", "thanks")


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Work beside the visitor of the demo, at a human pace, until ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--pause", type=float, default=18, help="seconds between two people"
        )

    def handle(self, *_args: Any, seed: int, pause: float, **_options: Any) -> None:
        chance = random.Random(seed)  # noqa: S311 - a play, not a secret
        kasia = _kasia(workspaces.default(), now=timezone.now())
        while True:
            work(kasia, chance, now=timezone.now())
            time.sleep(pause * chance.uniform(0.6, 1.4))


def work(agent: Agent, chance: random.Random, *, now: datetime) -> Conversation | None:
    """Takes one waiting conversation from arrival to answer; None when the rest is
    left to the visitor."""
    conversation = _next(agent, now=now)
    if conversation is None:
        return None
    category = chance.choice(list(Category))
    triage.assign(conversation.pk, by=agent, to=agent, now=now)
    triage.categorise(conversation.pk, by=agent, category=category, now=now)
    triage.tag(conversation.pk, by=agent, name=chance.choice(TAGS), now=now)
    try:
        _answer(conversation, agent, chance, now=timezone.now())
    except (ReplyFault, TriageFault):
        triage.assign(conversation.pk, by=agent, to=None, now=timezone.now())
    return conversation


def _next(agent: Agent, *, now: datetime) -> Conversation | None:
    """The newest arrival that nobody has taken: the visitor has the oldest."""
    waiting = (
        Conversation.objects.visible_to(agent)
        .open()
        .unassigned()
        .filter(waiting_since__isnull=False, news_at__lte=now - SEEN_AFTER)
    )
    rows = list(waiting.order_by("-news_at", "-pk")[: LEFT_TO_THE_VISITOR + 1])
    return rows[0] if len(rows) > LEFT_TO_THE_VISITOR else None


def _answer(
    conversation: Conversation, agent: Agent, chance: random.Random, *, now: datetime
) -> None:
    if chance.random() < 0.1:
        triage.resolve(
            conversation.pk, by=agent, outcome=Outcome.NO_REPLY_NEEDED, now=now
        )
        return
    texts = ANSWERS.get(conversation.language or "en", ANSWERS["en"])
    reply.submit(
        conversation.pk,
        by=agent,
        text=chance.choice(texts),
        visibility=Visibility.PUBLIC,
        seen=reply.newest(conversation),
        key=uuid.UUID(int=chance.getrandbits(128), version=4),
        now=now,
    )


def _kasia(workspace: Workspace, *, now: datetime) -> Agent:
    """She has no password that anybody knows: nobody logs in as her."""
    found = Agent.objects.filter(email=EMAIL).first()
    return found or people.create_agent(
        workspace=workspace,
        by=None,
        name=NAME,
        email=EMAIL,
        password=uuid.uuid4().hex,
        role=Role.OPERATOR,
        teams=[workspaces.default_team(workspace)],
        now=now,
    )
