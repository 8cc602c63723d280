"""What the API says of itself is true, whatever is sent: made up from its description, alike each time."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from hypothesis import HealthCheck, seed, settings
from schemathesis import Case

from tests.api import fuzz
from tests.api.marketplace import Program

# bench/fuzz_api.py asks for more, and for others.
EXAMPLES, SEED = int(os.environ.get("FUZZ_EXAMPLES", "15")), int(os.environ.get("FUZZ_SEED", "20260302"))
STOCK: fuzz.Stock = {}
schema = fuzz.described(STOCK)


@pytest.fixture
def token(market: Program) -> Iterator[str]:
    """All requests are in one transaction, so none of them may close what it is open on."""
    STOCK.update(fuzz.stock(market))
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    with override_settings(OPSDESK_API_RATE=10**6):
        yield market.token
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@seed(SEED)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None, deadline=None)
def test_nothing_is_found(case: Case, token: str) -> None:
    cache.clear()
    fuzz.knock(case, token)
