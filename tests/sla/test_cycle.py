"""What opens and closes a wait: a table over direction, visibility and time."""

from __future__ import annotations

import pytest

from sla.clock import Clock
from sla.cycle import Credit
from sla.history import (
    Categorised,
    Entry,
    Origin,
    Outcome,
    RequestMade,
    StatusChanged,
    Tagged,
)
from sla.policy import Metric, Wait
from tests.sla.build import (
    FIRST_LINE,
    JAN,
    MARTA,
    WARRANTY,
    answers,
    assigned,
    ends,
    folded,
    minute,
    one,
    says,
    transferred,
)

Cycles = list[tuple[int, int | None, str]]


def cycles(found: list[Clock]) -> Cycles:
    """Per cycle: opened by, closed by, and how."""
    return [
        (
            clock.cycle.opening.id,
            clock.cycle.closed_by,
            clock.cycle.closing.outcome or clock.cycle.closing.credit or ""
            if clock.cycle.closing
            else "open",
        )
        for clock in found
        if clock.wait is Wait.CUSTOMER
    ]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((says(1, 0),), [(1, None, "open")], id="a message waits"),
        pytest.param(
            (says(1, 0), answers(2, 5)), [(1, 2, "agent")], id="a reply closes"
        ),
        pytest.param(
            (says(1, 0), answers(2, 5, by=None)),
            [(1, 2, "outside")],
            id="one typed elsewhere closes",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5, is_note=True)),
            [(1, None, "open")],
            id="a note closes nothing",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5, is_automatic=True)),
            [(1, None, "open")],
            id="an acknowledgement by machine closes nothing",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5, delivered_at=None)),
            [(1, None, "open")],
            id="an undelivered reply closes nothing",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5, delivered_at=None), answers(3, 9)),
            [(1, 3, "agent")],
            id="after a failed send the start is the same",
        ),
        pytest.param(
            (says(1, 0), says(2, 1), says(3, 2), answers(4, 5)),
            [(1, 4, "agent")],
            id="further messages join",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5), answers(3, 6)),
            [(1, 2, "agent")],
            id="a second reply finds nothing open",
        ),
        pytest.param(
            (says(1, 0), answers(2, 5), says(3, 10), answers(4, 15)),
            [(1, 2, "agent"), (3, 4, "agent")],
            id="the next message opens the next cycle",
        ),
        pytest.param((says(1, 0, addressed=False),), [], id="chatter opens nothing"),
        pytest.param(
            (says(1, 0), says(2, 1, addressed=False), answers(3, 5)),
            [(1, 3, "agent")],
            id="the contact's chatter joins an open cycle",
        ),
        pytest.param(
            (
                says(1, 0, addressed=False),
                RequestMade(id=1, at=minute(30), message_id=1),
            ),
            [(1, None, "open")],
            id="chatter made a request counts from when it was written",
        ),
        pytest.param(
            (says(1, 0), ends(1, 5, Outcome.SPAM)),
            [(1, None, "spam")],
            id="an outcome closes",
        ),
        pytest.param(
            (ends(1, 5), says(1, 10)),
            [(1, None, "open")],
            id="an early outcome does not",
        ),
        pytest.param(
            (says(1, 0, deleted_at=minute(5)),),
            [(1, 1, "deleted")],
            id="the customer deletes all of it",
        ),
        pytest.param(
            (says(1, 0, deleted_at=minute(5)), says(2, 1)),
            [(1, None, "open")],
            id="the customer deletes a part",
        ),
        pytest.param(
            (says(1, 0, deleted_at=minute(9)), answers(2, 5)),
            [(1, 2, "agent")],
            id="deleted after the reply",
        ),
        pytest.param(
            (says(1, 0, deleted_at=minute(5)), says(2, 7), answers(3, 9)),
            [(1, 1, "deleted"), (2, 3, "agent")],
            id="deleted and written anew",
        ),
        pytest.param(
            (says(1, 0, origin=Origin.BACKFILL),),
            [(1, None, "history")],
            id="a back-filled message is closed quietly",
        ),
        pytest.param(
            (says(1, 0, origin=Origin.BACKFILL), says(2, 60)),
            [(1, None, "history"), (2, None, "open")],
            id="a live one does not join history",
        ),
        pytest.param(
            (says(1, 0, origin=Origin.IMPORT), answers(2, 5)),
            [(1, 2, "agent")],
            id="an imported one was answered",
        ),
        pytest.param(
            (
                says(1, 0),
                StatusChanged(id=1, at=minute(5), status="resolved"),
                StatusChanged(id=2, at=minute(6), status="reopened"),
            ),
            [(1, None, "open")],
            id="resolving closes nothing",
        ),
    ],
)
def test_what_opens_and_closes_a_cycle(
    entries: tuple[Entry, ...], expected: Cycles
) -> None:
    assert cycles(folded(*entries)) == expected


def test_first_response_then_next_responses() -> None:
    found = folded(says(1, 0), answers(2, 5), says(3, 10), answers(4, 15), says(5, 20))
    metrics = [clock.metric for clock in found if clock.wait is Wait.TEAM]
    assert metrics == [
        Metric.FIRST_RESPONSE,
        Metric.NEXT_RESPONSE,
        Metric.NEXT_RESPONSE,
    ]


def test_a_reply_stands_after_what_it_answers_at_the_same_second() -> None:
    reply = answers(
        2,
        0,
        published_at=minute(0),
        delivered_at=minute(0),
        position=0,
        answers_published_at=minute(0),
    )
    assert cycles(folded(says(1, 0, position=99), reply)) == [(1, 2, "agent")]


def test_credit_is_the_senders_and_segments_are_each_assignees() -> None:
    found = folded(
        says(1, 0), assigned(1, 5, JAN), assigned(2, 20, MARTA), answers(2, 30, by=9)
    )
    clock = one(found)
    assert clock.cycle.closing is not None
    assert clock.cycle.closing.credit is Credit.AGENT
    assert clock.cycle.closing.reply is not None
    assert clock.cycle.closing.reply.agent_id == 9
    assert [(h.agent_id, h.since, h.until) for h in clock.cycle.hands] == [
        (None, minute(0), minute(5)),
        (JAN, minute(5), minute(20)),
        (MARTA, minute(20), minute(31)),
    ]


def test_dimensions_are_those_of_closing() -> None:
    found = folded(
        says(1, 0),
        Tagged(id=1, at=minute(1), tag_id=5),
        Tagged(id=2, at=minute(2), tag_id=6),
        Tagged(id=3, at=minute(3), tag_id=5, removed=True),
        transferred(4, 4, WARRANTY),
        answers(2, 10),
        Tagged(id=5, at=minute(20), tag_id=8),
        transferred(6, 21, FIRST_LINE),
        Categorised(id=7, at=minute(22), category="praise"),
    )
    attributes = one(found).cycle.attributes
    assert attributes.tag_ids == {6}
    assert (attributes.team_id, attributes.category) == (WARRANTY, "")
