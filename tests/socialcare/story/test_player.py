"""The player puts the script into a world, and its people react to us."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.world import Item, Thing, World
from socialcare.story import script
from socialcare.story.cast import Matter, cast
from socialcare.story.player import Clock, Player, play_on
from socialcare.story.script import (
    AnsweredElsewhere,
    Chats,
    Edits,
    Insists,
    Opens,
    TakesBack,
)

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
WHO, STRANGER = cast().customers[:2]


class Stage:
    """A player over worlds that can be looked at."""

    def __init__(self, *kinds: str, seed: int = 1) -> None:
        self.clock = Clock(stands_at=START)
        self.worlds = {kind: World(clock=self.clock.now) for kind in kinds or ("one",)}
        self.player = Player(
            cast=cast(), worlds=self.worlds, clock=self.clock, start=START, seed=seed
        )

    @property
    def world(self) -> World:
        return next(iter(self.worlds.values()))

    def said(self, handle: str = WHO.handle) -> list[Item]:
        return [i for i in self.world.items.values() if i.author.handle == handle]


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.player.tell_history()
    stage.clock.stands_at = START
    for item in stage.said():
        stage.world.delete(item)
        del stage.world.items[item.id]
    return stage


def opens(stage: Stage, **what: object) -> None:
    given = {"form": "comment", "post": "care", "text": "Is it safe?", **what}
    if given["form"] != "comment":
        given["post"] = None
    stage.player.perform(Opens(key=9001, who=WHO, matter=Matter(**given)))


def reply(stage: Stage, to: Item, text: str = "It is.") -> Item:
    """Our reply as it comes through the inbox: the ledger books it."""
    world = stage.world
    name = world.external_id(to)
    write = world.ledger.receive(
        key=f"k{to.id}", text=text, in_reply_to=name, private=to.private
    )
    answer = world.answer(to=to, text=text, private=to.private)
    world.ledger.created(write, world.external_id(answer))
    return answer


def test_the_history_is_told_before_the_start_in_order() -> None:
    stage = Stage()
    rest = stage.player.tell_history()
    items = list(stage.world.items.values())
    assert [item.at for item in items] == sorted(item.at for item in items)
    assert max(item.at for item in items) < START
    us = stage.world.us()
    posts = [item for item in items if item.thing is Thing.POST and item.author == us]
    assert len(posts) == len(cast().posts)
    at, _act = next(rest)
    assert at >= 0
    assert stage.clock.stands_at is None


def test_the_history_holds_forty_affairs_of_every_form() -> None:
    stage = Stage()
    stage.player.tell_history()
    us, items = stage.world.us(), stage.world.items
    opened = [
        item
        for item in items.values()
        if item.author != us
        and (item.parent is None or items[item.parent].author == us)
    ]
    assert len(opened) >= script.HISTORY
    assert {item.thing for item in opened} == {
        Thing.COMMENT,
        Thing.MENTION,
        Thing.MESSAGE,
    }
    assert any(item.media for item in opened)


def test_the_same_seed_tells_the_same_history() -> None:
    told = []
    for seed in (1, 1, 2):
        stage = Stage(seed=seed)
        stage.player.tell_history()
        told.append(list(stage.world.items.values()))
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_people_are_spread_over_the_networks_and_stay_where_they_are() -> None:
    stage = Stage("one", "two")
    stage.player.tell_history()
    homes = [set(world.people) for world in stage.worlds.values()]
    assert min(map(len, homes)) > 10
    chatters = homes[0] & homes[1]
    openers = {
        kind: {
            item.author.handle
            for item in world.items.values()
            if item.thing is Thing.MESSAGE
        }
        for kind, world in stage.worlds.items()
    }
    assert chatters >= openers["one"] & openers["two"]
    assert openers["one"] & openers["two"] <= {cast().brand.handle}


def test_a_photo_comes_along_with_its_description(stage: Stage) -> None:
    opens(stage, form="message", photo="A wet box")
    (item,) = stage.said()
    assert [(file.alt, file.mime) for file in item.media] == [
        ("A wet box", "image/png")
    ]
    assert item.media[0].content.startswith(b"\x89PNG")


def test_edits_and_taking_back(stage: Stage) -> None:
    opens(stage)
    stage.player.perform(Edits(key=9001, text="Is it SAFE?"))
    (item,) = stage.said()
    assert (item.text, item.edited_at) == ("Is it SAFE?", START)
    stage.player.perform(TakesBack(key=9001))
    assert stage.said()[0].deleted_at == START


def test_a_stranger_chats_without_addressing_us(stage: Stage) -> None:
    opens(stage)
    stage.player.perform(Chats(key=9001, who=STRANGER, text="Mine is fine."))
    (said,) = [i for i in stage.said(STRANGER.handle) if i.text == "Mine is fine."]
    assert said.names == (WHO.handle,)


@pytest.mark.parametrize("form", ["comment", "mention", "message"])
def test_who_hears_nothing_insists(stage: Stage, form: str) -> None:
    opens(stage, form=form)
    stage.player.perform(Insists(key=9001, text="Hello?"))
    first, second = stage.said()
    assert (second.text, second.root) == ("Hello?", first.root)
    assert stage.world.us().handle in second.names


@pytest.mark.parametrize("form", ["comment", "mention", "message"])
def test_who_is_answered_thanks_once_and_no_longer_insists(
    stage: Stage, form: str
) -> None:
    opens(stage, form=form, thanks="Thank you.")
    (first,) = stage.said()
    answer = reply(stage, first)
    assert stage.player.thanks_due() == [9001]
    assert stage.player.thanks_due() == []
    stage.player.perform(Insists(key=9001, text="Hello?"))
    for _ in range(2):
        stage.player.thank(9001)
    said = stage.said()
    assert [item.text for item in said] == ["Is it safe?", "Thank you."]
    assert said[1].root == first.root
    assert said[1].parent == answer.id


def test_an_answer_typed_elsewhere_also_counts(stage: Stage) -> None:
    opens(stage)
    stage.player.perform(AnsweredElsewhere(key=9001, text="Yes."))
    stage.player.perform(Insists(key=9001, text="Hello?"))
    assert [item.text for item in stage.said()] == ["Is it safe?"]
    assert stage.player.thanks_due() == []


def test_the_play_goes_on_in_its_time(stage: Stage) -> None:
    seconds = iter([1.0, 2.0, 3.0, 4.0, 60.0])
    matter = Matter(form="message", text="Hello.", thanks="Thank you.")
    acts = iter(
        [
            (2.0, Opens(key=9001, who=WHO, matter=matter)),
            (3.5, Insists(key=9001, text="Hello?")),
            (10_000.0, TakesBack(key=9001)),
        ]
    )
    steps: list[list[str]] = []

    def is_over(_seconds: float) -> bool:
        steps.append([item.text for item in stage.said()])
        if len(steps) == 4:
            reply(stage, stage.said()[0])
        return len(steps) == 6

    play_on(stage.player, acts, is_over=is_over, seconds=lambda: next(seconds))
    hello = ["Hello."]
    assert steps == [[], [], hello, hello, hello, ["Hello.", "Thank you."]]
    assert stage.said()[0].at == START + timedelta(seconds=2)


def test_speed_shortens_what_comes_and_not_what_was() -> None:
    slow, fast = Stage(), Stage()
    fast.player.speed = 10.0
    for stage in (slow, fast):
        stage.player.tell_history(until=120.0)
    pairs = zip(slow.world.items.values(), fast.world.items.values(), strict=True)
    for calm, hurried in pairs:
        since = (calm.at - START).total_seconds()
        expected = since if since < 0 else since / 10
        assert (hurried.at - START).total_seconds() == pytest.approx(expected, abs=1e-3)


def test_a_world_told_anew_after_a_crash_is_the_same() -> None:
    lived, anew = Stage(), Stage()
    rest = lived.player.tell_history()
    for at, act in rest:
        if at >= 300.0:
            break
        lived.player.play(at, act)
    anew.player.tell_history(until=300.0)
    assert list(anew.world.items.values()) == list(lived.world.items.values())
    assert anew.world.us() == lived.world.us()


def test_the_clock_runs_on_after_the_history() -> None:
    stage = Stage()
    stage.player.tell_history()
    assert abs(stage.clock.now() - datetime.now(tz=UTC)) < timedelta(seconds=5)
