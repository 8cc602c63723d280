"""The dashboards of the deals desk say the same of the facts as of the records."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.insight.facts.serving import ready
from tests.cast import Somebody
from tests.insight.facts.building import build
from tests.web.conftest import HTMX
from tests.web.deals_scene import DAY
from tests.web.test_dashboards import PAGES, busy_month

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN = re.compile(r"\b(deal|dispute|exhibit|incident) AS \(")
MORE = ("/dashboards?period=30-days&category=USED_CAR_DEALER", "/dashboards/disputes?period=90-days&as_of={}")


def test_all_dashboards_say_of_the_facts_what_they_say_of_the_records(
    transactional_db: None,
    now: datetime,
    tmp_path: Path,
    settings: LazySettings,
    browse: Callable[[Somebody], Client],
) -> None:
    settings.OPSDESK_HOME = tmp_path
    lena = browse(busy_month(now).lena)
    day = (now - 10 * DAY).date()
    addresses = [
        *(f"/dashboards/{key}?period=30-days" for key in PAGES),
        *(each.format(day) for each in MORE),
    ]
    assert ready(now) is None
    said = {address: numbers(lena, address) for address in addresses}
    build(tmp_path)
    assert ready(now) is not None
    with CaptureQueriesContext(connection) as asked:
        for address, before in said.items():
            assert numbers(lena, address) == before, address
    assert not [query["sql"] for query in asked if PLAIN.search(query["sql"])]


def numbers(client: Client, address: str) -> str:
    """The page's numbers, without the second it was asked in and the tokens of its forms."""
    piece = client.get(address, headers=HTMX).content.decode()
    assert '<div id="numbers"' in piece
    return re.sub(r"\d\d:\d\d(:\d\d(\.\d+)?)?|csrf[^>]+>", "", piece)
