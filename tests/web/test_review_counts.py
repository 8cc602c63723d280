"""Every number of a review, in sentences and in tables, opens what it counts, but those named below."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from opsdesk.cases.queries import desk
from opsdesk.insight.findings.periods import last_month
from opsdesk.kernel.period import days
from opsdesk.review.models import Review
from tests import cast
from tests.cast import Somebody
from tests.review.scene import write
from tests.web import deals_scene, prose
from tests.web.test_findings_counts import WITHOUT_A_LIST as OF_FINDINGS
from tests.web.test_findings_counts import filled

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
WITHOUT_A_LIST = {
    **OF_FINDINGS,
    r"^[+±-]\d.*$|^[+±-]?\d[^a-z]* to [+±-]\d.*$": "a difference of two numbers, which stand before it",
    r"\(\d+(?:-\d+)? of \d+(?:, \d+-\d+ %)?\)": "a small share of a tier, behind the count it repeats",
    r"\d+ are level": "how many reasons",
    r"^(?:>= )?\d+ (?:min|h|d).*$|^\d+(?:\.\d+)? days$": "how long, or a target of it",
    r"not yet known \(\d+ open\)": "the state of a share: what is open stands in its list",
    r"^(?:Save as )?Settled .*days.*$": "a name of a row",
    r"^0(?:-\d+)? of \d+": "a cell of none for certain: what it is of stands beside it and opens it",
    r"per 100 live accounts": "what the number is per",
    r"[Hh]ealthy (?:from|up to|below) .*": "limits",
}


def numbers_of(page: str) -> str:
    """The answer, the sentences and the tables of a review, without its headings, pictures and points."""
    start, end = page.index('class="panel answer"'), page.index('id="points"')
    parts = r"<svg.*?</svg>|<thead>.*?</thead>|<h[23].*?</h[23]>|<nav.*?</nav>|<p class=\"note\".*?</p>"
    return re.sub(parts, "", f"<p {page[start:end]}", flags=re.DOTALL)


def check(client: Client, review: Review) -> int:
    page = client.get(f"/desks/{review.desk}/reviews/{review.id}").content.decode()
    text = numbers_of(page)
    alone = prose.loose(text, WITHOUT_A_LIST)
    assert not alone, alone
    pages = ("/health", "/incidents", "/desks/support/reviews", "/desks/deals/reviews")
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    told = re.sub(r"<table.*?</table>", "", text, flags=re.DOTALL)
    assert prose.check_counts(client, "".join(tables), every=12, pages=pages) >= 2
    return prose.check_counts(client, told, every=2, pages=pages)


def test_every_number_about_requests_opens_its_cases(browse: Browse, now: datetime) -> None:
    cast.desk()
    filled(now)
    lead = cast.lead()
    month = last_month(desk("support"), now)
    # Read on a later day, where the days let it, it opens its lists as of the day on which it was written.
    review = write(lead.actor, month, max(month.end, now - timedelta(days=2)))
    assert check(browse(lead), review) > 18


def test_every_number_about_deals_opens_them(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    today = now.astimezone(desk("deals").zone).date()
    period = days(today - timedelta(days=20), today, desk("deals").zone)
    review = write(scene.ada.actor, period, now, desk="deals")
    assert check(browse(scene.ada), review) > 5
