"""A real browser on real pages, workers that read a sandbox over real HTTP."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from inbox.models import Agent
from tests import running
from tests.e2e.desk import Desk
from tests.e2e.scene import Scene, furnish
from tests.sandboxes import connect, make_people

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KIND = connectors.kinds()[0]


class OpenDesk(Protocol):
    def __call__(self, agent: Agent | None, **settings: Any) -> Desk: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these are skipped, loudly; REQUIRE_BROWSER=1 forbids that."""
    ours = [item for item in items if "/e2e/" in str(item.path)]
    for item in ours:
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.django_db(transaction=True))
        if CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"):
            item.add_marker(pytest.mark.skip(reason="NO BROWSER: install chromium"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "REQUIRE_BROWSER is set and there is no chromium"
    # The browser's driver keeps an event loop in this thread; the ORM is used beside
    # it, never inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS
        )
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Slow hashing is for thieves; here it would only cost time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world() -> World:
    world = World(seed=5)
    world.brand("kawaipara", name="Kawa i Para")
    return world


@pytest.fixture
def sandbox(world: World, settings: Settings) -> Iterator[Sandbox]:
    with Sandbox({KIND: world}) as server:
        settings.PRIVATE_HOSTS_ALLOWED = frozenset({server.host})
        yield server


@pytest.fixture
def crew(sandbox: Sandbox, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    """One worker and the beat, on the test's own database."""
    with running.workers(
        tmp_path,
        queues="poll,deliver,housekeeping",
        PRIVATE_HOSTS_ALLOWED=sandbox.host,
    ):
        yield
    for log in sorted(tmp_path.glob("*.log")):
        logging.getLogger(log.stem).warning("%s", log.read_text()[-4000:])


@pytest.fixture
def people(transactional_db: None) -> SimpleNamespace:
    """Marta (operator), Piotr (lead), Ewa (admin); all with the same password."""
    return make_people()


@pytest.fixture
def channel(people: SimpleNamespace, sandbox: Sandbox, world: World) -> object:
    """The brand's account, connected as an admin does it."""
    return connect(sandbox, world, people.admin)


@pytest.fixture
def scene(people: SimpleNamespace) -> Scene:
    """A full desk, without a network."""
    return furnish(people)


@pytest.fixture
def desk(open_desk: OpenDesk, people: SimpleNamespace) -> Desk:
    """The operator's page, logged in as a person does it."""
    return open_desk(None).log_in(people.operator)


@pytest.fixture
def open_desk(browser: Browser, live_server: LiveServer) -> Iterator[OpenDesk]:
    """Desks of further people, each in a browser of its own, logged in already;
    None stays at the door. Settings are the browser's."""
    contexts: list[BrowserContext] = []

    def open_one(agent: Agent | None, **settings: Any) -> Desk:
        settings.setdefault("viewport", {"width": 1440, "height": 900})
        contexts.append(browser.new_context(**settings))
        has_script = settings.get("java_script_enabled", True)
        page = contexts[-1].new_page()
        desk = Desk(page, base=live_server.url, has_script=has_script)
        return desk.enter(agent) if agent else desk

    yield open_one
    for context in contexts:
        context.close()
