"""Every number of the answers opens exactly what it counts, but those named below."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import pytest
from django.test import Client

from opsdesk.web.questions.questions import ALL, About
from tests import cast
from tests.cast import Somebody
from tests.web import deals_scene, prose
from tests.web.test_findings_counts import age, filled

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
WITHOUT_A_LIST = {
    r"\(\d+(?:-\d+)? of \d+(?:, \d+-\d+ %)?\)": "a small share, right behind the count it repeats: it opens",
    r"less than 24 hours": "a threshold of time",
    r"the last 90 days": "a period",
    r"\d+ more than in|\d+ fewer than in": "the difference of two numbers, both of which stand there",
    r"\d+(?:-\d+)? of \d+, \d+-\d+ %": "a small share of a row; its counts stand beside it",
}


def numbers_of(page: str) -> str:
    """The answers of both desks with their tables, without headings and the links below a sentence."""
    start, end = page.index('id="numbers"'), page.index('id="as-of"')
    parts = r'<thead>.*?</thead>|<p class="row">.*?</p>|<p class="note">.*?</p>|<h2.*?</h2>'
    return re.sub(parts, "", f"<p {page[start:end]}", flags=re.DOTALL)


def told(client: Client, about: Iterable[About]) -> Iterator[tuple[str, str]]:
    for each in ALL:
        if each.about in about:
            answer = client.get(f"/questions/{each.key}")
            assert answer.status_code == 200, each.key
            yield each.key, numbers_of(answer.content.decode())


def check(client: Client, about: Iterable[About]) -> int:
    answers = dict(told(client, about))
    assert {key: alone for key, text in answers.items() if (alone := prose.loose(text, WITHOUT_A_LIST))} == {}
    return prose.check_counts(client, "".join(answers.values()), every=2)


def test_every_number_about_requests_opens_its_cases(browse: Browse, now: datetime) -> None:
    cast.desk()
    filled(now)
    assert check(browse(cast.lead()), [About.REQUESTS]) > 15


def test_every_number_about_deals_opens_them(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    age(now)
    assert check(browse(scene.ada), [About.DEALS]) >= 5
