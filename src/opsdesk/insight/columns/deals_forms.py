"""The form over columns that each number of the deals desk has, by the key of its metric."""

from collections.abc import Callable
from functools import partial

from opsdesk.insight.columns import deals_counting as counting
from opsdesk.insight.columns.deals_evidence import EVIDENCE
from opsdesk.insight.columns.deals_numbers import NUMBERS
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.registry import Answers, Question

Form = Callable[[Facts, Question], Answers]


def form(how: str, key: str, per: int) -> Form | None:
    """A number as a `tally`, a `share`, a `mean` or a `spread`, the last two in units of `per` seconds; None
    where it has no form over columns."""
    if key in EVIDENCE:
        return EVIDENCE[key]
    if key not in NUMBERS:
        return None
    counted = NUMBERS[key]
    forms: dict[str, Form] = {
        "tally": partial(counting.tally, counting=counted),
        "share": partial(counting.share, counting=counted),
        "mean": partial(counting.mean, counting=counted, per=per),
        "spread": partial(counting.spreads, counting=counted, per=per),
    }
    return forms[how]
