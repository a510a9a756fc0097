"""Every address, every method, everybody: exactly what the table of rights says."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

import connectors
from inbox.models import (
    Agent,
    Channel,
    ConnectionTest,
    Conversation,
    ConversationTag,
    Delivery,
    Event,
    Membership,
    Message,
    Role,
    Team,
    Workspace,
)
from inbox.urls import urlpatterns
from inbox.views.access import rule_of
from tests import make
from tests.inbox import told
from tests.inbox.matrix import ACTS, RIGHTS, Act

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
GUARDED = [(act, role) for act, role in ACTS if role is not None]
HIDDEN_WORDS = "the planted words of the warranty team"
FOREIGN_WORDS = "the planted words of another house"


def of_acts(case: object) -> str | None:
    return str(case) if isinstance(case, Act) else None


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
    named = [str(act) for right in RIGHTS for act in right.acts]
    assert sorted(named) == sorted(set(named))


# --- Roles --------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "role"), GUARDED, ids=of_acts)
@pytest.mark.parametrize("asked_by", list(Role))
def test_a_role_may_do_what_the_table_says(
    act: Act, role: Role, asked_by: Role, place: SimpleNamespace
) -> None:
    before = footprint()
    answer = ask(act, place, by=place.people[asked_by])
    if asked_by.rank >= role.rank:
        assert answer.status_code == act.done
    else:
        assert answer.status_code == 403
        assert footprint() == before


@pytest.mark.parametrize(("act", "role"), GUARDED, ids=of_acts)
@pytest.mark.parametrize("who", ["nobody", "deactivated"])
def test_who_is_not_in_is_led_to_the_door(
    act: Act, role: Role, who: str, place: SimpleNamespace
) -> None:
    before = footprint()
    answer = ask(act, place, by=place.gone if who == "deactivated" else None)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))
    assert footprint() == before


@pytest.mark.parametrize(("act", "role"), GUARDED, ids=of_acts)
def test_an_agent_of_no_workspace_may_do_nothing(
    act: Act, role: Role, place: SimpleNamespace
) -> None:
    Membership.objects.filter(agent=place.gone).delete()
    Agent.objects.filter(pk=place.gone.pk).update(is_active=True)
    before = footprint()
    assert ask(act, place, by=place.gone).status_code == 403
    assert footprint() == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ["login", "set_up"])
def test_who_is_in_needs_no_door(
    name: str, role: Role, place: SimpleNamespace
) -> None:
    client = logged_in(place.people[role])
    expected = {"login": reverse("desk"), "set_up": reverse("login")}[name]
    for method in (client.get, client.post):
        answer = method(reverse(name))
        assert (answer.status_code, answer.url) == (302, expected)


def test_the_door_of_a_house_with_people(place: SimpleNamespace) -> None:
    client, agents = Client(), Agent.objects.count()
    assert client.get(reverse("login")).status_code == 200
    assert client.post(reverse("login")).status_code == 422
    person = {"name": "Eve", "email": "eve@example.com", "password": "grey-boat-17"}
    answer = client.post(reverse("set_up"), person)
    assert (answer.status_code, answer.url) == (302, reverse("login"))
    assert Agent.objects.count() == agents


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_other_methods_are_refused(pattern: object, place: SimpleNamespace) -> None:
    rule = rule_of(pattern.callback)
    client = logged_in(place.people[Role.ADMIN])
    before = footprint()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {*rule.methods}:
        answer = client.generic(method, address(pattern.name, place))
        assert (method, answer.status_code) == (method, 405)
        assert answer.headers["Allow"] == ", ".join(rule.methods)
    assert footprint() == before


@pytest.mark.parametrize(("act", "role"), ACTS, ids=of_acts)
def test_what_changes_something_wants_a_token(
    act: Act, role: Role | None, place: SimpleNamespace
) -> None:
    if act.method == "GET":
        return
    before = footprint()
    client = logged_in(place.people[Role.ADMIN], enforce_csrf_checks=True)
    answer = client.post(address(act.name, place), dict(act.data(place)))
    assert answer.status_code == 403
    assert footprint() == before


# --- What one does not see does not exist -------------------------------------------


OF_A_CONVERSATION = [
    (act, role)
    for act, role in GUARDED
    if "conversation_id" in address_names()[act.name]
    or "message_id" in address_names()[act.name]
] if False else []
