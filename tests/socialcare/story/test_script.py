"""The story: enough people, every form, and the same world from the same seed."""

import itertools
from collections import Counter

import pytest

from socialcare.story import script
from socialcare.story.cast import LANGUAGES, cast
from socialcare.story.script import (
    AnsweredElsewhere,
    Chats,
    Edits,
    Insists,
    Opens,
    TakesBack,
    Timed,
)


def first(count: int, *, seed: int = 1) -> list[Timed]:
    return list(itertools.islice(script.acts(cast(), seed=seed), count))


@pytest.fixture(scope="module")
def story() -> list[Timed]:
    return first(400)


def test_sixty_customers_and_more_in_three_languages() -> None:
    people = cast().customers
    assert len({who.handle for who in people}) == len(people) >= 60
    spoken = Counter(who.language for who in people)
    assert sorted(spoken) == sorted(LANGUAGES)
    assert min(spoken.values()) >= 20


def test_every_comment_hangs_on_a_post_and_nothing_else_does() -> None:
    posts = {post.key for post in cast().posts} | {cast().spike.post}
    matters = [matter for who in cast().customers for matter in who.matters]
    assert [m for m in matters if (m.form == "comment") != (m.post in posts)] == []
    assert {m.form for m in matters} == {"message", "comment", "mention"}


def test_the_same_seed_is_the_same_world(story: list[Timed]) -> None:
    assert first(400) == story
    assert first(400, seed=2) != story


def test_time_never_runs_backwards(story: list[Timed]) -> None:
    times = [at for at, _act in story]
    assert times == sorted(times)


def test_the_inbox_is_alive_from_the_first_second(story: list[Timed]) -> None:
    opened = [at for at, act in story if isinstance(act, Opens)]
    assert len([at for at in opened if at < 0]) == script.HISTORY
    soon = [at for at in opened if 0 <= at < 120]
    assert 10 <= len(soon) <= 24


def test_everybody_speaks_before_anybody_is_repeated(story: list[Timed]) -> None:
    angry = {who.spike for who in cast().customers}
    texts = [
        (act.who.handle, act.matter.text)
        for _at, act in story
        if isinstance(act, Opens) and act.matter.text not in angry
    ]
    own = sum(len(who.matters) for who in cast().customers)
    assert len(set(texts[:own])) == own


def test_a_customer_tells_one_thing_after_the_other(story: list[Timed]) -> None:
    angry = {who.spike for who in cast().customers}
    for who in cast().customers:
        told = [
            act.matter
            for _at, act in story
            if isinstance(act, Opens)
            and act.who == who
            and act.matter.text not in angry
        ]
        assert tuple(told[: len(who.matters)]) == who.matters


def test_all_sorts_of_things_happen(story: list[Timed]) -> None:
    kinds = {type(act) for _at, act in story}
    assert kinds == {Opens, Insists, Edits, TakesBack, Chats, AnsweredElsewhere}
    assert any(isinstance(act, Opens) and act.matter.photo for _at, act in story)


def test_an_act_follows_what_it_is_about(story: list[Timed]) -> None:
    opened: set[int] = set()
    for _at, act in story:
        if isinstance(act, Opens):
            opened.add(act.key)
        assert act.key in opened


def test_one_troll_writes_the_same_thing_again_and_again(story: list[Timed]) -> None:
    trolls = [who for who in cast().customers if who.troll]
    assert len(trolls) == 1
    written = [
        act for _at, act in story if isinstance(act, Opens) and act.who == trolls[0]
    ]
    assert len(written) >= 4


def test_the_spike_is_a_dozen_people_within_two_minutes(story: list[Timed]) -> None:
    spike = cast().spike
    angry = {who.spike for who in cast().customers if who.spike}
    times = [
        at for at, act in story if isinstance(act, Opens) and act.matter.text in angry
    ]
    assert len(times) == len(angry) >= 12
    assert spike.after <= min(times) < max(times) < spike.after + 120
