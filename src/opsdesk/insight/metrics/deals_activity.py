"""What happened at the deals desk in a period, whenever the deals were created."""

from opsdesk.insight.metrics import deals_disputes, deals_flow
from opsdesk.insight.metrics.deals_ground import Counted, within
from opsdesk.insight.registry import Metric
from opsdesk.kernel.refusal import gettext_noop as _

METRICS: tuple[Metric, ...] = (
    deals_flow.tally(
        "deals_funded",
        _("Deals funded"),
        _("How many deals were paid for in the period?"),
        "A deal created in September was funded on 2 October: 1 in October.",
        Counted("deal", within("funded_at")),
        dated=_("when the deal was funded"),
    ),
    deals_disputes.tally(
        "disputes_decided",
        _("Disputes decided"),
        _("How many disputes were decided in the period, by an operator or by the deadline?"),
        "Operators ruled 4 in October, whenever they were raised, and 2 ran out: 4 and 2.",
        Counted("dispute", within("decided_at")),
        dated=_("when the dispute was decided"),
    ),
)
