"""A real browser on a live server, which counts what its pages may not do."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from opsdesk.web.reports import csp_reports
from tests.cast import PASSWORD, Somebody
from tests.web import scene as scenes
from tests.web.scene import Scene

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The browser's driver runs a loop of its own in this thread; the tests ask the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PATIENCE_MS = 15_000
POLICY = "Content Security"
# Where a day begins: an admin's, a lead's, everybody else's.
LANDING = re.compile("/(health|findings|desks/.+)$")
OpenPage = Callable[..., Page]
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return scenes.busy(datetime.now(UTC), passwords=True)


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, scene: Scene) -> Iterator[OpenPage]:
    """A page in a browser of its own; nothing done there may break the page's policy or its scripts."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(*, width: int = 1280, theme: str = "light") -> Page:
        # Nothing moves: what is looked at is what stands there at the end.
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if is_trouble(said) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
    assert csp_reports() == 0


def is_trouble(said: ConsoleMessage) -> bool:
    """An error that the page's own code or policy brought about, not an answer such as 404 or 422."""
    return POLICY in said.text or (said.type == "error" and "Failed to load resource" not in said.text)


@pytest.fixture
def sign_in(open_page: OpenPage) -> SignIn:
    """Signs somebody in, in a browser of their own."""

    def signed_in(somebody: Somebody, *, width: int = 1280, theme: str = "light") -> Page:
        page = open_page(width=width, theme=theme)
        page.goto("/sign-in")
        page.get_by_label("Email").fill(somebody.person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(LANDING)
        return page

    return signed_in
