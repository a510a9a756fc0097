"""A conversation as it is read, and what one does with it besides answering."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors import PostRef
from inbox.models import (
    Conversation,
    Event,
    Happening,
    Message,
    Outcome,
    Status,
)
from tests import make
from tests.inbox.browser import browser, replaced, said, scripted, tags

pytestmark = pytest.mark.django_db


# --- Reading ------------------------------------------------------------------------


def test_the_whole_thread_is_shown_with_strangers_dimmed() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(
        stream,
        make.item("a", thread_id="t", text="Mine stopped at 37 %"),
        make.item("b", thread_id="t", text="Mine too", author=make.author("ben")),
    )
    anna = Conversation.objects.get(messages__external_id="a")

    page = browser(agent).get(f"/conversations/{anna.pk}/")

    classes = {
        row["id"]: (row["class"] or "").split()
        for row in tags(page.content, "li")
        if (row.get("id") or "").startswith("message-")
    }
    dimmed = {key: "stranger" in value for key, value in classes.items()}
    pk = {message.external_id: message.pk for message in Message.objects.all()}
    assert dimmed == {f"message-{pk['a']}": False, f"message-{pk['b']}": True}


def test_many_words_between_strangers_fold_into_one_line() -> None:
    agent, stream = make.agent(), make.stream()
    others = [
        make.item(
            f"b{number}",
            thread_id="t",
            author=make.author(f"ben{number}"),
            published_at=make.at(number),
        )
        for number in range(1, 5)
    ]
    make.store(stream, make.item("a", thread_id="t"), *others, now=make.at(9))
    anna = Conversation.objects.get(messages__external_id="a")

    page = browser(agent).get(f"/conversations/{anna.pk}/")

    thread = page.content.decode().partition('id="thread"')[2]
    assert "4 messages between others" in thread
    assert thread.count('class="others"') == 1
    folded = thread.partition('class="others"')[2]
    own = anna.messages.get()
    assert f"message-{own.pk}" not in folded


def test_the_author_the_post_and_the_way_out_are_shown() -> None:
    agent = make.agent()
    anna = make.author(
        "anna", followers=8240, city="Gdańsk", url="https://net.example/@anna"
    )
    post = PostRef(id="p", text="Update 1.4 is out", url="https://net.example/p")
    conversation = make.conversation(
        author=anna, post=post, url="https://net.example/c", language="pl"
    )

    page = browser(agent).get(f"/conversations/{conversation.pk}/")

    words = said(page.content)
    for expected in (
        "@anna",
        "8,240 followers",
        "Gdańsk",
        "Polish",
        "Update 1.4 is out",
    ):
        assert expected in words
    links = {link.get("href") for link in tags(page.content, "a")}
    assert {
        "https://net.example/@anna",
        "https://net.example/p",
        "https://net.example/c",
    } <= links


def test_what_a_network_does_not_give_is_said() -> None:
    agent, conversation = make.agent(), make.conversation()

    words = said(browser(agent).get(f"/conversations/{conversation.pk}/").content)

    assert "reach not given" in words


def test_an_edit_shows_what_it_said_before_and_a_deletion_strikes() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(stream, make.item("a", text="Where is it?"))
    edited = make.item("a", text="Where is my order?", edited_at=make.at(60))
    make.store(stream, edited, now=make.at(90))
    conversation = Conversation.objects.get()
    address = f"/conversations/{conversation.pk}/"

    words = said(browser(agent).get(address).content)
    assert "edited" in words
    assert "Where is it?" in words

    make.store(stream, make.item("a", text="", deleted=True), now=make.at(120))
    page = browser(agent).get(address)
    assert "deleted by its author" in said(page.content)
    assert "Where is my order?" in said(page.content)
    assert any("gone" in (row.get("class") or "") for row in tags(page.content, "li"))


def test_a_long_thread_comes_in_pages_and_none_is_lost() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(
        stream,
        *(
            make.item(f"m{n}", thread_id="t", text=f"Word {n}", published_at=make.at(n))
            for n in range(170)
        ),
        now=make.at(200),
    )
    conversation = Conversation.objects.get()
    client, address = browser(agent), f"/conversations/{conversation.pk}/"
    seen: list[str] = []
    for _turn in range(5):
        page = client.get(address)
        seen = messages(page.content) + seen
        link = earlier(page.content)
        if link is None:
            break
        address = link

    every = Message.objects.order_by("published_at").values_list("pk", flat=True)
    assert seen == [f"message-{pk}" for pk in every]


def test_a_script_gets_only_the_earlier_items() -> None:
    agent, stream = make.agent(), make.stream()
    make.store(
        stream,
        *(
            make.item(f"m{n}", thread_id="t", published_at=make.at(n))
            for n in range(90)
        ),
        now=make.at(200),
    )
    conversation = Conversation.objects.get()
    page = browser(agent).get(f"/conversations/{conversation.pk}/")

    part = scripted(agent, target="earlier").get(earlier(page.content) or "")

    assert len(messages(part.content)) == 10
    assert tags(part.content, "section") == []


def test_the_live_parts_leave_the_composer_alone() -> None:
    agent, conversation = make.agent(), make.conversation()

    part = scripted(agent).get(f"/conversations/{conversation.pk}/live/")

    assert replaced(part.content) == [
        "talk-head",
        "thread",
        "beside",
        f"card-{conversation.pk}",
    ]
    assert tags(part.content, "textarea") == []


# --- Acting -------------------------------------------------------------------------


def test_assigning_to_me_to_another_and_back() -> None:
    marta, piotr, conversation = (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.conversation(),
    )
    client = browser(marta)

    owners = []
    for assignee in ("me", piotr.pk, "none"):
        act(client, conversation, "assignment", assignee=assignee)
        conversation.refresh_from_db()
        owners.append(conversation.assignee)

    assert owners == [marta, piotr, None]
    words = said(client.get(f"/conversations/{conversation.pk}/").content)
    # Its promise was over when it came: both waits, said once.
    assert "4 events: Marta took it" in words
    assert words.count("The promised time is over") == 1
    assert "Marta gave it to Piotr" in words
    assert "Marta gave it back to the queue" in words


def test_a_colleague_who_may_not_see_it_cannot_get_it() -> None:
    marta, piotr, conversation = (
        make.agent("Marta"),
        make.agent("Piotr"),
        make.conversation(),
    )
    conversation.channel.teams.add(make.team("Warranty", marta))

    answer = act(scripted(marta), conversation, "assignment", assignee=piotr.pk)

    conversation.refresh_from_db()
    assert (answer.status_code, conversation.assignee) == (422, None)
    assert "Piotr cannot see this channel." in answer.headers["HX-Trigger"]


def test_tagging_and_taking_it_off() -> None:
    agent, conversation = make.agent(), make.conversation()
    client = scripted(agent)

    act(client, conversation, "tags", name="#firmware")
    tag = conversation.tags.get()
    client.post(f"/conversations/{conversation.pk}/tags/{tag.pk}/")

    assert tag.name == "firmware"
    assert list(conversation.tags.all()) == []
    assert [event.what for event in Event.objects.filter(agent=agent)] == [
        Happening.TAGGED,
        Happening.UNTAGGED,
    ]


def test_category_priority_and_team() -> None:
    agent, conversation = make.agent(), make.conversation()
    warranty = make.team("Warranty", agent)
    client = scripted(agent)

    act(client, conversation, "category", category="complaint")
    act(client, conversation, "priority", priority=1)
    act(client, conversation, "team", team=warranty.pk, reason="a broken pump")

    conversation.refresh_from_db()
    assert (conversation.category, conversation.priority, conversation.team) == (
        "complaint",
        1,
        warranty,
    )
    words = said(client.get(f"/conversations/{conversation.pk}/").content)
    assert "Warranty : a broken pump" in words


@pytest.mark.parametrize(
    ("resource", "fields"),
    [
        ("category", {"category": "rant"}),
        ("priority", {"priority": "9"}),
        ("resolution", {"outcome": "bored"}),
        ("assignment", {"assignee": "everybody"}),
        ("team", {"team": "x"}),
    ],
)
def test_values_nobody_offered_do_not_exist(
    resource: str, fields: dict[str, str]
) -> None:
    agent, conversation = make.agent(), make.conversation()
    version = conversation.version

    answer = act(scripted(agent), conversation, resource, **fields)

    conversation.refresh_from_db()
    assert (answer.status_code, conversation.version) == (404, version)


def test_resolving_while_somebody_waits_asks_why() -> None:
    agent, conversation = make.agent(), make.conversation()

    refused = act(scripted(agent), conversation, "resolution")
    conversation.refresh_from_db()
    assert (refused.status_code, conversation.status) == (422, Status.OPEN)
    assert "Somebody still waits" in refused.headers["HX-Trigger"]

    done = act(scripted(agent), conversation, "resolution", outcome="no_reply_needed")
    conversation.refresh_from_db()
    assert (done.status_code, conversation.status, conversation.outcome) == (
        200,
        Status.RESOLVED,
        Outcome.NO_REPLY_NEEDED,
    )
    assert "resolved" in done.headers["HX-Trigger"]


def test_a_resolved_one_can_be_opened_again_without_a_script() -> None:
    agent, conversation = make.agent(), make.conversation()
    client = browser(agent)
    act(client, conversation, "resolution", outcome="spam")
    page = client.get(f"/conversations/{conversation.pk}/")
    forms = {form.get("action") for form in tags(page.content, "form")}
    assert f"/conversations/{conversation.pk}/reopening/" in forms

    answer = act(client, conversation, "reopening")

    conversation.refresh_from_db()
    assert (answer.status_code, conversation.status) == (303, Status.OPEN)


def test_every_act_comes_back_to_the_same_feed() -> None:
    agent, conversation = make.agent(), make.conversation()
    query = "?form=comment&assignee=none"

    answer = browser(agent).post(
        f"/conversations/{conversation.pk}/assignment/{query}", {"assignee": "me"}
    )

    assert answer.headers["Location"] == f"/conversations/{conversation.pk}/{query}"


def test_the_countdown_comes_from_the_stored_due_time() -> None:
    agent, conversation = make.agent(), make.conversation()
    due = timezone.now().replace(microsecond=0) + timedelta(minutes=18, seconds=30)
    Conversation.objects.filter(pk=conversation.pk).update(next_due_at=due)

    page = browser(agent).get("/")

    clock = tags(page.content, "sc-clock")[0]
    assert clock["due"] == due.isoformat()
    assert "18 min left" in said(page.content).replace("\xa0", " ")


def act(
    client: Client, conversation: Conversation, resource: str, **fields: Any
) -> Any:
    return client.post(f"/conversations/{conversation.pk}/{resource}/", fields)


def messages(html: bytes) -> list[str]:
    return [
        row["id"] or ""
        for row in tags(html, "li")
        if (row.get("id") or "").startswith("message-")
    ]


def earlier(html: bytes) -> str | None:
    found = [
        link["href"]
        for link in tags(html, "a")
        if "before=" in (link.get("href") or "")
    ]
    return found[0] if found else None
