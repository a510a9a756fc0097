"""Two workspaces with everything an address can name, and who looks at it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

import connectors
from inbox.models import (
    Agent,
    Channel,
    ConnectionTest,
    Conversation,
    ConversationTag,
    Delivery,
    Direction,
    Membership,
    Message,
    Role,
    Tag,
    Team,
    Visibility,
    Workspace,
)
from tests import make

OPEN_WORDS = "words of the open channel"
HIDDEN_WORDS = "words of the warranty team alone"
FOREIGN_WORDS = "words of another house"
SECRET = "planted-token-1f0e9d"


def make_houses() -> SimpleNamespace:
    """Our house, with `hidden` (the warranty team's channel) and `foreign` in it."""
    ours = make.workspace()
    house = _house(ours, Team.objects.create(workspace=ours, name="Desk"), OPEN_WORDS)
    house.people = {role: make.agent(role.value, role=role) for role in Role}
    house.gone = make.agent("Gone", role=Role.ADMIN, is_active=False)
    house.homeless = make.agent("Nomad", role=Role.ADMIN)
    Membership.objects.filter(agent=house.homeless).delete()
    house.hidden = _hidden(house)
    house.foreign = _foreign()
    return house


def _house(workspace: Workspace, team: Team, words: str) -> SimpleNamespace:
    """Whatever an address or a form can name, one of each."""
    channel = make.channel(workspace=workspace, default_team=team)
    agent = _member(workspace)
    house = SimpleNamespace(
        **_said(channel, words),
        workspace=workspace,
        team=team,
        channel=channel,
        agent=agent,
        test=_test(workspace, channel, agent),
        since=timezone.now().isoformat(),
        settings=_settings(channel.kind),
    )
    channel.secrets = {
        setting.name: SECRET
        for setting in connectors.get(channel.kind).settings
        if setting.secret
    }
    channel.save()
    return house


def _hidden(house: SimpleNamespace) -> SimpleNamespace:
    owner = Team.objects.create(workspace=house.workspace, name="Warranty")
    channel = make.channel(default_team=owner, handle="@the-hidden-one")
    channel.teams.add(owner)
    rows = {**vars(house), **_said(channel, HIDDEN_WORDS), "channel": channel}
    return SimpleNamespace(**rows, owner=owner)


def _foreign() -> SimpleNamespace:
    workspace = Workspace.objects.create(name="Another house")
    team = Team.objects.create(workspace=workspace, name="Theirs", is_default=True)
    return _house(workspace, team, FOREIGN_WORDS)


def _member(workspace: Workspace) -> Agent:
    agent = Agent.objects.create(name="Colleague", email=f"c{workspace.pk}@example.com")
    Membership.objects.create(workspace=workspace, agent=agent, role=Role.ADMIN)
    return agent


def _said(channel: Channel, words: str) -> dict[str, Any]:
    """A conversation with a tag, and a reply of ours that did not get through."""
    now = timezone.now()
    item = make.item(text=words, published_at=now - timedelta(minutes=5))
    make.store(make.stream(channel), item, now=now)
    conversation = Conversation.objects.get(channel=channel)
    tag, _new = Tag.objects.get_or_create(workspace=channel.workspace, name="coffee")
    ConversationTag.objects.create(conversation=conversation, tag=tag)
    message = _reply(conversation)
    return {
        "words": words,
        "conversation": conversation,
        "message": message,
        "seen": message.pk,
        "tag": tag,
    }


def _reply(conversation: Conversation) -> Message:
    return Message.objects.create(
        workspace=conversation.workspace,
        channel=conversation.channel,
        thread=conversation.thread,
        conversation=conversation,
        direction=Direction.OUT,
        visibility=Visibility.PUBLIC,
        form=conversation.form,
        text="It is on its way.",
        published_at=timezone.now(),
        delivery=Delivery.UNKNOWN,
    )


def _test(workspace: Workspace, channel: Channel, by: Agent) -> ConnectionTest:
    """One that went well, of an account that is not connected yet."""
    account = {
        "id": f"new-{workspace.pk}",
        "name": "Kawa",
        "handle": "@kawa",
        "avatar": None,
        "url": None,
        "identities": ["new"],
        "lacks": [],
        "notes": {},
    }
    return ConnectionTest.objects.create(
        workspace=workspace,
        kind=channel.kind,
        settings=_settings(channel.kind),
        asked_by=by,
        account=account,
        finished_at=timezone.now(),
    )


def _settings(kind: str) -> dict[str, str]:
    """What the connect form of a platform wants."""
    return {
        setting.name: SECRET if setting.secret else "https://social.example"
        for setting in connectors.get(kind).settings
    }
