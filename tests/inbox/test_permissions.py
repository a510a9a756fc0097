"""Every address, every method, everybody: exactly what the table of rights says."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace as Place

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inbox.models import (
    Agent,
    Channel,
    ConnectionTest,
    Conversation,
    ConversationTag,
    Draft,
    Event,
    Membership,
    Message,
    ReadState,
    Role,
    Team,
)
from inbox.models.channel import ChannelTeam
from inbox.models.people import TeamMember
from inbox.urls import urlpatterns
from inbox.views.access import rule_of
from tests.inbox.houses import (
    FOREIGN_WORDS,
    HIDDEN_WORDS,
    OPEN_WORDS,
    SECRET,
    make_houses,
)
from tests.inbox.rights import ACTS, Act

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
GUARDED = [(act, role) for act, role in ACTS if role is not None]
PARTS = {pattern.name: {*pattern.pattern.converters} for pattern in urlpatterns}
OF_A_CONVERSATION = [
    (act, role)
    for act, role in GUARDED
    if PARTS[act.name] & {"conversation_id", "message_id"}
]
OF_A_ROW = [
    (act, role) for act, role in GUARDED if PARTS[act.name] - {"kind", "tag_id"}
]
READ = [act for act, _role in GUARDED if act.method == "GET"]

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def place() -> Place:
    """Our house: an open channel, and one that is the warranty team's alone."""
    return make_houses()


# --- The table is whole -------------------------------------------------------------


def test_every_address_stands_in_the_table_with_the_rule_of_its_view() -> None:
    declared = {
        (pattern.name, method): rule.role
        for pattern in urlpatterns
        if (rule := rule_of(pattern.callback))
        for method in rule.methods
    }
    assert [p.name for p in urlpatterns if rule_of(p.callback) is None] == []
    assert declared == {(act.name, act.method): role for act, role in ACTS}


def test_nothing_stands_in_the_table_twice() -> None:
    every = [str(act) for act, _role in ACTS]
    assert sorted(every) == sorted(set(every))


# --- Roles --------------------------------------------------------------------------


@pytest.mark.parametrize("asked_by", list(Role))
def test_a_role_may_do_what_the_table_says(asked_by: Role, place: Place) -> None:
    expected = {
        str(act): act.done if asked_by.rank >= role.rank else 403
        for act, role in GUARDED
    }
    assert answers(GUARDED, place, by=place.people[asked_by]) == expected


@pytest.mark.parametrize("who", ["nobody", "deactivated"])
def test_who_is_not_in_is_led_to_the_door(who: str, place: Place) -> None:
    by = place.gone if who == "deactivated" else None
    assert set(answers(GUARDED, place, by=by).values()) == {"/log-in/"}


def test_an_agent_of_no_workspace_may_do_nothing(place: Place) -> None:
    assert set(answers(GUARDED, place, by=place.homeless).values()) == {403}


@pytest.mark.parametrize("role", list(Role))
def test_who_is_in_needs_no_door(role: Role, place: Place) -> None:
    client = logged_in(place.people[role])
    for name, leads_to in (("login", "desk"), ("set_up", "login")):
        for answer in (client.get(reverse(name)), client.post(reverse(name))):
            assert (answer.status_code, answer.url) == (302, reverse(leads_to))


def test_the_door_of_a_house_with_people_makes_nobody_an_admin(place: Place) -> None:
    client, before = Client(), footprint()
    assert client.get(reverse("login")).status_code == 200
    assert client.post(reverse("login")).status_code == 422
    person = {"name": "Eve", "email": "eve@example.com", "password": "grey-boat-17"}
    for answer in (client.get(reverse("set_up")), client.post("/set-up/", person)):
        assert (answer.status_code, answer.url) == (302, reverse("login"))
    assert footprint() == before


def test_other_methods_are_refused(place: Place) -> None:
    client, before = logged_in(place.people[Role.ADMIN]), footprint()
    for pattern in urlpatterns:
        rule = rule_of(pattern.callback)
        assert rule is not None
        for method in METHODS - {*rule.methods}:
            answer = client.generic(method, address(str(pattern.name), place))
            told = (pattern.name, method, answer.status_code, answer.headers["Allow"])
            assert told == (pattern.name, method, 405, ", ".join(rule.methods))
    assert footprint() == before


def test_no_act_without_the_token_of_its_form(place: Place) -> None:
    client = logged_in(place.people[Role.ADMIN], enforce_csrf_checks=True)
    before = footprint()
    client = logged_in(place.people[Role.ADMIN], enforce_csrf_checks=True)
    for act, _role in ACTS:
        if act.method == "POST":
            answer = client.post(address(act.name, place), dict(act.data(place)))
            assert (str(act), answer.status_code) == (str(act), 403)
    assert footprint() == before


# --- What one may not see does not exist --------------------------------------------


@pytest.mark.parametrize("asked_by", list(Role))
def test_a_conversation_of_another_team_is_there_for_admins_alone(
    asked_by: Role, place: Place
) -> None:
    expected = {
        str(act): act.done if asked_by == Role.ADMIN else 404
        for act, _role in OF_A_CONVERSATION
    }
    by = place.people[asked_by]
    assert answers(OF_A_CONVERSATION, place.hidden, by=by) == expected


