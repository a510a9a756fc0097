"""Replies, files and likes over real HTTP against the sandbox."""

from collections.abc import Iterator

import pytest

from connectors.errors import (
    Gone,
    Refused,
    Unauthorized,
    Unknown,
)
from connectors.types import Capability, Upload
from tests.connectors.rig import Rig, rig


@pytest.fixture
def ours() -> Iterator[Rig]:
    with rig("mastodon") as made:
        made.world.brand()
        made.notes.write(made.connector.identify().notes)
        yield made


def test_we_learn_who_we_are_and_the_limits(ours: Rig) -> None:
    account = ours.connector.identify()
    assert (
        account.id
        == account.identities[0]
        == f"{ours.sandbox.url('mastodon')}/users/brand"
    )
    assert account.handle == "@brand"
    assert ours.notes.get("limits")["characters"] == 500
    ours.notes.write({"limits": {"characters": 5000, "url": 30}})
    rule = ours.connector.length_rule()
    assert (rule.limit, rule.url) == (5000, 30)
    ours.notes.write({"limits": None})
    assert ours.connector.length_rule().limit == 500


def test_a_suspended_account_counts_as_revoked(ours: Rig) -> None:
    ours.world.inject("forbidden", times=None)
    with pytest.raises(Unauthorized):
        ours.connector.identify()


@pytest.mark.parametrize(
    "address", ["", "  ", "ftp://x.example", "https://u:p@x.example"]
)
def test_an_address_that_cannot_be_one_is_refused(ours: Rig, address: str) -> None:
    ours.connector.values = {"instance": address}
    with pytest.raises(Refused) as caught:
        ours.connector.identify()
    assert caught.value.code == "bad_setting"
    assert caught.value.parameters == {"name": "instance"}


@pytest.mark.parametrize("token", ["", " ", "два", "line\nbreak"])
def test_a_token_that_cannot_be_one_is_refused(ours: Rig, token: str) -> None:
    ours.connector.credentials = type(ours.connector.credentials)(
        {"access_token": token}
    )
    with pytest.raises(Refused) as caught:
        ours.connector.identify()
    assert caught.value.parameters == {"name": "access_token"}


def test_a_person_far_away_is_answered_by_full_name(ours: Rig) -> None:
    ours.world.customer("anna@far.example", name="Anna")
    ours.world.mention(author="anna@far.example", text="Hello?")
    [item] = ours.items("mentions")
    assert item.author.handle == "@anna@far.example"
    assert item.author.id == "https://far.example/users/anna"
    ours.connector.send(ours.reply_to(item, "Hello."))
    assert ours.world.ledger.writes[0].text == "@anna@far.example Hello."


def test_a_reply_to_what_is_gone_is_told_so(ours: Rig) -> None:
    asked = ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    ours.world.delete(asked)
    with pytest.raises(Gone) as caught:
        ours.connector.send(ours.reply_to(item))
    assert caught.value.code == "gone"
    assert ours.world.ledger.writes[0].created == 0


def test_the_server_may_refuse_what_we_let_through(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    ours.notes.write({"limits": {"characters": 5000}})
    with pytest.raises(Refused) as caught:
        ours.connector.send(ours.reply_to(item, "x" * 600))
    assert (caught.value.code, caught.value.parameters) == ("refused", {"status": 422})
    assert "500" in caught.value.quote


def test_links_count_as_the_instance_counts_them(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    link = "https://example.com/" + "a" * 400
    room = 500 - len("@anna ") - 23 - 1
    ours.connector.send(ours.reply_to(item, f"{link} {'x' * room}"))
    with pytest.raises(Refused):
        ours.connector.send(ours.reply_to(item, f"{link} {'x' * (room + 1)}"))
    assert [write.created for write in ours.world.ledger.writes] == [1]


def test_files_are_sent_and_waited_for(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    upload = Upload(name="a.png", mime="image/png", content=b"png", alt="A map")
    sent = ours.connector.send(ours.reply_to(item, "Here", media=(upload,)))
    [file] = ours.world.get(sent.external_id).media
    assert (file.name, file.mime, file.content, file.alt) == (
        "a.png",
        "image/png",
        b"png",
        "A map",
    )


def test_too_many_files_are_refused_here(ours: Rig) -> None:
    upload = Upload(name="a.png", mime="image/png", content=b"png")
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    with pytest.raises(Refused) as caught:
        ours.connector.send(ours.reply_to(item, media=(upload,) * 5))
    assert caught.value.code == "too_many_media"


def test_a_lost_upload_is_no_lost_reply(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    upload = Upload(name="a.png", mime="image/png", content=b"png")
    ours.world.inject("reset", path="media", after=True)
    with pytest.raises(Exception, match="unavailable") as caught:
        ours.connector.send(ours.reply_to(item, media=(upload,)))
    assert not isinstance(caught.value, Unknown)
    assert ours.world.ledger.writes == []


def test_liking_and_blocking(ours: Rig) -> None:
    said = ours.world.mention(author="anna", text="Nice")
    [item] = ours.items("mentions")
    for action in (Capability.LIKE, Capability.BLOCK):
        ours.connector.moderate(
            action, external_id=item.external_id, handle=item.handle
        )
    assert ours.world.liked == {said.id}
    assert ours.world.blocked == {"anna"}
    with pytest.raises(Refused) as caught:
        ours.connector.moderate(Capability.HIDE, external_id="1", handle={})
    assert caught.value.code == "not_supported"
