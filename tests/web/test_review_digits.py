"""In a review's tables a number, the one before and their difference have as many digits as one another."""

import pytest

from opsdesk.insight.bands import Band, Share
from opsdesk.insight.registry import Answer, Mean, Tally
from opsdesk.insight.statistics import spread
from opsdesk.insight.thresholds import SHIPPED
from opsdesk.review.comparing import change
from opsdesk.review.document import About, Document
from opsdesk.review.numbers import Number
from opsdesk.web.review.beside import cells
from opsdesk.web.review.numbers import Source
from tests import cast
from tests.review.scene import NOW, OCTOBER, SEPTEMBER

DOCUMENT = Document("support", About.REQUESTS, OCTOBER, SEPTEMBER, NOW, None, n=1, n_before=1)
TIER_3 = SHIPPED.band("tier_3_share")
NO_LIMITS = Band("")


@pytest.fixture
def source(db: None) -> Source:
    cast.desk()
    return Source(cast.definition(), DOCUMENT, NOW, "/reviews/1")


@pytest.mark.parametrize(
    ("metric", "now", "before", "shown"),
    [
        ("per_100_accounts", Mean(0.0245, 1), Mean(0.0149, 1), ["0.02", "0.01", "+0.01"]),
        ("per_100_accounts", Mean(45.84, 1), Mean(45.78, 1), ["45.84", "45.78", "+0.06"]),
        ("per_100_accounts", Mean(45.8, 1), Mean(40.0, 1), ["45.8", "40.0", "+5.8"]),
        ("time_to_settle", Mean(8.04, 1), Mean(8.0, 1), ["8.04 days", "8.00 days", "+0.04 days"]),
        ("time_to_settle", Mean(4.649, 1), Mean(4.634, 1), ["4.65 days", "4.63 days", "+0.02 days"]),
        ("time_to_settle_spread", spread([7.5]), spread([9]), ["7.5 days", "9.0 days", "-1.5 days"]),
        (
            "tier_3_share",
            Share(22, 22, 500, TIER_3),
            Share(249, 249, 5000, TIER_3),
            ["4.40 %", "4.98 %", "-0.58 points"],
        ),
        (
            "tier_1_share",
            Share(62, 70, 100, NO_LIMITS),
            Share(65, 65, 100, NO_LIMITS),
            ["62.0-70.0 %", "65.0 %", "-3.0 to +5.0 points"],
        ),
        ("tier_1_share", Share(8, 8, 10), Share(60, 60, 100), ["8 of 10", "60.0 %", "+20.0 points"]),
        ("requests_in", Tally(1200), Tally(1000), ["1,200", "1,000", "+200"]),
        (
            "to_resolution_elapsed",
            spread([7200]),
            spread([3600]),
            ["2 h 00 min", "1 h 00 min", "+1 h 00 min"],
        ),
        ("tier_1_share", Share(0, 0, 0), Share(60, 60, 100), ["–", "60 %", "–"]),
    ],
)
def test_a_row_has_as_many_digits_as_its_difference(
    source: Source, metric: str, now: Answer, before: Answer, shown: list[str]
) -> None:
    row = cells(change(Number(metric, now), Number(metric, before)), source)
    assert [cell.text for cell in row] == shown


def test_what_has_nothing_before_stands_as_everywhere(source: Source) -> None:
    row = cells(change(Number("per_100_accounts", Mean(0.0245, 1)), None), source)
    assert [cell.text for cell in row] == ["0.0", "–", "–"]
