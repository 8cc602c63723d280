"""Every number of the page of mail opens exactly what it counts."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

from django.test import Client

from opsdesk.mail import intake
from tests.cast import Somebody
from tests.web.scene import Scene, letter

Browse = Callable[[Somebody], Client]
PAGE = "/desks/support/flow/mail?period=30-days"
SPAM = b"X-Spam-Flag: YES\r\n"


def fill(scene: Scene) -> None:
    """On two days three messages in two threads, a letter of a machine and a broken one: stored today."""
    first = scene.now - timedelta(days=3)
    one = "<1@northstar.example>"
    for number, answers, before in ((1, "", b""), (2, one, b""), (3, "", b""), (4, "", SPAM)):
        at = first + timedelta(days=number // 3)
        raw = letter(f"Number {number}", "Nothing works.", number=number, at=at, answers=answers)
        intake.store(source=scene.source, raw=before + raw, label="x", received_at=at, now=scene.now)
    intake.store(source=scene.source, raw=b"broken", label="x", received_at=first, now=scene.now)
    intake.sort_pending(limit=9, now=scene.now)


def linked(text: str) -> set[tuple[int, str]]:
    """Each number that is a link, with its address: of tiles, of bars and of the cells of tables."""
    cells = re.findall(r'<td class="number[^>]*><a href="([^"]*)">(\d+)<', text)
    bars = re.findall(r'<a href="([^"]*)" aria-label="[^"]*: (\d+)"', text)
    tiles = re.findall(r'<dd class="value"><a href="([^"]*)">(\d+)<', text)
    assert all((cells, bars, tiles))
    return {(int(n), unescape(address)) for address, n in (*cells, *bars, *tiles) if n != "0"}


def listed(client: Client, address: str) -> int:
    text = client.get(address).content.decode()
    if address.startswith("/intake"):
        return len(re.findall("data-row=", text))
    found = re.search(r"1 to \d+ of (\d+)", text)
    return int(found[1]) if found else 0


def test_each_number_of_mail_opens_as_many_as_it_says(scene: Scene, browse: Browse) -> None:
    fill(scene)
    client = browse(scene.olga)
    found = linked(client.get(PAGE).content.decode())
    assert len(found) > 8
    assert [(n, address) for n, address in found if listed(client, address) != n] == []
