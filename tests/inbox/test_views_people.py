"""Agents and teams, made and changed by admins."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.models import Agent, Membership, Role, Team
from tests import make
from tests.inbox.browser import browser, said

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Nora Lind",
    "email": "nora@example.com",
    "password": "grey-boat-17",
    "role": "lead",
}


def test_a_new_colleague_can_log_in_with_role_and_teams() -> None:
    team = make.team("Warranty")

    answer = browser(admin()).post("/people/agents/", {**NEW, "teams": [team.pk]})

    assert answer.status_code == 302
    nora = Agent.objects.get(email="nora@example.com")
    assert nora.check_password("grey-boat-17")
    assert Membership.objects.get(agent=nora).role == Role.LEAD
    assert list(nora.teams.all()) == [team]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"email": "taken@example.com"}, "Somebody already logs in with this address."),
        ({"email": "Taken@Example.com"}, "Somebody already logs in with this address."),
        ({"password": "12345678"}, "This password is too common."),
        ({"role": "boss"}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_colleague_is_refused_in_words(fields: dict[str, str], fault: str) -> None:
    taken = make.agent("Taken")
    Agent.objects.filter(pk=taken.pk).update(email="taken@example.com")
    client, before = browser(admin()), Agent.objects.count()

    answer = client.post("/people/agents/", {**NEW, **fields})

    assert answer.status_code == 422
    assert fault in said(answer.content)
    assert Agent.objects.count() == before


def test_roles_and_teams_change() -> None:
    piotr, team = make.agent("Piotr"), make.team("Warranty")
    client = browser(admin())

    client.post(f"/people/agents/{piotr.pk}/role/", {"role": "lead"})
    client.post(f"/people/agents/{piotr.pk}/teams/", {"teams": [team.pk]})

    assert Membership.objects.get(agent=piotr).role == Role.LEAD
    assert list(piotr.teams.all()) == [team]


def test_the_last_admin_stays_one() -> None:
    ewa = admin()
    client = browser(ewa)

    for resource, fields in (
        ("role", {"role": "operator"}),
        ("activity", {"to": "off"}),
    ):
        answer = client.post(
            f"/people/agents/{ewa.pk}/{resource}/", fields, follow=True
        )
        assert "Somebody has to stay admin." in said(answer.content)

    ewa.refresh_from_db()
    assert ewa.is_active
    assert Membership.objects.get(agent=ewa).role == Role.ADMIN


def test_who_is_deactivated_stays_in_the_list_and_can_come_back() -> None:
    piotr, client = make.agent("Piotr"), browser(admin())

    client.post(f"/people/agents/{piotr.pk}/activity/", {"to": "off"})
    piotr.refresh_from_db()
    assert not piotr.is_active
    assert "Let in again" in said(client.get("/people/").content)

    client.post(f"/people/agents/{piotr.pk}/activity/", {"to": "on"})
    piotr.refresh_from_db()
    assert piotr.is_active


def test_a_team_s_name_is_its_own() -> None:
    client = browser(admin())

    made = client.post("/people/teams/", {"name": "Night shift"})
    again = client.post("/people/teams/", {"name": "Night shift"})

    assert (made.status_code, again.status_code) == (302, 422)
    assert "There is a team of this name." in said(again.content)
    assert Team.objects.filter(name="Night shift").count() == 1


def admin() -> Any:
    return make.agent("Ewa", role=Role.ADMIN)
