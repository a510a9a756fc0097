"""The report: each figure is a link to exactly its rows, page and CSV agree."""

from __future__ import annotations

import csv
import io
import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from connectors import Receipt
from inbox.models import Agent, Conversation, Delivery, Message, Role
from inbox.services import deliver, reply
from sla.models import Clock
from tests import make
from tests.inbox.browser import browser, said, tags

pytestmark = pytest.mark.django_db

PERIOD = "since=2026-11-02&until=2026-11-02"


def test_every_figure_leads_to_as_many_rows_as_it_says() -> None:
    marta, piotr, lead = crew()
    answered(marta, "anna", minutes=9)
    answered(marta, "ben", minutes=31)
    answered(piotr, "cleo", minutes=12)
    make.conversation(author=make.author("dora"))
    client = browser(lead)

    page = client.get(f"/reports/agents/?{PERIOD}")

    checked = 0
    for link, words in figures(page.content):
        if words.isdecimal():
            rows = client.get(link)
            assert len(rows_of(rows.content)) == int(words), link
            checked += 1
    assert checked == 6  # answered and waiting of two agents and of the total


def test_the_reply_belongs_to_its_sender() -> None:
    marta, piotr, lead = crew()
    answered(marta, "anna", minutes=9)
    Conversation.objects.update(assignee=piotr)

    page = browser(lead).get(f"/reports/agents/?{PERIOD}")

    words = said(page.content).replace("\xa0", " ")
    assert "Marta 1 9 min 9 min – –" in words
    assert "Piotr" not in words


def test_an_operator_sees_the_own_line_and_the_total() -> None:
    marta, piotr, _lead = crew()
    answered(marta, "anna", minutes=9)
    answered(piotr, "ben", minutes=12)
    client = browser(marta)

    words = said(client.get(f"/reports/agents/?{PERIOD}").content)

    assert "Piotr" not in words
    assert "In total 2" in words
    rows = client.get(f"/reports/agents/rows/?{PERIOD}&figure=answered&who=everybody")
    assert "Piotr" not in said(rows.content)
    mine = client.get(f"/reports/agents/rows/?{PERIOD}&figure=answered&who={marta.pk}")
    assert len(rows_of(mine.content)) == 1


def test_open_waits_stand_in_the_total_as_at_least() -> None:
    _marta, _piotr, lead = crew()
    make.conversation()

    page = browser(lead).get(f"/reports/agents/?{PERIOD}&wait=customer&time=wall")

    assert "≥ 1" in said(page.content)


def test_a_channel_one_may_not_see_is_in_no_figure() -> None:
    marta, piotr, _lead = crew()
    answered(marta, "anna", minutes=9)
    hidden = Conversation.objects.get().channel
    hidden.teams.add(make.team("Warranty", marta))

    words = said(browser(piotr).get(f"/reports/agents/?{PERIOD}").content)

    assert "In total 0" in words


def test_the_csv_says_what_the_page_says() -> None:
    marta, _piotr, lead = crew()
    answered(marta, "anna", minutes=9)
    answered(marta, "ben", minutes=31)
    Agent.objects.filter(pk=marta.pk).update(name="=Marta")

    answer = browser(lead).get(f"/reports/agents.csv?{PERIOD}")

    text = answer.content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["agent"] for line in lines] == ["'=Marta", "Outside", "In total"]
    assert (lines[0]["answered"], lines[0]["median_seconds"]) == ("2", "1200")
    assert lines[0]["within_target_percent"] == "100.00"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="agents.csv"'


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("since=2026-11-03&until=2026-11-02", "It ends before it begins."),
        ("since=2020-01-01&until=2026-11-02", "A report spans at most 400 days."),
        ("since=yesterday", "Enter a valid date."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(query: str, fault: str) -> None:
    lead = make.agent(role=Role.LEAD)
    client = browser(lead)

    answer = client.get(f"/reports/agents/?{query}")

    assert answer.status_code == 422
    assert fault in said(answer.content)
    for address in ("/reports/agents.csv", "/reports/agents/rows/"):
        assert client.get(f"{address}?{query}&figure=answered").status_code == 404


def crew() -> tuple[Agent, Agent, Agent]:
    return (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.agent("Olga", role=Role.LEAD),
    )


def answered(agent: Agent, who: str, *, minutes: int) -> None:
    """A customer wrote at NOW and had the agent's reply so many minutes later."""
    conversation = make.conversation(author=make.author(who))
    now = make.NOW + timedelta(minutes=minutes)
    sent = reply.submit(
        conversation.pk,
        by=agent,
        text="It is on its way.",
        visibility="public",
        seen=reply.newest(conversation),
        key=uuid.uuid4(),
        now=now,
    )
    arrived(sent, now)


def arrived(sent: Message, at: Any) -> None:
    """The platform has it, at once."""
    Message.objects.filter(pk=sent.pk).update(delivery=Delivery.SENDING)
    sent.refresh_from_db()
    deliver.settle(sent, Receipt(external_id=f"sent-{sent.pk}"), now=at)
    assert Clock.objects.filter(agent_id=sent.agent_id).exists()


def figures(html: bytes) -> list[tuple[str, str]]:
    """The links of the table's figures, with their words."""
    links = re.findall(r'<a class="f" href="([^"]+)">([^<]*)</a>', html.decode())
    return [(unescape(link), words) for link, words in links]


def rows_of(html: bytes) -> list[str]:
    return [
        link["href"] or "" for link in tags(html, "a") if link.get("class") == "link"
    ]
