"""Colleagues, channels and people at once with what comes in: nobody is stuck."""

from __future__ import annotations

import pytest

from connectors import Capability
from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Event,
    Happening,
    Membership,
    Outcome,
    Priority,
    Role,
    Status,
)
from inbox.services import (
    channels,
    health,
    notes,
    people,
    reply,
    triage,
)
from tests import make
from tests.inbox.racing import LATE, asked, race, reads, rounds, streams

pytestmark = pytest.mark.django_db(transaction=True)


@rounds
def test_resolve_while_the_customer_writes(number: int) -> None:
    [stream] = streams("mentions")
    agent = make.agent()
    conversation = asked(stream, external_id="c1")
    more = make.item("c2", thread_id="c1", published_at=make.at(30))

    seen = reply.newest(conversation)

    resolved, stored = race(
        lambda: triage.resolve(
            conversation.pk,
            by=agent,
            outcome=Outcome.NO_REPLY_NEEDED,
            seen=seen,
            now=make.at(20),
        ),
        reads(stream, more),
    )

    conversation.refresh_from_db()
    reopened = Event.objects.filter(what=Happening.REOPENED).exists()
    assert stored == 1, number
    assert isinstance(resolved, (Conversation, triage.TriageFault))
    assert isinstance(resolved, Conversation) == reopened
    assert conversation.status == Status.OPEN
    assert conversation.waiting_since is not None


@rounds
def test_colleagues_change_different_things(number: int) -> None:
    conversation, agent = make.conversation(), make.agent()
    pk = conversation.pk

    found = race(
        lambda: triage.assign(pk, by=agent, to=agent, now=LATE),
        lambda: triage.tag(pk, by=agent, name="late", now=LATE),
        lambda: triage.prioritise(pk, by=agent, priority=Priority.HIGH, now=LATE),
        lambda: notes.add(pk, by=agent, text="I call her.", now=LATE),
    )

    conversation.refresh_from_db()
    assert not [one for one in found if isinstance(one, Exception)], number
    assert conversation.assignee == agent
    assert conversation.priority == Priority.HIGH
    assert [tag.name for tag in conversation.tags.all()] == ["late"]
    assert conversation.messages.count() == 2


@rounds
def test_a_page_and_a_colleague_change_one_conversation(number: int) -> None:
    [stream] = streams("mentions")
    agent = make.agent()
    conversation = asked(stream, external_id="c1")
    more = make.item("c2", thread_id="c1", text="News", published_at=make.at(30))

    found = race(
        lambda: triage.assign(conversation.pk, by=agent, to=agent, now=LATE),
        reads(stream, more),
    )

    conversation.refresh_from_db()
    assert isinstance(found[0], Conversation), number
    assert conversation.assignee == agent
    assert conversation.preview == "News"
    assert conversation.last_message_at == make.at(30)


# --- Channels and people ------------------------------------------------------------


@rounds
def test_access_is_lost_for_two_streams_while_a_page_comes(number: int) -> None:
    mentions, own = streams("mentions", "own")
    channel = mentions.channel
    asked(mentions, external_id="c1")
    more = make.item("c2", author=make.author("piotr"), published_at=make.at(30))
    gone = health.Unauthorized("")

    found = race(
        lambda: health.lose_access(channel, gone, now=LATE),
        lambda: health.lose_access(channel, gone, now=LATE),
        reads(own, more),
    )

    assert found == [None, None, 1], number
    assert Event.objects.filter(what=Happening.OUTAGE_OPENED).count() == 1


@rounds
def test_two_capabilities_are_forbidden(number: int) -> None:
    channel = make.channel()

    race(
        *(
            lambda capability=capability: health.note_error(
                channel, health.Forbidden(capability=capability), now=LATE
            )
            for capability in (Capability.REPLY, Capability.READ_OWN)
        )
    )

    trouble = Channel.objects.get(pk=channel.pk).trouble
    assert trouble == {"reply": "forbidden", "read_own": "forbidden"}, number


@rounds
def test_two_admins_leave(number: int) -> None:
    one, other = (make.agent(name, role=Role.ADMIN) for name in ("One", "Other"))
    workspace = make.workspace()

    def demote(by: Agent, agent: Agent) -> None:
        people.set_role(
            workspace=workspace, by=by, agent=agent, role=Role.OPERATOR, now=LATE
        )

    def deactivate(by: Agent, agent: Agent) -> None:
        people.deactivate(workspace=workspace, by=by, agent=agent, now=LATE)

    act = demote if number % 2 else deactivate
    found = race(lambda: act(one, other), lambda: act(other, one))

    kinds = sorted(type(result).__name__ for result in found)
    assert kinds == ["NoneType", "PeopleFault"], number
    admins = Membership.objects.filter(role=Role.ADMIN, agent__is_active=True)
    assert admins.count() == 1


@rounds
def test_two_workers_take_one_connection_test(number: int) -> None:
    channel, agent = make.channel(), make.agent()
    test = channels.retest(channel, by=agent)

    found = race(*[lambda: channels.take_test(str(test.pk), now=LATE)] * 2)

    assert sorted(one is not None for one in found) == [False, True], number
