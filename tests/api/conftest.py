import pytest
from django.core.cache import cache

from tests.api import marketplace
from tests.api.marketplace import Program


@pytest.fixture(autouse=True)
def scopes(db: None) -> None:
    cache.clear()
    marketplace.open_scopes(marketplace.PRIVATE)


@pytest.fixture
def market() -> Program:
    return Program(marketplace.secret())
