"""The fake networks themselves: the referee has to be right."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import connectors
from connectors.control import WorldClient
from connectors.errors import Unauthorized
from connectors.faults import Fault, Faults
from connectors.pictures import picture
from connectors.sandbox import Sandbox
from connectors.world import Thing, World
from tests.connectors.rig import make

KIND = connectors.kinds()[0]
ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = "control-token"


def still(seed: int = 0) -> World:
    """A world whose clock moves only when told."""
    return World(seed=seed, clock=lambda: NOON)


def test_the_same_calls_make_the_same_world() -> None:
    def made() -> dict[str, object]:
        world = still(7)
        post = world.post(text="p")
        comment = world.comment(on=post, author="anna", text="c")
        world.advance(5)
        world.reply_as_brand(to=comment, text="r")
        world.edit(comment, text="c2")
        return world.ledger.as_json()

    assert made() == made()


def test_ids_grow_with_time_and_never_repeat() -> None:
    world = still()
    ids = [world.post(text=str(n)).id for n in range(5)]
    world.advance(3600)
    ids.append(world.post(text="later").id)
    late = world.mention(author="anna", text="came late", at=NOON)
    assert sorted({*ids, late.id}) == [*ids, late.id]
    assert late.at == NOON
    assert ids[-1] >> 16 == int(NOON.timestamp() + 3600) * 1000


def test_threads_dialogs_and_names() -> None:
    world = still()
    post = world.post(text="p")
    top = world.comment(on=post, author="anna", text="a")
    deep = world.comment(on=top, author="bob", text="b")
    quiet = world.comment(on=post, author="bob", text="q", names_brand=False)
    first = world.message(author="anna", text="1")
    second = world.message(author="anna", text="2")
    apart = world.message(author="anna", text="3", new_dialog=True)
    answer = world.reply_as_brand(to=second, text="r")
    aside = world.reply_as_brand(to=top, text="psst", private=True)
    assert {item.root for item in (top, deep, quiet)} == {post.id}
    assert (top.names, deep.names, quiet.names) == (("brand",), ("anna",), ())
    assert (second.parent, second.root, apart.root) == (first.id, first.id, apart.id)
    assert (answer.private, answer.root, answer.names) == (True, first.id, ("anna",))
    assert (aside.private, aside.root, aside.thing) == (True, aside.id, Thing.MESSAGE)


def test_the_ledger_knows_what_must_be_stored() -> None:
    world = still()
    post = world.post(text="p")
    stranger = world.post(text="s", author="zed")
    due = [
        world.comment(on=post, author="anna", text="a"),
        world.mention(author="anna", text="b", on=stranger),
        world.message(author="anna", text="c"),
    ]
    due.append(world.reply_as_brand(to=due[0], text="d"))
    world.comment(on=stranger, author="bob", text="not ours", names_brand=False)
    found = {e["external_id"] for e in world.ledger.offered if e["due"]}
    assert found == {str(item.id) for item in due}
    world.delete(due[0])
    assert [c["thing"] for c in world.ledger.changes] == ["deletion"]
    assert world.get(due[0]).deleted_at == NOON


def test_faults_are_used_up_in_order() -> None:
    faults = Faults(random=still().random)
    faults.plan = [
        Fault(kind="down", path="/a", times=2),
        Fault(kind="error", method="POST", times=None),
    ]
    struck = [
        faults.take(method, path)
        for method, path in [
            ("GET", "x/b"),
            ("GET", "x/a"),
            ("POST", "x/b"),
            ("GET", "x/a"),
            ("GET", "x/a"),
        ]
    ]
    assert [fault and str(fault.kind) for fault in struck] == [
        None,
        "down",
        "error",
        "down",
        None,
    ]
    assert faults.struck == {"down": 2, "error": 1}


def test_a_fault_with_a_chance_strikes_now_and_then() -> None:
    faults = Faults(random=still(3).random)
    faults.plan = [Fault(kind="down", times=None, chance=0.25)]
    struck = sum(faults.take("GET", "x") is not None for _ in range(2000))
    assert 400 < struck < 600


def test_many_threads_write_one_world() -> None:
    world = World()
    world.brand()

    def write(name: str) -> None:
        for number in range(100):
            world.message(author=name, text=str(number))

    threads = [threading.Thread(target=write, args=(f"p{n}",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({e["external_id"] for e in world.ledger.offered}) == 500


def test_a_picture_is_a_png_and_the_same_again() -> None:
    drawn = picture(4, width=3, height=2)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert drawn == picture(4, width=3, height=2) != picture(5, width=3, height=2)


class Served:
    """A sandbox in another process, as `make` sees one."""

    def __init__(self, url: str) -> None:
        self.host = url.partition("://")[2]

    def url(self, kind: str) -> str:
        return f"http://{self.host}/{kind}"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The server as a process of its own: its address and its ledger file."""
    ledger = tmp_path / "ledger.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors.sandbox", "--ledger", str(ledger)],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_CONTROL_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), ledger
    finally:
        process.terminate()
        process.stdout.close()
        assert process.wait(timeout=10) == 0


