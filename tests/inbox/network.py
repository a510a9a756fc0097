"""A connected account on a sandbox of the first platform, over real HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest_django
from django.core.cache import cache
from django.utils import timezone

import connectors
from connectors.ledger import Write
from connectors.sandbox import Sandbox
from connectors.world import Item, World
from inbox.models import Agent, Channel, Conversation, Message, Stream, Visibility
from inbox.services import channels, deliver, poll, reply, workspaces
from tests import make

KIND = connectors.kinds()[0]


@dataclass(slots=True, kw_only=True)
class Network:
    """The world's clock is the only one, so a test may let hours pass."""

    world: World
    sandbox: Sandbox
    agent: Agent
    channel: Channel

    def now(self) -> datetime:
        return self.world.now()

    def asks(self, text: str = "Where is my order?", *, who: str = "anna") -> Item:
        """A customer names us; nobody has read it yet."""
        return self.world.mention(author=who, text=text)

    def writes(self, text: str = "Psst", *, who: str = "anna") -> Item:
        """The same in private."""
        return self.world.message(author=who, text=text)

    def read(self, *names: str) -> int:
        """Reads these streams (all, if none is named) as a worker would, until there is
        no more."""
        streams = Stream.objects.filter(channel=self.channel).order_by("pk")
        chosen = streams.filter(name__in=names) if names else streams
        return sum(self._read(stream) for stream in chosen)

    def _read(self, stream: Stream) -> int:
        past = self.now() - timedelta(seconds=1)
        Stream.objects.filter(pk=stream.pk).update(due_at=past)
        return poll.read(stream.pk, clock=self.now)

    def conversation(self, **fields: Any) -> Conversation:
        """A customer's question, read."""
        item = self.asks(**fields)
        self.read("mentions")
        return self.of(item)

    def of(self, item: Item) -> Conversation:
        external_id = self.world.external_id(item)
        stored = Message.objects.get(channel=self.channel, external_id=external_id)
        assert stored.conversation is not None
        return stored.conversation

    def press(
        self, conversation: Conversation, text: str = "It is on its way.", **fields: Any
    ) -> Message:
        values: dict[str, Any] = {
            "by": self.agent,
            "visibility": Visibility.PUBLIC,
            "seen": reply.newest(conversation),
            "key": uuid.uuid4(),
            "now": self.now(),
        }
        return reply.submit(conversation.pk, text=text, **values | fields)

    def press_anyway(self, conversation: Conversation) -> Message:
        """A reply that was pressed a moment before the channel was closed."""
        closed = Channel.objects.get(pk=self.channel.pk).unauthorized_at
        Channel.objects.filter(pk=self.channel.pk).update(unauthorized_at=None)
        pressed = self.press(conversation)
        Channel.objects.filter(pk=self.channel.pk).update(unauthorized_at=closed)
        return pressed

    def deliver(self, pressed: Message) -> Message:
        """One hint to a worker; the reply as it is then."""
        deliver.deliver(pressed.pk, clock=self.now)
        pressed.refresh_from_db()
        return pressed

    def fail(self, kind: str, **how: Any) -> None:
        """The next write meets this fault."""
        self.world.inject(kind, **{"method": "POST", **how})

    def later(self, **span: float) -> None:
        """Time passes, and Redis forgets what it knew."""
        self.world.advance(timedelta(**span).total_seconds())
        cache.clear()

    def written(self) -> list[Write]:
        return self.world.ledger.writes

    def created(self) -> list[int]:
        """How many posts each reply made on the network."""
        return [write.created for write in self.written()]


@contextmanager
def network(settings: pytest_django.fixtures.SettingsWrapper) -> Iterator[Network]:
    world = World()
    world.brand("kawa", name="Kawa i Para")
    with Sandbox({KIND: world}) as sandbox:
        settings.PRIVATE_HOSTS_ALLOWED = frozenset({sandbox.host})
        agent = make.agent(role="admin")
        yield Network(
            world=world,
            sandbox=sandbox,
            agent=agent,
            channel=connected(sandbox, world, agent),
        )


def connected(sandbox: Sandbox, world: World, agent: Agent) -> Channel:
    """As on the connect page, but nobody waits for a worker's test."""
    now = timezone.now()
    test = channels.start_test(
        workspace=workspaces.default(), by=agent, kind=KIND, settings=form(sandbox)
    )
    channels.run_test(test, now=now)
    return channels.connect(
        test,
        by=agent,
        team=workspaces.default_team(workspaces.default()),
        read_from=now - timedelta(minutes=1),
        now=now,
    )


def form(sandbox: Sandbox, *, token: str | None = None) -> dict[str, str]:
    """What an admin types: the one secret is the world's token."""
    world = sandbox.worlds[KIND]
    return {
        setting.name: (token or world.token or "")
        if setting.secret
        else sandbox.url(KIND)
        for setting in connectors.get(KIND).settings
    }
