import pytest
from django.core.cache import cache

from tests.api import marketplace
from tests.api.marketplace import Program


@pytest.fixture(autouse=True)
def no_rates(db: None) -> None:
    cache.clear()


@pytest.fixture
def door() -> Program:
    """A program before an empty desk: for what is refused before any room is asked."""
    return Program(marketplace.secret())


@pytest.fixture
def market(door: Program) -> Program:
    """A program before a desk with an open scope."""
    marketplace.open_scopes(marketplace.PRIVATE)
    return door
