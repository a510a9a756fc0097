"""Coming in: the first visit, the log-in and its throttle, one's own settings."""

from __future__ import annotations

import pytest
from django.test import Client

from inbox.models import Agent, Membership, Role
from tests import make
from tests.inbox.browser import browser, said, tags

pytestmark = pytest.mark.django_db

PASSWORD = "coffee-and-steam"
FIRST = {"name": "Ewa", "email": "ewa@example.com", "password": PASSWORD}


def test_the_first_visit_makes_the_first_admin_who_is_then_inside() -> None:
    client = Client()
    assert client.get("/", follow=True).redirect_chain == [
        ("/log-in/?next=/", 302),
        ("/set-up/", 302),
    ]

    answer = client.post("/set-up/", FIRST)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    agent = Agent.objects.get()
    assert agent.check_password(PASSWORD)
    assert Membership.objects.get(agent=agent).role == Role.ADMIN
    assert "Nobody is waiting for an answer yet." in said(client.get("/").content)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"email": "ewa"}, "Enter a valid email address."),
        ({"password": "short"}, "This password is too short."),
        ({"password": "password"}, "This password is too common."),
        ({"password": "ewa@example.com"}, "too similar to the email"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_first_admin_is_refused_in_words(fields: dict[str, str], fault: str) -> None:
    answer = Client().post("/set-up/", {**FIRST, **fields})

    assert answer.status_code == 422
    assert fault in said(answer.content)
    assert not Agent.objects.exists()


def test_log_in_leads_where_one_wanted_to_go_but_never_away() -> None:
    with_password("marta@example.com")
    landed = []
    for wanted in ("/?form=comment", "https://evil.example/", "//evil.example", ""):
        answer = log_in(Client(), next=wanted)
        landed.append(answer.headers["Location"])

    assert landed == ["/?form=comment", "/", "/", "/"]


def test_the_address_is_known_in_any_case() -> None:
    with_password("marta@example.com")

    assert log_in(Client(), username="Marta@Example.com").status_code == 302


def test_a_wrong_password_and_an_unknown_address_are_told_the_same() -> None:
    with_password("marta@example.com")

    wrong = log_in(Client(), password="wrong")
    unknown = log_in(Client(), username="nobody@example.com")

    assert wrong.status_code == unknown.status_code == 422
    faults = [
        "This address and password do not go together." in said(answer.content)
        for answer in (wrong, unknown)
    ]
    assert faults == [True, True]


def test_too_many_wrong_passwords_shut_the_door_for_this_address_alone() -> None:
    with_password("marta@example.com")
    with_password("piotr@example.com")
    client = Client()
    for _turn in range(8):
        log_in(client, password="wrong")

    shut = log_in(client)

    assert shut.status_code == 429
    assert "Wait a little." in said(shut.content)
    assert log_in(Client(), username="piotr@example.com").status_code == 302


def test_who_logs_out_is_out() -> None:
    client = browser(make.agent())

    client.post("/log-out/")

    assert client.get("/").status_code == 302


def test_one_s_own_language_time_and_light() -> None:
    agent = make.agent()
    client = browser(agent)

    client.post(
        "/me/",
        {"language": "ru", "time_zone": "Europe/Warsaw", "theme": "dark"},
    )

    agent.refresh_from_db()
    assert (agent.language, agent.time_zone, agent.theme) == (
        "ru",
        "Europe/Warsaw",
        "dark",
    )
    html = tags(client.get("/me/").content, "html")[0]
    assert (html["lang"], html["data-theme"]) == ("ru", "dark")


@pytest.mark.parametrize(
    "fields", [{"language": "xx"}, {"time_zone": "Mars/Base"}, {"theme": "neon"}]
)
def test_settings_nobody_offered_are_refused(fields: dict[str, str]) -> None:
    agent = make.agent()
    usual = {"language": "en", "time_zone": "UTC", "theme": "system"}

    answer = browser(agent).post("/me/", {**usual, **fields})

    agent.refresh_from_db()
    assert answer.status_code == 422
    assert (agent.language, agent.time_zone, agent.theme) == ("en", "UTC", "system")


def with_password(email: str) -> Agent:
    agent = make.agent()
    agent.email = email
    agent.set_password(PASSWORD)
    agent.save()
    return agent


def log_in(client: Client, **fields: str) -> object:
    values = {"username": "marta@example.com", "password": PASSWORD, **fields}
    return client.post("/log-in/", values)
