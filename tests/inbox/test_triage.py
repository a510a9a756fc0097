"""Assigning, tagging, resolving: each leaves a line of history, and only who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from inbox.models import (
    Category,
    Conversation,
    Event,
    Happening,
    Message,
    Outcome,
    Priority,
    Status,
    Tag,
    Team,
)
from inbox.services import notes, triage
from inbox.services.triage import TriageFault
from sla.models import Clock
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(300)

VERBS: dict[str, Callable[..., Any]] = {
    "assign": partial(triage.assign, to=None),
    "transfer": lambda pk, **how: triage.transfer(
        pk, team=Team.objects.get(name="First line"), **how
    ),
    "tag": partial(triage.tag, name="late"),
    "untag": partial(triage.untag, tag_id=1),
    "categorise": partial(triage.categorise, category=Category.PRAISE),
    "prioritise": partial(triage.prioritise, priority=Priority.URGENT),
    "resolve": partial(triage.resolve, outcome=Outcome.SPAM),
    "reopen": triage.reopen,
    "note": partial(notes.add, text="Between us"),
}


def history(conversation: Conversation) -> list[tuple[str, dict[str, Any]]]:
    rows = Event.objects.filter(conversation=conversation).order_by("pk")
    return [(row.what, row.data) for row in rows]


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_outsiders_cannot_and_nothing_is_left(verb: str) -> None:
    conversation = make.conversation()
    strangers = elsewhere.outsiders(conversation)

    for why, stranger in strangers.items():
        with pytest.raises(Conversation.DoesNotExist):
            VERBS[verb](conversation.pk, by=stranger, now=THEN)
        assert history(conversation) == [], why

    after = fresh(conversation)
    assert (after.version, after.status) == (conversation.version, Status.OPEN)
    assert Message.objects.count() == 1
    assert Tag.objects.count() == 0


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_members_of_the_channels_team_can(verb: str) -> None:
    conversation = make.conversation()
    first_line = Team.objects.get(name="First line")
    conversation.channel.teams.add(first_line)

    VERBS[verb](conversation.pk, by=elsewhere.insider(conversation), now=THEN)

    after = fresh(conversation)
    assert after.version > conversation.version
    assert after.changed_at == THEN


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_touch_no_other_conversation(verb: str) -> None:
    conversation = make.conversation()
    other = make.conversation(channel=conversation.channel, author=make.author("piotr"))

    VERBS[verb](conversation.pk, by=make.agent(), now=THEN)

    assert fresh(other).version == other.version
    assert history(other) == []


# --- Whose it is --------------------------------------------------------------------


def test_assign_then_back_to_the_queue() -> None:
    conversation, marta, tomek = make.conversation(), make.agent(), make.agent("Tomek")

    triage.assign(conversation.pk, by=marta, to=tomek, now=THEN)
    assert fresh(conversation).assignee == tomek
    triage.assign(conversation.pk, by=marta, to=None, now=THEN)
    assert fresh(conversation).assignee is None

    assert history(conversation) == [
        (
            "assigned",
            {"agent_id": tomek.pk, "name": "Tomek", "before": None},
        ),
        ("assigned", {"agent_id": None, "name": None, "before": tomek.pk}),
    ]
    assert {event.agent for event in Event.objects.all()} == {marta}


def test_assign_twice_is_one_line_of_history() -> None:
    conversation, marta = make.conversation(), make.agent()

    triage.assign(conversation.pk, by=marta, to=marta, now=THEN)
    triage.assign(conversation.pk, by=marta, to=marta, now=THEN)

    assert len(history(conversation)) == 1


def test_assign_to_somebody_who_cannot_see_it_is_refused() -> None:
    conversation = make.conversation()
    strangers = elsewhere.outsiders(conversation)
    by = elsewhere.insider(conversation)

    for stranger in strangers.values():
        with pytest.raises(TriageFault, match=stranger.name):
            triage.assign(conversation.pk, by=by, to=stranger, now=THEN)

    assert fresh(conversation).assignee is None
    assert history(conversation) == []


def test_assign_starts_the_handling_on_the_clock() -> None:
    conversation, marta = make.conversation(), make.agent()

    triage.assign(conversation.pk, by=marta, to=marta, now=THEN)

    assert set(Clock.objects.values_list("assigned_at", flat=True)) == {THEN}


def test_transfer_empties_the_assignee_and_keeps_the_wait() -> None:
    conversation, marta, team = make.conversation(), make.agent(), make.team()
    triage.assign(conversation.pk, by=marta, to=marta, now=THEN)

    triage.transfer(conversation.pk, by=marta, team=team, reason="theirs", now=THEN)

    after = fresh(conversation)
    what, data = history(conversation)[-1]
    assert (after.team, after.assignee) == (team, None)
    assert (after.waiting_since, after.next_due_at) == (
        conversation.waiting_since,
        conversation.next_due_at,
    )
    assert what == Happening.TRANSFERRED
    assert (data["name"], data["reason"]) == ("Warranty", "theirs")
    assert data["before"] == conversation.team_id


def test_transfer_to_where_it_is_changes_nothing() -> None:
    conversation = make.conversation()

    triage.transfer(conversation.pk, by=make.agent(), team=conversation.team, now=THEN)

    assert history(conversation) == []


def test_transfer_to_another_company_or_a_blind_team_is_refused() -> None:
    conversation = make.conversation()
    blind, foreign = make.team("Night shift"), elsewhere.company().team
    conversation.channel.teams.add(conversation.team)
    by = elsewhere.insider(conversation)

    for team in (blind, foreign):
        with pytest.raises(TriageFault):
            triage.transfer(conversation.pk, by=by, team=team, now=THEN)

    assert fresh(conversation).team == conversation.team


def test_transfer_removes_no_breach() -> None:
    conversation, marta = make.conversation(), make.agent()
    late = datetime(2026, 11, 9, 12, tzinfo=make.NOW.tzinfo)
    triage.tag(conversation.pk, by=marta, name="late", now=late)
    breached_at = fresh(conversation).breached_at
    assert breached_at is not None

    triage.transfer(conversation.pk, by=marta, team=make.team(), now=late)

    assert fresh(conversation).breached_at == breached_at


# --- What it is about ---------------------------------------------------------------


@pytest.mark.parametrize("typed", ["Late parcel", "  #Late   parcel ", "LATE PARCEL"])
def test_tag_is_known_however_it_is_typed(typed: str) -> None:
    conversation, marta = make.conversation(), make.agent()
    triage.tag(conversation.pk, by=marta, name="Late parcel", now=THEN)

    triage.tag(conversation.pk, by=marta, name=typed, now=THEN)

    assert [tag.name for tag in conversation.tags.all()] == ["Late parcel"]
    assert len(history(conversation)) == 1


def test_tag_of_another_company_is_not_ours() -> None:
    conversation = make.conversation()
    theirs = Tag.objects.create(workspace=elsewhere.company().workspace, name="late")

    triage.tag(conversation.pk, by=make.agent(), name="late", now=THEN)

    [tag] = conversation.tags.all()
    assert tag != theirs
    assert tag.workspace == conversation.workspace


@pytest.mark.parametrize("name", ["", "   ", "#", " # "])
def test_tag_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(TriageFault):
        triage.tag(make.conversation().pk, by=make.agent(), name=name, now=THEN)


def test_tag_is_cut_at_what_fits() -> None:
    conversation = make.conversation()

    triage.tag(conversation.pk, by=make.agent(), name="x" * 99, now=THEN)

    assert [len(tag.name) for tag in conversation.tags.all()] == [60]


def test_untag_takes_it_off_here_alone() -> None:
    marta, one, other = make.agent(), make.conversation(), make.conversation()
    for conversation in (one, other):
        triage.tag(conversation.pk, by=marta, name="late", now=THEN)
    tag = Tag.objects.get()

    triage.untag(one.pk, by=marta, tag_id=tag.pk, now=THEN)
    triage.untag(one.pk, by=marta, tag_id=tag.pk, now=THEN)

    assert list(one.tags.all()) == []
    assert list(other.tags.all()) == [tag]
    assert [what for what, _data in history(one)] == ["tagged", "untagged"]


def test_categorise_confirms_what_was_suggested() -> None:
    conversation, marta = make.conversation(), make.agent()
    Conversation.objects.update(category="complaint", suggested_by="words")

    triage.categorise(conversation.pk, by=marta, category=Category.COMPLAINT, now=THEN)

    after = fresh(conversation)
    assert (after.category, after.suggested_by) == ("complaint", "")
    assert after.confirmed_by == marta
    assert history(conversation) == []


def test_categorise_and_take_it_off() -> None:
    conversation, marta = make.conversation(), make.agent()

    triage.categorise(conversation.pk, by=marta, category=Category.PRAISE, now=THEN)
    triage.categorise(conversation.pk, by=marta, category=None, now=THEN)

    after = fresh(conversation)
    assert (after.category, after.confirmed_by) == ("", None)
    assert [data for _what, data in history(conversation)] == [
        {"category": "praise", "before": ""},
        {"category": "", "before": "praise"},
    ]


def test_prioritise_twice_is_one_line_of_history() -> None:
    conversation, marta = make.conversation(), make.agent()

    for _press in range(2):
        triage.prioritise(conversation.pk, by=marta, priority=Priority.URGENT, now=THEN)

    assert fresh(conversation).priority == Priority.URGENT
    assert history(conversation) == [("prioritised", {"priority": 1, "before": 3})]
