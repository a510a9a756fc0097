"""The demo's colleague works as any agent does, and leaves enough for the visitor."""

import random
from datetime import timedelta

import pytest

from inbox.management.commands import play_colleague
from inbox.management.commands.play_colleague import LEFT_TO_THE_VISITOR
from inbox.models import Conversation, Message
from tests import make

pytestmark = pytest.mark.django_db


def waiting(count: int) -> list[Conversation]:
    stream = make.stream()
    items = [
        make.item(f"c{number}", author=make.author(f"customer{number}"))
        for number in range(count)
    ]
    make.store(stream, *items)
    return list(Conversation.objects.order_by("pk"))


def test_work_answers_who_wrote_last() -> None:
    conversations = waiting(LEFT_TO_THE_VISITOR + 1)
    kasia = make.agent("Kasia")
    later = make.NOW + timedelta(minutes=1)

    taken = play_colleague.work(kasia, random.Random(3), now=later)

    assert taken == conversations[-1]
    taken.refresh_from_db()
    assert taken.assignee == kasia
    assert taken.category != ""
    assert [message.agent for message in Message.objects.filter(direction="out")] == [
        kasia
    ]


def test_work_leaves_the_rest_to_the_visitor() -> None:
    waiting(LEFT_TO_THE_VISITOR)

    later = make.NOW + timedelta(minutes=1)
    assert play_colleague.work(make.agent("Kasia"), random.Random(3), now=later) is None
    assert not Conversation.objects.filter(assignee__isnull=False).exists()


def test_work_does_not_answer_in_the_second_of_arrival() -> None:
    waiting(LEFT_TO_THE_VISITOR + 1)

    assert (
        play_colleague.work(make.agent("Kasia"), random.Random(3), now=make.at(1))
        is None
    )
