"""Evidence: was what the terms ask for there, or let go, when an operator ruled."""

from functools import partial
from typing import Any

from opsdesk.insight.metrics.deals_ground import Counted
from opsdesk.insight.metrics.deals_making import PLACES, made
from opsdesk.insight.registry import Metric, Unit
from opsdesk.kernel.refusal import gettext_noop as _

RULED = _("when an operator ruled")
REQUIRED = "x.required = 1"
LACKING = "x.required = 1 AND x.present = 0 AND x.waived = 0"
OF_RULINGS = PLACES | {"reason"}
BY_ITEM = OF_RULINGS | {"scope", "item"}
# Complete is who lacks nothing: a dispute whose terms require nothing is complete.
COMPLETE = (
    "NOT EXISTS (SELECT 1 FROM exhibit y WHERE y.id = x.id AND y.required = 1 AND y.present = 0"
    " AND y.waived = 0)"
)


def rulings(
    how: str, key: str, name: str, question: str, example: str, counted: Counted, **more: Any
) -> Metric:
    """A number over disputes that an operator ruled in the period."""
    given: dict[str, Any] = {
        "dated": RULED,
        "unit": Unit.SHARE,
        "filters": OF_RULINGS,
        "dimensions": BY_ITEM,
        **more,
    }
    return made(how, key, name, question, example, counted, **given)


tally, share = partial(rulings, "tally", unit=Unit.DISPUTES), partial(rulings, "share")

METRICS: tuple[Metric, ...] = (
    share(
        "evidence_complete",
        _("Evidence complete at the ruling"),
        _("Of the disputes ruled, in how many was every required item there or let go?"),
        "Operators ruled 10; in 9 the three photos were there or waived, in 1 a photo was missing: 9 of 10.",
        Counted("exhibit", "1 = 1", COMPLETE),
        dimensions=OF_RULINGS | {"scope"},
    ),
    share(
        "evidence_item",
        _("Item there at the ruling"),
        _("For each item of the checklist, in how many rulings was there a file for it?"),
        "Of 10 rulings that asked for an odometer photo 8 had one: 8 of 10.",
        Counted("exhibit", "x.item IS NOT NULL", "x.present = 1"),
    ),
    tally(
        "evidence_waived",
        _("Item let go"),
        _("In how many rulings was a required item not there and let go, with a reason?"),
        "In 1 ruling the odometer photo was waived: 1.",
        Counted("exhibit", f"{REQUIRED} AND x.present = 0 AND x.waived = 1"),
    ),
    tally(
        "evidence_missing",
        _("Required item missing"),
        _("In how many rulings was a required item neither there nor let go?"),
        "1 ruling gave the deadline's own result without the odometer photo: 1.",
        Counted("exhibit", LACKING),
    ),
)
