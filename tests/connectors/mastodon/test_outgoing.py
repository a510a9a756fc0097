"""How a reply leaves: its name, how far it is seen, what it answers."""

from typing import Any

import pytest

from connectors.mastodon.outgoing import answered_status, visibility_for, with_name
from connectors.types import Outbound, Visibility


def message(text: str = "Hello", acct: str | None = "anna", **more: Any) -> Outbound:
    to = {"status": "5", "acct": acct, "visibility": more.pop("parent", "public")}
    given: dict[str, Any] = {
        "idempotency_key": "k",
        "visibility": Visibility.PUBLIC,
        "to": to,
    }
    return Outbound(text=text, **{**given, **more})


@pytest.mark.parametrize(
    ("text", "acct", "sent"),
    [
        ("Hello", "anna", "@anna Hello"),
        ("Hello", "anna@far.example", "@anna@far.example Hello"),
        ("@anna Hello", "anna", "@anna Hello"),
        ("Hello @Anna, hi", "anna", "Hello @Anna, hi"),
        ("Hello @anna.", "anna", "Hello @anna."),
        ("@annabel hi", "anna", "@anna @annabel hi"),
        ("@anna@far.example hi", "anna", "@anna @anna@far.example hi"),
        ("mail x@anna", "anna", "@anna mail x@anna"),
        ("https://here.example/@anna", "anna", "@anna https://here.example/@anna"),
        ("Hello", None, "Hello"),
    ],
)
def test_the_person_answered_is_named_once(
    text: str, acct: str | None, sent: str
) -> None:
    assert with_name(message(text, acct)) == sent


def test_the_recipient_is_named_when_we_go_on_after_ourselves() -> None:
    assert with_name(message(acct=None, recipient_handle="@anna")) == "@anna Hello"
    assert with_name(message(to=None, recipient_handle="anna")) == "@anna Hello"


@pytest.mark.parametrize(
    ("parent", "wanted", "sent"),
    [
        ("public", Visibility.PUBLIC, "public"),
        ("unlisted", Visibility.PUBLIC, "unlisted"),
        ("private", Visibility.PUBLIC, "private"),
        ("direct", Visibility.PUBLIC, "direct"),
        ("local", Visibility.PUBLIC, "direct"),
        (None, Visibility.PUBLIC, "public"),
        ("public", Visibility.PRIVATE, "direct"),
        ("direct", Visibility.PRIVATE, "direct"),
    ],
)
def test_a_reply_is_never_seen_wider_than_what_it_answers(
    parent: str | None, wanted: Visibility, sent: str
) -> None:
    assert visibility_for(message(parent=parent, visibility=wanted)) == sent


def test_what_is_answered() -> None:
    assert answered_status(message()) == "5"
    assert answered_status(message(in_reply_to="6")) == "6"
    assert answered_status(message(to=None)) is None