def test_the_team_itself_sees_its_conversation(place: Place) -> None:
    member = place.people[Role.OPERATOR]
    TeamMember.objects.create(team=place.hidden.owner, agent=member)
    expected = {str(act): act.done for act, _role in OF_A_CONVERSATION}
    assert answers(OF_A_CONVERSATION, place.hidden, by=member) == expected


def test_rows_of_another_workspace_do_not_exist(place: Place) -> None:
    by = place.people[Role.ADMIN]
    assert set(answers(OF_A_ROW, place.foreign, by=by).values()) == {404}


@pytest.mark.parametrize(
    ("name", "field", "row", "status"),
    [
        ("team", "team", "team", 404),
        ("assignment", "assignee", "agent", 404),
        ("agent_teams", "teams", "team", 404),
        ("channel_teams", "teams", "team", 404),
        ("connection_begin", "team", "team", 422),
    ],
)
def test_rows_of_another_workspace_cannot_be_named_either(
    name: str, field: str, row: str, status: int, place: Place
) -> None:
    client, before = logged_in(place.people[Role.ADMIN]), footprint()
    client = logged_in(place.people[Role.ADMIN])
    data = {"begin": "now", field: getattr(place.foreign, row).pk}
    assert client.post(address(name, place), data).status_code == status
    assert footprint() == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LEAD])
def test_no_page_lets_a_word_of_others_through(role: Role, place: Place) -> None:
    client = logged_in(place.people[role])
    ids = f"{place.conversation.pk},{place.hidden.conversation.pk}"
    planted = (HIDDEN_WORDS, FOREIGN_WORDS, place.hidden.channel.handle)
    for act in READ:
        query = {**act.query(place), "ids": ids, "status": "any"}
        page = client.get(address(act.name, place), query).content.decode()
        assert [str(act), *(words for words in planted if words in page)] == [str(act)]


def test_what_was_planted_would_be_seen(place: Place) -> None:
    def sees(agent: Agent) -> list[bool]:
        page = logged_in(agent).get("/").content.decode()
        return [words in page for words in (OPEN_WORDS, HIDDEN_WORDS, FOREIGN_WORDS)]

    assert sees(place.people[Role.ADMIN]) == [True, True, False]
    assert sees(place.people[Role.OPERATOR]) == [True, False, False]
    assert sees(place.foreign.agent) == [False, False, True]


def test_figures_of_others_are_for_leads(place: Place) -> None:
    query = {"figure": "answered", "who": place.people[Role.ADMIN].pk}
    statuses = [
        logged_in(place.people[role]).get(reverse("report_rows"), query).status_code
        for role in Role
    ]
    assert statuses == [403, 200, 200]


def test_no_page_shows_a_secret(place: Place) -> None:
    client = logged_in(place.people[Role.ADMIN])
    assert place.channel.secrets != {}
    for act in READ:
        page = client.get(address(act.name, place), act.query(place)).content.decode()
        assert (str(act), SECRET in page) == (str(act), False)


# --- How one asks -------------------------------------------------------------------


def answers(
    acts: list[tuple[Act, Role]], place: Place, *, by: Agent | None
) -> dict[str, int | str]:
    """Each act tried by itself: its status, or where it leads who is not logged in.

    What is refused may leave no trace, and say none of the words it guards.
    """
    found: dict[str, int | str] = {}
    untouched = footprint()
    for act, _role in acts:
        with contextlib.suppress(_Undo), transaction.atomic():
            answer = ask(act, place, by=by)
            found[str(act)] = answer.status_code
            if answer.status_code == 302 and (by is None or not by.is_active):
                found[str(act)] = answer.url.partition("?")[0]
            if found[str(act)] != act.done:
                assert footprint() == untouched, f"{act} left a trace"
                assert place.words not in answer.content.decode()
            raise _Undo
    return found


class _Undo(Exception):
    """Rolls one act back."""


def ask(act: Act, place: Place, *, by: Agent | None) -> HttpResponse:
    client = logged_in(by) if by else Client()
    where = address(act.name, place)
    if act.method == "GET":
        return client.get(where, dict(act.query(place)))
    return client.post(where, dict(act.data(place)))


def logged_in(agent: Agent, **how: bool) -> Client:
    client = Client(**how)
    client.force_login(agent, backend=BACKEND)
    return client


def address(name: str, place: Place) -> str:
    rows = {
        "conversation_id": place.conversation.pk,
        "message_id": place.message.pk,
        "tag_id": place.tag.pk,
        "channel_id": place.channel.pk,
        "agent_id": place.agent.pk,
        "test_id": place.test.pk,
        "kind": place.channel.kind,
    }
    return reverse(name, kwargs={part: rows[part] for part in PARTS[name]})


KEPT: tuple[type[Model], ...] = (
    Agent,
    Channel,
    ChannelTeam,
    ConnectionTest,
    Conversation,
    ConversationTag,
    Draft,
    Event,
    Membership,
    Message,
    ReadState,
    Team,
    TeamMember,
)


def footprint() -> list[list[dict[str, object]]]:
    """All that an act could change. Who logged in when is none of it."""
    Session.objects.all().delete()
    Agent.objects.update(last_login=None)
    return [[*kind.objects.order_by("pk").values()] for kind in KEPT]
