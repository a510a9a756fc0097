"""Which rule, which target, which version."""

from __future__ import annotations

import json

import pytest

from sla.policy import Calendar, Metric, PolicyBook, Rule, Traits, Version, Wait
from tests.sla.build import minute, promises, target

TRAITS = Traits(
    channel_id=3,
    form="comment",
    category="complaint",
    priority=2,
    team_id=1,
    tag_ids=frozenset({5, 6}),
)


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"channel_ids": {3, 4}}, True),
        ({"channel_ids": {4}}, False),
        ({"forms": {"comment"}}, True),
        ({"forms": {"message"}}, False),
        ({"categories": {"complaint"}}, True),
        ({"categories": {"praise"}}, False),
        ({"priorities": {1, 2}}, True),
        ({"priorities": {1}}, False),
        ({"team_ids": {1}}, True),
        ({"team_ids": {2}}, False),
        ({"tag_ids": {6, 7}}, True),
        ({"tag_ids": {7}}, False),
        ({"forms": {"comment"}, "team_ids": {2}}, False),
    ],
)
def test_a_rule_is_for_those_that_meet_every_condition(
    conditions: dict[str, set[object]], matches: object
) -> None:
    sets = {name: frozenset(values) for name, values in conditions.items()}
    rule = Rule(name="One", targets=(), **sets)  # type: ignore[arg-type]
    assert rule.is_for(TRAITS) is matches


def test_the_target_of_the_priority_wins_over_the_one_for_any() -> None:
    rule = Rule(name="One", targets=(target(60), target(15, priority=1)))

    def seconds(priority: int, metric: Metric = Metric.FIRST_RESPONSE) -> int | None:
        found = rule.target(metric=metric, wait=Wait.CUSTOMER, priority=priority)
        return found.seconds if found else None

    assert (seconds(1), seconds(2)) == (900, 3600)
    assert seconds(1, Metric.NEXT_RESPONSE) is None
    assert rule.target(metric=Metric.FIRST_RESPONSE, wait=Wait.TEAM, priority=1) is None


def test_a_rule_survives_json() -> None:
    rule = Rule(
        name="Warranty",
        channel_ids=frozenset({4, 3}),
        forms=frozenset({"comment"}),
        categories=frozenset({"complaint"}),
        priorities=frozenset({1}),
        team_ids=frozenset({2}),
        tag_ids=frozenset({9}),
        targets=(*promises(), target(5, priority=1, calendar_id=8)),
    )
    assert Rule.from_json(json.loads(json.dumps(rule.as_json()))) == rule


def test_a_rule_of_unknown_words_is_refused() -> None:
    with pytest.raises(ValueError, match="soonest"):
        Rule.from_json(
            {
                "name": "",
                "when": {},
                "targets": [{"metric": "soonest", "wait": "team", "seconds": 1}],
            }
        )


def test_the_version_in_force_is_the_last_one_that_had_begun() -> None:
    one, two = (
        Version(id=number, valid_from=minute(number * 10), rules=())
        for number in (1, 2)
    )
    book = PolicyBook(versions=(two, one))
    assert [book.version_at(minute(at)) for at in (9, 10, 19, 20)] == [
        None,
        one,
        one,
        two,
    ]
    assert book.first_version() == one
    assert (book.version(2), book.version(3)) == (two, None)


def test_a_calendar_reaches_back_before_its_first_version() -> None:
    old, new = (
        Calendar(id=7, valid_from=minute(0)),
        Calendar(id=8, valid_from=minute(9)),
    )
    book = PolicyBook(calendars={1: (new, old)})
    found = [book.calendar_at(1, minute(at)).id for at in (-5, 0, 8, 9)]
    assert found == [7, 7, 7, 8]
    assert book.calendar_at(None, minute(0)).id is None
    assert book.calendar_at(2, minute(0)).id is None
