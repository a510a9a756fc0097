"""Workers die at any moment, the network misbehaves, Redis is wiped: every item that
was offered is stored once, every reply is received at most once.

The referee is the sandbox's ledger; the workers are real processes, killed by -9.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.utils import timezone

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Delivery,
    Direction,
    Message,
    Role,
    Stream,
    Visibility,
)
from inbox.services import reply
from tests import make, running
from tests.running import until
from tests.sandboxes import connect

log = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

KIND = connectors.kinds()[0]

READ_FAULTS = ("error", "down", "reset", "malformed", "html", "repeat")
"""Faults of reads that cost a retry. `rate` and `hang` come with their own words."""


@dataclass(slots=True, kw_only=True)
class Play:
    """A brand, its customers, and the people who answer them."""

    world: World
    channel: Channel
    agent: Agent
    crew: list[running.Worker]
    random: random.Random
    posts: list[str] = field(default_factory=list)
    kills: int = 0
    offered: int = 0
    pressed: int = 0

    def offer(self, count: int) -> None:
        """So many items, of all forms, some with text that no database takes."""
        for _each in range(count):
            number = self.offered = self.offered + 1
            who = f"customer{number % 97}"
            text = f"item {number} " + self.random.choice(
                [
                    "где заказ?",
                    "paczka?",
                    "\x00nul",
                    "\ud83d lone",
                    "😡" * 50,
                    "<b>x</b>",
                ]
            )
            form = self.random.randrange(4)
            if form == 0:
                self.world.message(author=who, text=text)
            elif form == 1:
                self.world.mention(author=who, text=text)
            else:
                self.world.comment(
                    on=self.random.choice(self.posts), author=who, text=text
                )

    def press_send(self, count: int) -> None:
        """Answers people who wait, as the page would."""
        waiting = Conversation.objects.filter(
            waiting_since__isnull=False, channel=self.channel
        ).exclude(messages__direction=Direction.OUT)
        for conversation in waiting.order_by("?")[:count]:
            self.pressed += 1
            reply.submit(
                conversation.pk,
                by=self.agent,
                text=f"reply {self.pressed}",
                visibility=Visibility.PUBLIC,
                seen=reply.newest(conversation),
                key=uuid.uuid4(),
                now=timezone.now(),
            )

    def kill_one(self) -> None:
        """kill -9 of the worker that runs longest, whatever it is doing, and a new one
        in its place: a worker takes seconds to start, and one that only starts is a
        poor victim."""
        victim = self.crew.pop(0)
        victim.kill()
        self.kills += 1
        victim.start()
        self.crew.append(victim)

    def misbehave(self) -> None:
        for kind in READ_FAULTS:
            self.world.inject(kind, method="GET", times=2, chance=0.3)
        self.world.inject("rate", method="GET", seconds=1.0, chance=0.3)
        self.world.inject("hang", method="GET", seconds=2.0, chance=0.3)
        self.world.inject("error", method="POST", chance=0.5)
        self.world.inject("reset", method="POST", after=True, chance=0.5)


@pytest.fixture
def world() -> World:
    return World(seed=11)


@pytest.fixture
def sandbox(world: World, settings: object) -> Iterator[Sandbox]:
    with Sandbox({KIND: world}) as running_sandbox:
        settings.PRIVATE_HOSTS_ALLOWED = frozenset({running_sandbox.host})
        yield running_sandbox


@pytest.fixture
def play(world: World, sandbox: Sandbox, tmp_path: Path) -> Iterator[Play]:
    world.brand("brand", name="Kawa i Para")
    agent = make.agent(role=Role.ADMIN)
    channel = connect(sandbox, world, agent)
    seed = int(time.time())
    log.info("seed %d", seed)
    with running.workers(
        tmp_path,
        count=3,
        queues="poll,deliver,housekeeping",
        PRIVATE_HOSTS_ALLOWED=sandbox.host,
    ) as (*crew, _beat):
        play = Play(
            world=world,
            channel=channel,
            agent=agent,
            crew=crew,
            random=random.Random(seed),
        )
        for number in range(5):
            post = world.post(text=f"post {number}")
            play.posts.append(world.external_id(post))
        yield play
    for worker in crew:
        log.info("%s: %s", worker.name, worker.log.read_text()[-2000:])


def offered_ids(world: World) -> set[str]:
    return {entry["external_id"] for entry in world.ledger.as_json()["offered"]}


def stored_ids() -> Counter[str]:
    return Counter(
        Message.objects.filter(external_id__isnull=False).values_list(
            "external_id", flat=True
        )
    )


def ours_to_read(play: Play) -> set[str]:
    """What must be stored: all that was offered but our own posts, which are no
    message of anybody's conversation until somebody writes under them."""
    return offered_ids(play.world) - set(play.posts)


