"""The counts beside the queues: right, and in a few queries however many there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors import Form as ItemForm
from inbox import queues
from inbox.feed import Filter
from inbox.models import Conversation, Status
from inbox.queues import Load
from inbox.services import triage
from tests import make

pytestmark = pytest.mark.django_db


def test_counts_say_whose_and_how_many_are_late() -> None:
    marta = make.agent("Marta")
    stream = make.stream()
    first, second, third, done = [
        Conversation.objects.get(pk=talk(stream, name))
        for name in ("anna", "ben", "cleo", "dora")
    ]
    Conversation.objects.update(next_due_at=make.at(3600))
    triage.assign(first.pk, by=marta, to=marta, now=make.NOW)
    Conversation.objects.filter(pk__in=[first.pk, third.pk]).update(
        next_due_at=make.at(-60)
    )
    Conversation.objects.filter(pk=done.pk).update(status=Status.RESOLVED)

    counted = queues.counts(marta, now=make.NOW)

    assert counted.everyone == Load(total=3, late=2)
    assert counted.mine == Load(total=1, late=1)
    assert counted.nobody == Load(total=2, late=1)
    assert counted.channels == {stream.channel_id: Load(total=3, late=2)}
    assert counted.teams == {second.team_id: Load(total=3, late=2)}


def test_counts_leave_out_what_one_may_not_see() -> None:
    marta, piotr = make.agent("Marta"), make.agent("Piotr")
    hidden = make.conversation()
    hidden.channel.teams.add(make.team("Warranty", marta))

    assert queues.counts(piotr, now=make.NOW).everyone == Load()
    assert queues.counts(marta, now=make.NOW).everyone.total == 1
    assert queues.channels(piotr) == []


def test_forms_are_counted_under_the_rest_of_the_filter() -> None:
    agent, stream = make.agent(), make.stream()
    for name, form in (
        ("anna", ItemForm.COMMENT),
        ("ben", ItemForm.COMMENT),
        ("cleo", ItemForm.MESSAGE),
    ):
        talk(stream, name, form=form)
    mine = talk(stream, "dora", form=ItemForm.MENTION)
    triage.assign(mine, by=agent, to=agent, now=make.NOW)

    everyone = queues.forms(Filter(form="message"), agent, now=make.NOW)
    own = queues.forms(Filter(assignee="me"), agent, now=make.NOW)

    assert everyone == {"comment": 2, "message": 1, "mention": 1, "review": 0}
    assert own == {"comment": 0, "message": 0, "mention": 1, "review": 0}


def test_bands_split_the_feed_by_due_time_and_lose_nobody() -> None:
    agent, stream = make.agent(), make.stream()
    minutes = {"anna": -1, "ben": 59, "cleo": 61, "dora": 11 * 60, "emil": 13 * 60}
    for name, due in minutes.items():
        talked = talk(stream, name)
        at = make.NOW + timedelta(minutes=due)
        Conversation.objects.filter(pk=talked).update(next_due_at=at)
    never = talk(stream, "finn")
    Conversation.objects.filter(pk=never).update(next_due_at=None)
    midnight = make.NOW + timedelta(hours=12)

    found = queues.bands(Filter(), agent, now=make.NOW, tomorrow=midnight)

    assert found == {"late": 1, "soon": 1, "today": 2, "after": 1, "never": 1}


def test_bands_within_the_last_hour_of_a_day_do_not_overlap() -> None:
    agent, stream = make.agent(), make.stream()
    for name, due in (("anna", 20), ("ben", 50), ("cleo", 70)):
        talked = talk(stream, name)
        at = make.NOW + timedelta(minutes=due)
        Conversation.objects.filter(pk=talked).update(next_due_at=at)
    midnight = make.NOW + timedelta(minutes=30)

    found = queues.bands(Filter(), agent, now=make.NOW, tomorrow=midnight)

    assert found == {"late": 0, "soon": 2, "today": 0, "after": 1, "never": 0}


def talk(stream: object, name: str, **fields: object) -> int:
    item = make.item(author=make.author(name), **fields)
    make.store(stream, item)  # type: ignore[arg-type]
    found = Conversation.objects.get(messages__external_id=item.external_id)
    return found.pk
