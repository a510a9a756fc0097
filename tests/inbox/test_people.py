"""Agents come, change and leave: nobody of another company, never the last admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Event,
    Happening,
    Membership,
    Outcome,
    Role,
    Team,
)
from inbox.services import people, triage, workspaces
from inbox.services.people import PeopleFault
from tests import make
from tests.inbox import elsewhere

pytestmark = pytest.mark.django_db

THEN = make.at(60)


@pytest.fixture
def admin() -> Agent:
    return make.agent("Ada", role=Role.ADMIN)


def log() -> list[dict[str, Any]]:
    rows = Event.objects.filter(what=Happening.PEOPLE).order_by("pk")
    return [row.data for row in rows]


def new(by: Agent | None, **fields: Any) -> Agent:
    values: dict[str, Any] = {
        "workspace": make.workspace(),
        "name": "Nora",
        "email": "nora@example.com",
        "password": "grey-boat-17",
        "role": Role.OPERATOR,
        "now": THEN,
    }
    return people.create_agent(by=by, **values | fields)


def first(**fields: Any) -> Agent:
    values: dict[str, Any] = {
        "workspace": make.workspace(),
        "name": "Ada",
        "email": "ada@example.com",
        "password": "grey-boat-17",
        "now": THEN,
    }
    return people.create_first_admin(**values | fields)


def role_of(agent: Agent) -> str:
    return Membership.objects.get(agent=agent).role


def is_active(agent: Agent) -> bool:
    return Agent.objects.get(pk=agent.pk).is_active


def test_create_first_admin_once() -> None:
    made = first()

    assert role_of(made) == Role.ADMIN
    assert made.check_password("grey-boat-17")
    with pytest.raises(PeopleFault):
        first(email="eve@example.com")
    assert Agent.objects.count() == 1


def test_create_first_admin_not_where_somebody_left() -> None:
    make.agent("Old", is_active=False)

    with pytest.raises(PeopleFault):
        first()


def test_create_agent_joins_its_teams_and_speaks_the_workspaces_language(
    admin: Agent,
) -> None:
    workspace = make.workspace()
    workspace.language, workspace.time_zone = "pl", "Europe/Warsaw"
    team = make.team()

    made = new(admin, workspace=workspace, teams=[team])

    assert (made.language, made.time_zone) == ("pl", "Europe/Warsaw")
    assert list(made.teams.all()) == [team]
    assert log() == [{"what": "created", "agent": "Nora", "role": "operator"}]
    assert "grey-boat-17" not in str(log())


@pytest.mark.parametrize("email", ["nora@example.com", "NORA@Example.com"])
def test_create_agent_address_is_taken_however_it_is_written(
    admin: Agent, email: str
) -> None:
    new(admin)

    with pytest.raises(PeopleFault):
        new(admin, email=email)
    assert Agent.objects.count() == 2


def test_create_agent_never_joins_a_team_of_another_company(admin: Agent) -> None:
    theirs, ours = elsewhere.company().team, make.team()

    made = new(admin, teams=[theirs, ours])

    assert list(made.teams.all()) == [ours]


def test_set_teams_leaves_other_companies_alone(admin: Agent) -> None:
    company = elsewhere.company()
    both = make.agent("Both")
    Membership.objects.create(workspace=company.workspace, agent=both)
    company.team.agents.add(both)
    ours, other = make.team(), make.team("Night shift", both)

    people.set_teams(
        workspace=make.workspace(),
        by=admin,
        agent=both,
        teams=[ours, company.team],
        now=THEN,
    )

    assert set(both.teams.all()) == {ours, company.team}
    assert other not in both.teams.all()
    assert log() == [{"what": "teams", "agent": "Both", "teams": ["Warranty"]}]


def test_set_teams_decides_what_one_sees(admin: Agent) -> None:
    conversation, marta = make.conversation(), make.agent()
    team = make.team("Night shift")
    conversation.channel.teams.add(team)
    assert not Conversation.objects.visible_to(marta).exists()

    join = partial(
        people.set_teams, workspace=make.workspace(), by=admin, agent=marta, now=THEN
    )
    join(teams=[team])
    assert Conversation.objects.visible_to(marta).get() == conversation
    join(teams=[])
    assert not Conversation.objects.visible_to(marta).exists()


def test_set_role(admin: Agent) -> None:
    marta = make.agent()

    people.set_role(
        workspace=make.workspace(), by=admin, agent=marta, role=Role.LEAD, now=THEN
    )

    assert role_of(marta) == Role.LEAD
    assert log() == [{"what": "role", "agent": "Marta", "role": "lead"}]


OUT: dict[str, Callable[..., None]] = {
    "demote": partial(people.set_role, role=Role.LEAD),
    "deactivate": people.deactivate,
}


@pytest.mark.parametrize("way", OUT)
def test_the_last_admin_stays(admin: Agent, way: str) -> None:
    """One who left and one of another company do not count."""
    make.agent("Gone", role=Role.ADMIN, is_active=False)
    elsewhere.company()

    with pytest.raises(PeopleFault, match="stay admin"):
        OUT[way](workspace=make.workspace(), by=admin, agent=admin, now=THEN)

    assert (role_of(admin), is_active(admin)) == (Role.ADMIN, True)
    assert log() == []


@pytest.mark.parametrize("way", OUT)
def test_one_of_two_admins_may_go(admin: Agent, way: str) -> None:
    other = make.agent("Other", role=Role.ADMIN)

    OUT[way](workspace=make.workspace(), by=admin, agent=other, now=THEN)

    with pytest.raises(PeopleFault):
        OUT[way](workspace=make.workspace(), by=admin, agent=admin, now=THEN)


ACTS: dict[str, Callable[..., None]] = {
    **OUT,
    "promote": partial(people.set_role, role=Role.ADMIN),
    "teams": partial(people.set_teams, teams=[]),
    "reactivate": people.reactivate,
}


@pytest.mark.parametrize("act", ACTS)
def test_people_of_another_company_are_out_of_reach(admin: Agent, act: str) -> None:
    company = elsewhere.company()
    company.team.agents.add(company.admin)

    with pytest.raises(PeopleFault):
        ACTS[act](workspace=make.workspace(), by=admin, agent=company.admin, now=THEN)

    assert is_active(company.admin)
    assert list(company.admin.teams.all()) == [company.team]
    assert Membership.objects.filter(agent=company.admin).count() == 1
    assert log() == []


def session_of(agent: Agent) -> str:
    store = SessionStore()
    store["_auth_user_id"] = str(agent.pk)
    store.save()
    assert store.session_key
    return store.session_key


def test_deactivate_ends_all_sessions_of_that_agent_alone(admin: Agent) -> None:
    marta, tomek = make.agent(), make.agent("Tomek")
    session_of(marta)
    session_of(marta)
    kept = session_of(tomek)

    people.deactivate(workspace=make.workspace(), by=admin, agent=marta, now=THEN)

    assert [row.session_key for row in Session.objects.all()] == [kept]
    assert Agent.objects.get(pk=marta.pk).deactivated_at == THEN


def test_deactivate_hides_everything_at_once(admin: Agent) -> None:
    conversation, marta = make.conversation(), make.agent()
    assert Conversation.objects.visible_to(marta).get() == conversation

    people.deactivate(workspace=make.workspace(), by=admin, agent=marta, now=THEN)

    left = Agent.objects.get(pk=marta.pk)
    assert not Conversation.objects.visible_to(left).exists()


def test_deactivate_gives_undone_work_back_to_the_queue(admin: Agent) -> None:
    marta, tomek = make.agent(), make.agent("Tomek")
    undone, done, kept = (make.conversation() for _each in range(3))
    for conversation, to in ((undone, marta), (done, marta), (kept, tomek)):
        triage.assign(conversation.pk, by=admin, to=to, now=make.NOW)
    triage.resolve(done.pk, by=admin, outcome=Outcome.SPAM, now=make.NOW)

    people.deactivate(workspace=make.workspace(), by=admin, agent=marta, now=THEN)

    holders = dict(Conversation.objects.values_list("pk", "assignee"))
    assert holders == {undone.pk: None, done.pk: marta.pk, kept.pk: tomek.pk}


def test_deactivate_and_back_are_each_told_once(admin: Agent) -> None:
    marta, here = make.agent(), make.workspace()
    for act, seconds in ((people.deactivate, 60), (people.reactivate, 90)):
        act(workspace=here, by=admin, agent=marta, now=make.at(seconds))
        act(workspace=here, by=admin, agent=marta, now=make.at(seconds + 5))

    marta.refresh_from_db()
    assert (marta.is_active, marta.deactivated_at) == (True, None)
    assert [line["what"] for line in log()] == ["deactivated", "reactivated"]


def test_create_team_once_and_the_same_name_elsewhere(admin: Agent) -> None:
    elsewhere.company()
    make_team = partial(people.create_team, workspace=make.workspace(), by=admin)

    team = make_team(name="Theirs", now=THEN)

    assert team.workspace == make.workspace()
    with pytest.raises(PeopleFault):
        make_team(name="Theirs", now=THEN)
    assert Team.objects.filter(name="Theirs").count() == 2


def test_default_workspace_is_made_once_and_others_may_follow() -> None:
    here = workspaces.default()
    elsewhere.company()

    assert workspaces.default() == here
    assert workspaces.default_team(here).name == "First line"
    assert Channel.objects.count() == 0
