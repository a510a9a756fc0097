"""End to end against `mastodon_mock`: a Mastodon server that other people wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from mastodon_mock.testing.server import MockServer

import connectors
from connectors.errors import (
    BadPayload,
    ConnectorError,
    Forbidden,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from connectors.types import Inbound, Outbound, Upload, Visibility, Watched

NOTIFICATIONS = "/api/v1/notifications"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Network:
    """The mock, our connector as @alice, and people who write to her."""

    server: MockServer
    notes: connectors.MemoryNotes = field(default_factory=connectors.MemoryNotes)
    token: str = "alice_token"

    @property
    def ours(self) -> connectors.Connector:
        host = self.server.base_url.partition("://")[2]
        return connectors.get("mastodon")(
            settings={"instance": self.server.base_url},
            credentials=connectors.MemoryCredentials({"access_token": self.token}),
            notes=self.notes,
            budget=connectors.FreeBudget(),
            http=connectors.Http(
                private_hosts_allowed={host},
                timeouts=(2, 3),
                sleep=lambda _: None,
            ),
        )

    def say(self, who: str, text: str, **more: Any) -> dict[str, Any]:
        return self.ask(who, "POST", "statuses", {"status": text, **more})

    def ask(self, who: str, method: str, path: str, form: Any = None) -> Any:
        answer = requests.request(
            method,
            f"{self.server.base_url}/api/v1/{path}",
            data=form,
            headers={"Authorization": f"Bearer {who}_token"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def fault(self, effect: dict[str, Any], **match: Any) -> Iterator[None]:
        """A fault of the mock's own, for as long as the block lasts."""
        self.control("POST", "faults", {"match": match, "effect": effect})
        yield
        self.control("DELETE", "faults")

    def control(self, method: str, path: str, body: Any = None) -> None:
        address = f"{self.server.base_url}/api/v1/_mock/{path}"
        answer = requests.request(method, address, json=body, timeout=10)
        assert answer.ok, answer.text

    def items(self, stream: str, *, since: datetime = LONG_AGO) -> list[Inbound]:
        return self.read(stream, self.ours.start(stream, since))[0]

    def read(self, stream: str, cursor: Any) -> tuple[list[Inbound], Any]:
        found: list[Inbound] = []
        for page in self.ours.fetch(stream, cursor):
            self.notes.write(page.notes)
            assert page.unreadable == ()
            found += page.items
            cursor = page.cursor
        return found, cursor


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as started:
        yield started


@pytest.fixture
def network(server: MockServer) -> Network:
    made = Network(server)
    made.control("POST", "reset")
    return made


def reply_to(item: Inbound, text: str, **more: Any) -> Outbound:
    given: dict[str, Any] = {
        "idempotency_key": f"key of {text}",
        "visibility": Visibility.PUBLIC,
        "to": item.handle,
        "in_reply_to": item.external_id,
    }
    return Outbound(text=text, **{**given, **more})


def test_we_are_alice(network: Network) -> None:
    account = network.ours.identify()
    assert (account.handle, account.name) == ("@alice", "Alice")
    assert account.notes["limits"]["characters"] > 0


def test_mentions_comments_and_messages(network: Network) -> None:
    post = network.say("alice", "Our news")
    comment = network.say("bob", "@alice nice", in_reply_to_id=post["id"])
    silent = network.say("carol", "hm", in_reply_to_id=post["id"])
    nested = network.say("carol", "@bob agreed", in_reply_to_id=comment["id"])
    mention = network.say("carol", "what does @alice say?")
    direct = network.say("bob", "@alice psst", visibility="direct")
    found: dict[str, Inbound] = {}
    for stream in network.ours.streams:
        for item in network.items(stream.name):
            assert found.setdefault(item.external_id, item) == item
    told = {i: (x.form, x.addressed, x.thread_id) for i, x in found.items()}
    assert told == {
        comment["id"]: ("comment", True, post["id"]),
        silent["id"]: ("comment", True, post["id"]),
        nested["id"]: ("comment", False, post["id"]),
        mention["id"]: ("mention", True, mention["id"]),
        direct["id"]: ("message", True, direct["id"]),
    }
    assert found[comment["id"]].post.text == "Our news"


def test_only_what_is_new_is_read(network: Network) -> None:
    network.say("bob", "@alice one")
    items, cursor = network.read("mentions", network.ours.start("mentions", LONG_AGO))
    assert [item.text for item in items] == ["@alice one"]
    for number in range(45):
        network.say("bob", f"@alice {number}")
    items, cursor = network.read("mentions", cursor)
    assert [item.text for item in items] == [f"@alice {n}" for n in range(45)]


def test_a_fresh_channel_begins_now(network: Network) -> None:
    network.say("bob", "@alice before")
    since = datetime.now(tz=UTC) + timedelta(seconds=1)
    cursor = network.ours.start("mentions", since)
    items, cursor = network.read("mentions", cursor)
    assert items == []
    after = network.say("bob", "@alice after")
    items, cursor = network.read("mentions", cursor)
    assert [item.external_id for item in items] == [after["id"]]


