"""Whether rulings, transfers and cases say the same: for the sweep. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from opsdesk.cases.models import CaseState
from opsdesk.deals.flows import Flow, Result, of_result
from opsdesk.deals.lifecycle import MoneyAction, Outcome, State
from opsdesk.deals.models import Ending, Transfer
from opsdesk.disputes.models import Basis, Ruling

AT_ONCE = 1000
# The few disputes that run come first: the other way round all settled deals would be looked at.
_UNDECIDED = (
    "SELECT i.id, i.deal_id, i.scope_id FROM disputes_dispute i CROSS JOIN deals_deal d"
    " WHERE i.decided_at IS NULL AND d.id = i.deal_id AND d.state = 'SETTLED'"
    " ORDER BY i.due_at, i.id LIMIT %s"
)
# The parts of a deal's money that the end of a dispute moves, by who ended it.
CAUSES = {Basis.RULING.value: "ruling", Basis.TTL.value: "ttl"}
HOLDBACK = "holdback"
ENDINGS = {Basis.RULING.value: Ending.RULED.value, Basis.TTL.value: Ending.EXPIRED.value}
ACTIONS = {
    Outcome.OFFSET.value: MoneyAction.OFFSET,
    Outcome.PARTIAL_REFUND.value: MoneyAction.REFUND,
    Outcome.FULL_REFUND.value: MoneyAction.REFUND,
}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A dispute whose records contradict one another. `what`: transfers, deal, case or ruling."""

    dispute_id: int
    deal_id: int
    scope_id: int
    what: str


def disagreements(*, since: int = 0, limit: int = AT_ONCE) -> list[Disagreement]:
    """What is wrong with the rulings after the one numbered `since`, at most `limit` of them."""
    rulings = list(
        Ruling.objects.filter(id__gt=since)
        .order_by("id")
        .annotate(
            deal_id=F("dispute__deal_id"),
            scope_id=F("dispute__scope_id"),
            deal_state=F("dispute__deal__state"),
            deal_ending=F("dispute__deal__ending"),
            case_state=F("dispute__case__state"),
        )[:limit]
    )
    paid = _paid([ruling.deal_id for ruling in rulings])
    return [
        Disagreement(ruling.dispute_id, ruling.deal_id, ruling.scope_id, what)
        for ruling in rulings
        for what in _wrong(ruling, paid.get(ruling.deal_id, set()))
    ]


def newest_ruling() -> int:
    """The number of the newest ruling: where the next slice begins; 0 when there is none."""
    return Ruling.objects.order_by("-id").values_list("id", flat=True).first() or 0


def undecided() -> list[Disagreement]:
    """Disputes without an end whose deal is settled; the ruling is missing.

    Asked in one statement: between two a ruling may come, and would look like a deal settled without one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNDECIDED, [AT_ONCE])
        found = cursor.fetchall()
    return [Disagreement(dispute, deal, scope, "ruling") for dispute, deal, scope in found]


def _wrong(ruling: Ruling, paid: set[tuple[str, str, int]]) -> list[str]:
    case_over = ruling.case_state == CaseState.RESOLVED  # type: ignore[attr-defined]
    settled = (ruling.deal_state, ruling.deal_ending) == (State.SETTLED, ENDINGS[ruling.basis])  # type: ignore[attr-defined]
    checks = {"transfers": paid == expected(ruling), "deal": settled, "case": case_over}
    return [what for what, agrees in checks.items() if not agrees]


def expected(ruling: Ruling) -> set[tuple[str, str, int]]:
    """The transfers a ruling says there are: action, cause, minor units."""
    outcome = Outcome(ruling.outcome)
    result = Result(outcome, ruling.to_buyer_minor, ruling.to_seller_minor, ACTIONS.get(ruling.outcome))
    return {_key(flow) for flow in of_result(result, CAUSES[ruling.basis])}


def _key(flow: Flow) -> tuple[str, str, int]:
    return flow.action.value, flow.cause, flow.amount_minor


def _paid(deal_ids: Sequence[int]) -> dict[int, set[tuple[str, str, int]]]:
    """What the ledger says went out of each deal's holdback."""
    causes = [*CAUSES.values(), HOLDBACK]
    found = Transfer.objects.filter(deal_id__in=deal_ids, cause__in=causes)
    paid: dict[int, set[tuple[str, str, int]]] = {}
    for deal_id, action, cause, minor in found.values_list("deal_id", "action", "cause", "amount_minor"):
        paid.setdefault(deal_id, set()).add((action, cause, minor))
    return paid
