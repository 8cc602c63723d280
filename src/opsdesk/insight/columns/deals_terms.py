"""What a deal's terms say of it, from the facts: a number for each version of each scope's template."""

from collections.abc import Callable, Mapping

import numpy as np

from opsdesk.deals.terms import Terms
from opsdesk.insight.columns.deals_rows import Deals
from opsdesk.insight.columns.paths import Flags, Numbers
from opsdesk.insight.facts.schema import PART
from opsdesk.insight.facts.values import Column, Facts
from opsdesk.insight.metrics.deals_ground import DAY, GRACE, published

HOUR = 3600


def known_terms(facts: Facts) -> Mapping[int, Terms]:
    """The published terms by their code in the facts."""
    found = {f"{each.scope}{PART}{each.version}": each for _scope, each in published()}
    return {code: found[name] for code, name in enumerate(facts.books["terms"]) if name in found}


def is_old(deals: Deals) -> Flags:
    """Whether each was created so long ago that inspection, dispute and a grace might be over."""
    return _ago(
        deals,
        deals.column("created"),
        lambda terms: int(GRACE.total_seconds()) + terms.inspection_days * DAY + terms.dispute_hours * HOUR,
    )


def is_inspected(deals: Deals) -> Flags:
    """Whether each entered inspection its length ago."""
    return _ago(deals, deals.column("delivered"), lambda terms: terms.inspection_days * DAY)


def is_timed(deals: Deals) -> Flags:
    """Whether a timer must end each: an issue, and an inspection under terms that approve by silence."""
    codes = deals.column("terms")
    silent = [code for code, terms in known_terms(deals.facts).items() if terms.auto_approve]
    return deals.is_in("ISSUE") | (deals.is_in("INSPECTION") & np.isin(codes, silent))


def _ago(deals: Deals, instants: Column, seconds: Callable[[Terms], int]) -> Flags:
    """Whether an instant lies as many seconds back as its terms say, or more."""
    limits: Numbers = np.zeros(len(deals.facts.books["terms"]), dtype=np.uint32)
    for code, terms in known_terms(deals.facts).items():
        limits[code] = max(deals.at - seconds(terms), 0)
    found: Flags = instants <= limits[deals.column("terms")]
    found &= instants > 0
    return found
