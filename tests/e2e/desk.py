"""The desk as a person uses it: verbs over a browser page."""

from __future__ import annotations

from typing import Self

from django.test import Client
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from inbox.models import Agent
from tests.sandboxes import PASSWORD

SECONDS = 1000
BACKEND = "django.contrib.auth.backends.ModelBackend"
HABITS = ("htmx:oobErrorNoTarget, #card-", "htmx:sendAbort", "htmx:afterRequest")
"""What htmx reports as errors and is none: a card that the feed as filtered does not
hold, and a request that a newer one of the same form replaced."""


class Desk:
    """One person's browser. Remembers how often a page was loaded as a whole."""

    def __init__(self, page: Page, *, base: str, has_script: bool = True) -> None:
        self.page = page
        self.base = base
        self.has_script = has_script
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)
        page.set_default_timeout(10 * SECONDS)

    def log_in(self, agent: Agent) -> Self:
        return self.log_in_as(agent.email)

    def log_in_as(self, email: str) -> Self:
        self.go("/log-in/")
        self.page.locator("input[type=email], input[name=username]").fill(email)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.page.locator("main form button.solid").click()
        self.page.wait_for_url(f"{self.base}/")
        self.mark()
        return self

    def enter(self, agent: Agent) -> Self:
        """Logged in already, with a session made behind the page's back."""
        client = Client()
        client.force_login(agent, backend=BACKEND)
        session = client.cookies["sessionid"].value
        cookie = {"name": "sessionid", "value": session, "url": self.base}
        self.page.context.add_cookies([cookie])
        return self.go("/")

    def go(self, path: str) -> Self:
        self.page.goto(f"{self.base}{path}")
        self.mark()
        return self

    def mark(self) -> None:
        """From here on a full page load would be noticed."""
        if self.has_script:
            self.page.evaluate("window.unbroken = true")

    def is_unbroken(self) -> bool:
        """Whether no full page load happened since `mark`."""
        return bool(self.page.evaluate("window.unbroken === true"))

    def card(self, words: str) -> Locator:
        return self.page.locator("#feed .card", has_text=words)

    def open(self, words: str) -> None:
        self.card(words).click()
        expect(self.page.locator("#talk .msg", has_text=words).first).to_be_visible()

    def shows(self, words: str, *, within: float = 15) -> None:
        """The words stand on the page, soon."""
        expect(self.page.get_by_text(words).first).to_be_visible(
            timeout=within * SECONDS
        )

    def press(self, *keys: str) -> Self:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def width_missing(self) -> int:
        """Pixels that one would have to scroll sideways for; 0 is how it should be."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth"
                " - document.documentElement.clientWidth"
            )
        )

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HABITS):
            self.faults.append(message.text)
