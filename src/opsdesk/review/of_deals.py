"""The document of the deals desk: its own numbers, category by category."""

from opsdesk.insight.findings.deals import UNDER_24
from opsdesk.insight.findings.periods import last_month
from opsdesk.review.asking import Asked, broken, compared, number
from opsdesk.review.comparing import change
from opsdesk.review.document import Category, OfDeals
from opsdesk.review.numbers import Change, Number

HEADLINE = (
    "deals_created", "deals_settled", "completion", "dispute_rate",
    "time_to_settle", "time_to_settle_spread", "intervention", "disputes_raised", "resolution_time",
    "deals_stuck", "deals_never_funded",
)  # fmt: skip
OF_A_CATEGORY = (
    "deals_created", "deals_settled", "completion", "dispute_rate", "time_to_settle", "intervention",
    "disputes_raised", "resolution_time",
)  # fmt: skip
DAYS = ("settled_under_3", "settled_3_to_5", "settled_5_to_7", "settled_7_and_more")
VOLUME = ("deals_created", "deals_settled", "disputes_raised")


def headline(asked: Asked) -> tuple[Change, ...]:
    """The numbers that a review begins with, beside those of the period before."""
    return tuple(compared(asked, metric) for metric in HEADLINE)


def of_deals(asked: Asked) -> OfDeals:
    """What only the deals desk has, in one period."""
    month = last_month(asked.desk, asked.now)
    return OfDeals(
        states=broken(asked, "deals_created", "state"),
        running=broken(asked, "deals_running", "state"),
        endings=broken(asked, "deals_settled", "ending"),
        days=tuple(number(asked, metric) for metric in DAYS),
        categories=categories(asked),
        reasons=broken(asked, "disputes_raised", "category", "reason"),
        stuck=broken(asked, "deals_stuck", "state"),
        stuck_in=broken(asked, "deals_stuck", "scope"),
        urgent=urgent(asked),
        last_month=month,
        volume=tuple(number(asked, metric, period=month) for metric in VOLUME),
    )


def categories(asked: Asked) -> tuple[Category, ...]:
    """Each category's numbers beside those of the period before, by category."""
    found: dict[str, list[Change]] = {}
    for metric in OF_A_CATEGORY:
        earlier = _by_category(broken(asked, metric, "category", period=asked.before))
        for category, now in _by_category(broken(asked, metric, "category")).items():
            found.setdefault(category, []).append(change(now, earlier.get(category)))
    return tuple(Category(key, tuple(found[key])) for key in sorted(found))


def _by_category(numbers: tuple[Number, ...]) -> dict[str, Number]:
    return {each.of["category"]: each for each in numbers}


def urgent(asked: Asked) -> tuple[Number, ...]:
    """Disputes with under 24 hours left, by scope."""
    every = broken(asked, "disputes_active", "scope", "urgency")
    return tuple(each for each in every if each.of["urgency"] == UNDER_24)