def test_a_public_reply(network: Network) -> None:
    said = network.say("bob", "@alice help", visibility="unlisted")
    [item] = network.items("mentions")
    receipt = network.ours.send(reply_to(item, "Here."))
    sent = network.ask("bob", "GET", f"statuses/{receipt.external_id}")
    assert sent["in_reply_to_id"] == said["id"]
    assert sent["visibility"] == "unlisted"
    assert sent["account"]["username"] == "alice"
    assert "@<span>bob</span>" in sent["content"] or "@bob" in sent["content"]
    [heard] = network.ask("bob", "GET", "notifications?types[]=mention")
    assert heard["status"]["id"] == receipt.external_id
    [echo] = network.items("own")
    assert (echo.external_id, echo.direction) == (receipt.external_id, "out")
    assert echo.thread_id == item.thread_id


def test_a_private_reply_in_a_dialog(network: Network) -> None:
    network.say("bob", "@alice psst", visibility="direct")
    [item] = network.items("conversations")
    receipt = network.ours.send(reply_to(item, "Yes?", visibility=Visibility.PRIVATE))
    sent = network.ask("bob", "GET", f"statuses/{receipt.external_id}")
    assert sent["visibility"] == "direct"
    [echo] = network.items("conversations")
    assert (echo.external_id, echo.direction) == (receipt.external_id, "out")
    assert echo.thread_id == item.thread_id


def test_a_lost_answer_makes_no_second_reply(network: Network) -> None:
    network.say("bob", "@alice help")
    [item] = network.items("mentions")
    message = reply_to(item, "Once only")
    first = network.ours.send(message)
    assert network.ours.send(message) == first
    assert network.ours.find_own(message, LONG_AGO) == first
    assert network.ours.find_own(reply_to(item, "Never"), LONG_AGO) is None
    assert len(network.items("own")) == 1


def test_a_reply_with_a_file(network: Network) -> None:
    network.say("bob", "@alice show me")
    [item] = network.items("mentions")
    upload = Upload(name="a.png", mime="image/png", content=_png(), alt="A map")
    receipt = network.ours.send(reply_to(item, "Here", media=(upload,)))
    sent = network.ask("bob", "GET", f"statuses/{receipt.external_id}")
    assert [m["description"] for m in sent["media_attachments"]] == ["A map"]


def _png() -> bytes:
    from connectors.pictures import picture

    return picture(1, width=8, height=8)


def test_edits_and_deletions(network: Network) -> None:
    edited, gone, kept = (network.say("bob", f"@alice {n}") for n in range(3))
    network.notes.watch = [
        Watched(
            external_id=item.external_id,
            thread_id=item.thread_id,
            mark=item.external_id,
            handle=item.handle,
        )
        for item in network.items("mentions")
    ]
    network.ask("bob", "PUT", f"statuses/{edited['id']}", {"status": "@alice new"})
    network.ask("bob", "DELETE", f"statuses/{gone['id']}")
    found = {item.external_id: item for item in network.items("recheck")}
    assert kept["id"] not in found
    assert found[edited["id"]].text == "@alice new"
    assert found[gone["id"]].deleted is True


def test_a_wrong_token_is_unauthorized(network: Network) -> None:
    network.token = "wrong_token"
    with pytest.raises(Unauthorized):
        network.ours.identify()


FAULTS: dict[str, tuple[dict[str, Any], type[ConnectorError]]] = {
    "rate limit": ({"type": "ratelimit"}, RateLimited),
    "error": ({"status": 500}, Unavailable),
    "down": ({"status": 503}, Unavailable),
    "forbidden": ({"status": 403}, Forbidden),
    "revoked": ({"status": 401}, Unauthorized),
    "malformed": ({"type": "malformed"}, BadPayload),
    "not json": ({"type": "malformed", "truncate": False}, BadPayload),
}


@pytest.mark.parametrize("case", FAULTS)
def test_its_faults_on_reads(network: Network, case: str) -> None:
    fault, error = FAULTS[case]
    network.notes.write(network.ours.identify().notes)
    with network.fault(fault, path=NOTIFICATIONS):
        with pytest.raises(ConnectorError) as caught:
            network.items("mentions")
        assert type(caught.value) is error
    assert network.items("mentions") == []


def test_its_rate_limit_says_until_when(network: Network) -> None:
    network.notes.write(network.ours.identify().notes)
    limited = network.fault({"type": "ratelimit"}, path=NOTIFICATIONS)
    with limited, pytest.raises(RateLimited) as caught:
        network.items("mentions")
    wait = caught.value.retry_at - datetime.now(tz=UTC)
    assert timedelta(seconds=280) < wait <= timedelta(seconds=301)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"type": "ratelimit"}, RateLimited),
        ({"status": 500}, Unknown),
        ({"status": 422}, Refused),
        ({"status": 403}, Forbidden),
        ({"type": "malformed"}, Unknown),
    ],
)
def test_its_faults_on_writes(
    network: Network, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    network.say("bob", "@alice help")
    [item] = network.items("mentions")
    message = reply_to(item, "Now?")
    with network.fault(fault, path="/api/v1/statuses", methods=["POST"]):
        with pytest.raises(ConnectorError) as caught:
            network.ours.send(message)
        assert type(caught.value) is error
    network.ours.send(message)
    assert len(network.items("own")) == 1
