"""How the door answers a script, and that nobody keeps a page. Who may do what stands
in test_permissions."""

from __future__ import annotations

import pytest
from django.test import Client

from inbox.models import Agent
from tests import make
from tests.inbox.browser import SCRIPT, browser

pytestmark = pytest.mark.django_db


def test_a_script_without_a_session_leads_the_browser_to_the_door() -> None:
    make.agent()

    part = Client(headers=SCRIPT).get("/?form=comment")

    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/log-in/")
    assert part.content == b""


def test_a_page_without_a_session_is_asked_for_again_after_log_in() -> None:
    make.agent()

    page = Client().get("/?form=comment")

    assert page.status_code == 302
    assert page.headers["Location"] == "/log-in/?next=/%3Fform%3Dcomment"


def test_who_is_deactivated_is_out_at_once() -> None:
    agent = make.agent()
    client = browser(agent)
    assert client.get("/").status_code == 200

    Agent.objects.filter(pk=agent.pk).update(is_active=False)

    assert client.get("/").status_code == 302


def test_nobody_keeps_a_page_and_parts_are_told_apart() -> None:
    make.conversation()
    response = browser(make.agent()).get("/")

    assert "no-store" in response.headers["Cache-Control"]
    assert {name.strip() for name in response.headers["Vary"].split(",")} == {
        "HX-Request",
        "HX-Target",
        "Cookie",
    }


def test_the_page_allows_no_foreign_script_and_no_inline_style() -> None:
    policy = browser(make.agent()).get("/").headers["Content-Security-Policy"]

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
