"""The feed: one address per filter, due first, any page at the same cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from connectors import Form as ItemForm
from inbox import feed
from inbox.feed import Filter, Sort
from inbox.models import Agent, Category, Conversation, Form, Priority, Role, Status
from inbox.services import reading, triage
from tests import make

database = pytest.mark.django_db

numbers = st.integers(min_value=1, max_value=10**12)
filters = st.builds(
    Filter,
    channel=st.none() | numbers,
    form=st.sampled_from(["", *Form.values]),
    status=st.sampled_from([*Status.values, feed.ANY_STATUS]),
    assignee=st.sampled_from(["", feed.MINE, feed.NOBODY]) | numbers.map(str),
    team=st.none() | numbers,
    tag=st.none() | numbers,
    category=st.sampled_from(["", *Category.values]),
    priority=st.none() | st.sampled_from(Priority.values),
    overdue=st.booleans(),
    sort=st.sampled_from(Sort),
)


def parsed(query: str) -> Filter:
    from django.http import QueryDict

    return Filter.parse(QueryDict(query).dict())


@given(filters)
def test_a_filter_survives_its_address(wanted: Filter) -> None:
    assert parsed(wanted.query()) == wanted


def test_the_usual_feed_has_the_shortest_address() -> None:
    assert Filter().query() == ""
    assert Filter(assignee=feed.MINE, overdue=True).query() == "assignee=me&overdue=1"


@given(
    st.dictionaries(
        st.sampled_from([*Filter.__dataclass_fields__, "evil"]), st.text(max_size=30)
    )
)
def test_any_address_is_some_filter(query: dict[str, str]) -> None:
    wanted = Filter.parse(query)
    assert parsed(wanted.query()) == wanted


def test_what_is_not_understood_does_not_filter() -> None:
    query = "form=letter&status=lost&channel=x&priority=9&sort=evil&assignee=-1"
    assert parsed(query) == Filter()


@database
def test_the_most_urgent_come_first_and_those_without_a_promise_last() -> None:
    agent = make.agent()
    later, never, sooner = three_conversations()
    due(later, 60)
    due(never, None)
    due(sooner, 5)

    assert shown(Filter(), agent) == [sooner.pk, later.pk, never.pk]


@database
def test_a_closing_reply_window_is_urgent_too() -> None:
    agent = make.agent()
    promised, closing, _third = three_conversations()
    due(promised, 30)
    due(closing, 90)
    until = make.at(10 * 60)
    Conversation.objects.filter(pk=closing.pk).update(reply_until=until)

    assert shown(Filter(), agent)[:2] == [closing.pk, promised.pk]


@database
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_follow_each_other_without_gap_or_repeat(sort: Sort) -> None:
    agent, channel = make.agent(), make.channel()
    stream = make.stream(channel)
    make.store(
        stream,
        *(
            make.item(
                f"c{n}", author=make.author(f"a{n}"), published_at=make.at(n // 3)
            )
            for n in range(11)
        ),
    )
    Conversation.objects.filter(pk__in=ids()[:4]).update(priority=Priority.URGENT)
    wanted = Filter(sort=sort)
    whole = [row.pk for row in page(wanted, agent, size=50).rows]

    walked, after = [], ""
    for _turn in range(10):
        found = page(wanted, agent, after=after, size=4)
        walked += [row.pk for row in found.rows]
        if found.after is None:
            break
        after = found.after

    assert walked == whole
    assert sorted(walked) == ids()


@database
def test_a_page_that_is_exactly_full_has_no_next_one() -> None:
    agent = make.agent()
    three_conversations()

    assert page(Filter(), agent, size=3).after is None
    assert page(Filter(), agent, size=2).after is not None


@database
@pytest.mark.parametrize("after", ["x", "~", "1~2~3", "2026-13-01~4", "nan~1"])
def test_a_place_nobody_wrote_begins_at_the_top(after: str) -> None:
    agent = make.agent()
    three_conversations()

    assert len(page(Filter(), agent, after=after).rows) == 3


@database
def test_each_filter_finds_its_own() -> None:
    marta, piotr = make.agent("Marta"), make.agent("Piotr")
    stream = make.stream()
    comment = talk(stream, "anna")
    message = talk(stream, "ben", form=ItemForm.MESSAGE)
    mention = talk(stream, "cleo", form=ItemForm.MENTION)
    warranty = make.team("Warranty", marta)
    triage.assign(comment.pk, by=marta, to=marta, now=make.at(10))
    triage.assign(message.pk, by=marta, to=piotr, now=make.at(11))
    triage.tag(mention.pk, by=marta, name="steam", now=make.at(12))
    triage.categorise(
        comment.pk, by=marta, category=Category.COMPLAINT, now=make.at(13)
    )
    triage.prioritise(message.pk, by=marta, priority=Priority.LOW, now=make.at(14))
    triage.transfer(mention.pk, by=marta, team=warranty, now=make.at(15))
    tag = mention.tags.get()

    def found(**parts: Any) -> list[int]:
        return sorted(shown(Filter(**parts), marta))

    everyone = sorted([comment.pk, message.pk, mention.pk])
    assert found() == everyone
    assert found(channel=stream.channel_id) == everyone
    assert found(channel=stream.channel_id + 1) == []
    assert found(form="message") == [message.pk]
    assert found(assignee=feed.MINE) == [comment.pk]
    assert found(assignee=feed.NOBODY) == [mention.pk]
    assert found(assignee=str(piotr.pk)) == [message.pk]
    assert found(tag=tag.pk) == [mention.pk]
    assert found(category="complaint") == [comment.pk]
    assert found(priority=Priority.LOW.value) == [message.pk]
    assert found(team=warranty.pk) == [mention.pk]


@database
def test_resolved_ones_leave_the_usual_feed() -> None:
    agent = make.agent()
    first, second, third = three_conversations()
    Conversation.objects.filter(pk=second.pk).update(status=Status.RESOLVED)

    assert sorted(shown(Filter(), agent)) == [first.pk, third.pk]
    assert shown(Filter(status="resolved"), agent) == [second.pk]
    assert len(shown(Filter(status=feed.ANY_STATUS), agent)) == 3


@database
def test_late_are_those_past_due_now() -> None:
    agent = make.agent()
    first, second, third = three_conversations()
    due(first, -1)
    due(second, 0)
    due(third, 1)

    assert shown(Filter(overdue=True), agent) == [first.pk, second.pk]


@database
def test_a_team_s_channel_is_not_in_another_team_s_feed() -> None:
    marta, piotr = make.agent("Marta"), make.agent("Piotr")
    ewa = make.agent("Ewa", role=Role.ADMIN)
    conversation = make.conversation()
    conversation.channel.teams.add(make.team("Warranty", marta))

    assert shown(Filter(), marta) == [conversation.pk]
    assert shown(Filter(), piotr) == []
    assert shown(Filter(), ewa) == [conversation.pk]


@database
def test_unread_is_each_agent_s_own() -> None:
    marta, piotr = make.agent("Marta"), make.agent("Piotr")
    conversation = make.conversation()
    reading.mark_read(conversation, by=marta, now=make.at(1))

    assert not page(Filter(), marta).rows[0].is_unread
    assert page(Filter(), piotr).rows[0].is_unread


@database
def test_history_from_before_is_nobody_s_news() -> None:
    agent = make.agent()
    conversation = make.conversation()
    Conversation.objects.filter(pk=conversation.pk).update(news_at=None)

    assert not page(Filter(), agent).rows[0].is_unread


@database
def test_a_page_takes_as_many_queries_for_many_as_for_few() -> None:
    agent, channel = make.agent(), make.channel()
    stream = make.stream(channel)
    for name in ("anna", "ben"):
        make.store(stream, make.item(author=make.author(name)))
    few = queries(agent)
    make.store(
        stream, *(make.item(author=make.author(f"person-{n}")) for n in range(60))
    )

    assert queries(agent) == few == 3


def talk(stream: Any, name: str, **fields: Any) -> Conversation:
    item = make.item(author=make.author(name), **fields)
    make.store(stream, item)
    return Conversation.objects.get(messages__external_id=item.external_id)


def three_conversations() -> list[Conversation]:
    stream = make.stream()
    return [talk(stream, name) for name in ("anna", "ben", "cleo")]


def due(conversation: Conversation, minutes: float | None) -> None:
    at = None if minutes is None else make.NOW + timedelta(minutes=minutes)
    Conversation.objects.filter(pk=conversation.pk).update(next_due_at=at)


def page(wanted: Filter, agent: Agent, **options: Any) -> feed.Page:
    return feed.page(wanted, agent, now=make.NOW, **options)


def shown(wanted: Filter, agent: Agent) -> list[int]:
    return [row.pk for row in page(wanted, agent).rows]


def ids() -> list[int]:
    return sorted(Conversation.objects.values_list("pk", flat=True))


def queries(agent: Agent) -> int:
    with CaptureQueriesContext(connection) as counted:
        for row in page(Filter(), agent).rows:
            _ = (row.channel.kind, row.contact.name, row.author, row.shown_tags)
            _ = [one.snapshot for one in row.contact.identities.all()]
    return len(counted)