def test_it_is_steered_from_another_process(remote: tuple[str, Path]) -> None:
    url, path = remote
    world = WorldClient(url, kind=KIND, token=TOKEN)
    world.brand("shop", name="Shop")
    world.customer("anna", name="Anna", followers=3)
    post = world.post(text="News", pictures=[1])
    comment = world.comment(on=post, author="anna", text="Nice")
    made = world.publish(
        [{"verb": "message", "author": "anna", "text": f"{n}"} for n in range(3)]
    )
    reply = world.reply_as_brand(to=made[-1], text="Yes?")
    world.edit(comment, text="Nicer")
    world.delete(made[0])
    ledger = world.ledger()
    assert [e["external_id"] for e in ledger["offered"] if e["due"]] == [
        comment,
        *made,
        reply,
    ]
    assert [e["thing"] for e in ledger["changes"]] == ["edit", "deletion"]
    assert len(path.read_text().splitlines()) == 8
    world.inject("down", times=1)
    ours = make(KIND, World(), Served(url), connectors.MemoryNotes())
    assert ours.identify().name == "Shop"  # the second try of the read
    assert world.struck() == {"down": 1}
    world.revoke()
    with pytest.raises(Unauthorized):
        ours.identify()
    world.heal()
    assert ours.identify().name == "Shop"
    ours.http.close()
    world.reset(seed=2)
    assert world.ledger() == {"offered": [], "changes": [], "writes": []}
    world.close()


def test_the_control_api_is_shut_without_its_token() -> None:
    world = World()
    for given, asked in [("", ""), ("", "x"), ("right", "wrong"), ("right", "")]:
        with Sandbox({KIND: world}, control_token=given) as sandbox:
            client = WorldClient(sandbox.url(), kind=KIND, token=asked)
            with pytest.raises(ValueError, match="401"):
                client.post(text="Let me in")
            client.close()
    assert world.items == {}


def test_a_wrong_order_is_explained() -> None:
    with Sandbox({KIND: World()}, control_token=TOKEN) as sandbox:
        client = WorldClient(sandbox.url(), kind=KIND, token=TOKEN)
        for line in (
            {"verb": "explode"},
            {"verb": "comment", "on": "404", "author": "a", "text": "x"},
            {"verb": "post"},
        ):
            with pytest.raises(ValueError, match="422"):
                client.publish([line])
        client.close()


def test_a_ledger_file_tells_what_happened(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    world = World(ledger_path=path)
    write = world.ledger.receive(key="k", text="t", in_reply_to=None, private=False)
    world.ledger.receive(key="k", text="t", in_reply_to=None, private=False)
    world.ledger.created(write, "9")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["received", "received", "created"]
    assert world.ledger.as_json()["writes"] == [
        {
            "key": "k",
            "text": "t",
            "in_reply_to": None,
            "private": False,
            "received": 2,
            "created": 1,
            "external_id": "9",
        }
    ]
