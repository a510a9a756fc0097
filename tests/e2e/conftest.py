"""A real browser on real pages, workers that read a sandbox over real HTTP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from tests import running
from tests.e2e.desk import Desk
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


@pytest.fixture
def world() -> World:
    world = World(seed=5)
    world.brand("kawaipara", name="Kawa i Para")
    return world


@pytest.fixture
def sandbox(world: World, settings: object) -> Iterator[Sandbox]:
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
        print(f"--- {log.name}", log.read_text()[-4000:])


@pytest.fixture
def people(transactional_db: None) -> SimpleNamespace:
    """Marta (operator), Piotr (lead), Ewa (admin); all with the same password."""
    return make_people()


@pytest.fixture
def channel(people: SimpleNamespace, sandbox: Sandbox, world: World) -> object:
    """The brand's account, connected as an admin does it."""
    return connect(sandbox, world, people.admin)


@pytest.fixture
def desk(
    browser: Browser, live_server: object, people: SimpleNamespace
) -> Iterator[Desk]:
    """The operator's page, logged in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    desk = Desk(context.new_page(), base=live_server.url)
    desk.log_in(people.operator)
    yield desk
    context.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[object]:
    """Pages of further people, or with other settings of the browser."""
    contexts = []

    def open_one(**settings: object) -> Page:
        contexts.append(browser.new_context(**settings))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()
