"""The ledger goes on page by page, whatever comes in meanwhile."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.mail import intake
from opsdesk.mail.models import Arrival
from tests.cast import Somebody
from tests.web.scene import Scene, letter

Browse = Callable[[Somebody], Client]
PAGE, MORE = 50, 7


def bring(scene: Scene, first: int, count: int) -> None:
    for number in range(first, first + count):
        raw = letter(f"Number {number}", "Nothing works.", number=number, at=scene.now)
        at = scene.now - timedelta(hours=2) + timedelta(seconds=number)
        intake.store(source=scene.source, raw=raw, label=f"{number}.eml", received_at=at, now=at)


def shown(client: Client, address: str) -> tuple[list[int], str]:
    """The arrivals on a page in order, and the address of the next page."""
    page = client.get(address).content.decode()
    onward = re.findall(r'href="([^"]*[?&;]after=[^"]*)"', page)
    arrivals = [int(number) for number in re.findall(r'href="/intake/(\d+)"', page)]
    return list(dict.fromkeys(arrivals)), unescape(onward[0]) if onward else ""


def test_every_arrival_is_on_one_page_though_others_come_in_between(scene: Scene, browse: Browse) -> None:
    bring(scene, 0, PAGE + MORE)
    before = list(Arrival.objects.order_by("-recorded_at", "-id").values_list("id", flat=True))
    client = browse(scene.olga)
    first, onward = shown(client, "/intake?reason=")
    bring(scene, PAGE + MORE, 3)
    second, end = shown(client, onward)
    assert (first, second, end) == (before[:PAGE], before[PAGE:], "")
    assert "reason=" in onward


@pytest.mark.parametrize("after", ["", "x", "2026-03-02T10:00:00~5", "2026-03-02T10:00:00+00:00~x"])
def test_a_place_that_makes_no_sense_is_the_first_page(scene: Scene, browse: Browse, after: str) -> None:
    bring(scene, 0, 3)
    client = browse(scene.olga)
    assert shown(client, f"/intake?after={after.replace('+', '%2B')}") == shown(client, "/intake")
    assert len(shown(client, "/intake")[0]) == 3
