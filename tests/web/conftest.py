from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.scene import Scene

HTMX = {"HX-Request": "true"}


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so what they show must have happened before now."""
    return datetime.now(UTC)


@pytest.fixture
def scene(db: None, now: datetime) -> Scene:
    return scenes.people(now)


@pytest.fixture
def busy(db: None, now: datetime) -> Scene:
    return scenes.busy(now)


@pytest.fixture
def browse() -> Callable[[Somebody], Client]:
    """A browser in which somebody has signed in."""

    def signed_in(somebody: Somebody) -> Client:
        client = Client()
        client.force_login(somebody.person)
        return client

    return signed_in