def run(play: Play, *, items: int, replies: int, rounds: int) -> None:
    """Offers and answers in rounds, with a kill and faults in each."""
    play.offer(items // rounds)
    assert until(lambda: bool(stored_ids()), seconds=60), "no worker reads"
    for number in range(rounds):
        if number:
            play.offer(items // rounds)
        play.misbehave()
        time.sleep(play.random.uniform(1.0, 3.0))
        play.press_send(replies // rounds)
        time.sleep(play.random.uniform(0.0, 0.4))
        play.kill_one()
        if number == rounds // 2:
            redis.Redis.from_url(settings.REDIS_URL).flushall()


def settle(play: Play, *, replies: int, patience: float) -> None:
    """The network heals; what is left to do gets done. A reply whose fate is unknown
    is sent again only when its absence is proven, which takes a minute and a half."""
    play.world.heal()
    Stream.objects.filter(failures__gt=0).update(due_at=timezone.now())
    assert until(lambda: not (ours_to_read(play) - set(stored_ids())), seconds=90), (
        "not everything that was offered was stored"
    )
    play.press_send(replies - play.pressed)
    ours = Message.objects.filter(direction=Direction.OUT, agent=play.agent)
    until(lambda: not ours.exclude(delivery=Delivery.SENT).exists(), seconds=patience)


def judge(play: Play) -> None:
    """The ledger against the rows."""
    ledger = play.world.ledger.as_json()
    stored = stored_ids()
    assert set(stored) - set(play.posts) == ours_to_read(play)
    assert [key for key, count in stored.items() if count > 1] == []

    created = Counter(
        write["text"].split()[-1] for write in ledger["writes"] if write["created"]
    )
    assert [key for key, count in created.items() if count > 1] == []
    assert all(write["created"] <= 1 for write in ledger["writes"])

    replies = Message.objects.filter(direction=Direction.OUT, agent=play.agent)
    fates = Counter(replies.values_list("delivery", flat=True))
    faults = play.world.faults.struck
    log.info("%d items, %d replies", play.offered, play.pressed)
    log.info("%d kills, %s, faults %s", play.kills, dict(fates), faults)
    for late in replies.exclude(delivery=Delivery.SENT):
        log.info("%s %s %s %s", late, late.delivery, late.error_code, late.send_at)
    assert replies.count() == play.pressed
    doubtful = play.pressed - fates[Delivery.SENT]
    lost_answers = sum(faults.get(kind, 0) for kind in ("reset", "error"))
    assert doubtful <= play.kills + lost_answers
    assert fates[Delivery.FAILED] == 0
    assert not Message.objects.filter(
        direction=Direction.OUT, agent__isnull=True
    ).exists(), "an echo of ours was taken for somebody else's words"
    arrived = {write["key"] for write in ledger["writes"] if write["created"]}
    sent = {
        str(key)
        for key in replies.filter(delivery=Delivery.SENT).values_list("key", flat=True)
    }
    assert sent <= arrived, "shown as sent, never received"


def test_short(play: Play) -> None:
    run(play, items=400, replies=40, rounds=8)
    settle(play, replies=40, patience=15)
    judge(play)


@pytest.mark.long
def test_two_thousand_items_and_two_hundred_replies(play: Play) -> None:
    run(play, items=2000, replies=200, rounds=40)
    settle(play, replies=200, patience=240)
    judge(play)
    sent = Message.objects.filter(agent=play.agent, delivery=Delivery.SENT)
    assert sent.count() == 200
