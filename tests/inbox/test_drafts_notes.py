"""Drafts are the agent's own; notes are colleagues' words that no customer sees."""

from __future__ import annotations

from functools import partial

import pytest

from inbox.models import (
    Conversation,
    Delivery,
    Direction,
    Draft,
    Message,
    ReadState,
    Visibility,
)
from inbox.services import deliver, drafts, notes, reading
from inbox.services.notes import NoteFault
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(60)
save = partial(drafts.save, visibility=Visibility.PUBLIC)


def test_draft_is_kept_and_replaced() -> None:
    conversation, marta = make.conversation(), make.agent()

    save(conversation.pk, by=marta, text="Dear")
    drafts.save(
        conversation.pk, by=marta, text="Dear Anna ", visibility=Visibility.PRIVATE
    )

    draft = Draft.objects.get()
    assert (draft.text, draft.visibility) == ("Dear Anna ", Visibility.PRIVATE)


def test_draft_is_the_agents_own() -> None:
    conversation, marta, tomek = make.conversation(), make.agent(), make.agent("Tomek")
    save(conversation.pk, by=marta, text="Mine")

    save(conversation.pk, by=tomek, text="His")
    save(conversation.pk, by=tomek, text="")

    assert [(draft.agent, draft.text) for draft in Draft.objects.all()] == [
        (marta, "Mine")
    ]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_draft_emptied_is_forgotten(text: str) -> None:
    conversation, marta = make.conversation(), make.agent()
    save(conversation.pk, by=marta, text="Mine")

    assert save(conversation.pk, by=marta, text=text) is None
    assert Draft.objects.count() == 0


def test_draft_outsiders_cannot() -> None:
    conversation = make.conversation()

    for outsider in elsewhere.outsiders(conversation).values():
        with pytest.raises(Conversation.DoesNotExist):
            save(conversation.pk, by=outsider, text="Let me in")

    assert Draft.objects.count() == 0


def test_draft_changes_nothing_that_others_see() -> None:
    conversation = make.conversation()

    save(conversation.pk, by=make.agent(), text="Dear")

    assert Conversation.objects.get().version == conversation.version


def test_note_is_internal_and_closes_no_wait() -> None:
    conversation, marta = make.conversation(), make.agent()

    note = notes.add(conversation.pk, by=marta, text=" I call her. ", now=THEN)

    after = Conversation.objects.get()
    assert (note.text, note.agent, note.is_note) == ("I call her.", marta, True)
    assert (note.direction, note.thread) == (Direction.OUT, None)
    assert after.waiting_since == conversation.waiting_since
    assert after.last_message_at == conversation.last_message_at
    assert after.preview == conversation.preview


def test_note_is_never_sent() -> None:
    note = notes.add(make.conversation().pk, by=make.agent(), text="Psst", now=THEN)

    assert note.delivery == Delivery.NONE
    assert deliver.due(now=make.at(9999), limit=9) == []
    assert deliver.claim(note.pk, now=make.at(9999)) is None


def test_note_forgets_the_drafted_note_not_the_drafted_reply() -> None:
    one, other, marta = make.conversation(), make.conversation(), make.agent()
    drafts.save(one.pk, by=marta, text="Note", visibility=Visibility.INTERNAL)
    drafts.save(other.pk, by=marta, text="Reply", visibility=Visibility.PUBLIC)

    for conversation in (one, other):
        notes.add(conversation.pk, by=marta, text="Said", now=THEN)

    assert [draft.text for draft in Draft.objects.all()] == ["Reply"]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_note_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(NoteFault):
        notes.add(make.conversation().pk, by=make.agent(), text=text, now=THEN)
    assert Message.objects.filter(visibility=Visibility.INTERNAL).count() == 0


def test_mark_read_never_goes_back_and_is_each_agents_own() -> None:
    conversation, marta, tomek = make.conversation(), make.agent(), make.agent("Tomek")

    reading.mark_read(conversation, by=marta, now=make.at(60))
    reading.mark_read(conversation, by=tomek, now=make.at(30))
    reading.mark_read(conversation, by=marta, now=make.at(10))

    states = dict(ReadState.objects.values_list("agent__name", "read_at"))
    assert states == {"Marta": make.at(60), "Tomek": make.at(30)}


def test_what_comes_late_and_stands_above_is_news_all_the_same() -> None:
    stream = make.stream()
    make.store(
        stream,
        make.item("c2", thread_id="c1", published_at=make.at(60)),
        now=make.at(61),
    )

    make.store(stream, make.item("c1", thread_id="c1"), now=make.at(120))

    conversation = Conversation.objects.get()
    assert conversation.news_at == make.at(120)
    assert conversation.last_inbound.external_id == "c2"
