"""Which transfers a move makes. Pure: amounts in minor units; a part of 0 makes none."""

from dataclasses import dataclass

from opsdesk.deals.lifecycle import LEGS, MoneyAction, Outcome, Party, Reason
from opsdesk.deals.refusals import AmountOutOfBounds, OutcomeNotAllowed
from opsdesk.deals.terms import CAPPED, Terms

TOTAL, IMMEDIATE, HOLDBACK, RULING, TTL = "total", "immediate", "holdback", "ruling", "ttl"


@dataclass(frozen=True, slots=True)
class Flow:
    """One transfer about to be written. `cause`: which part of the deal's money it is."""

    action: MoneyAction
    cause: str
    amount_minor: int

    @property
    def legs(self) -> tuple[Party, Party]:
        return LEGS[self.action]


@dataclass(frozen=True, slots=True)
class Result:
    """What an outcome does with the holdback: minor units to the buyer, as which action; to the seller."""

    outcome: Outcome
    to_buyer: int
    to_seller: int
    action: MoneyAction | None


def holding(total_minor: int) -> list[Flow]:
    return _some([Flow(MoneyAction.HOLD, TOTAL, total_minor)])


def immediate(total_minor: int, held_minor: int) -> list[Flow]:
    return _some([Flow(MoneyAction.RELEASE, IMMEDIATE, total_minor - held_minor)])


def release_holdback(amount_minor: int) -> list[Flow]:
    """The one way a holdback, or what is left of it, goes to the seller."""
    return _some([Flow(MoneyAction.RELEASE, HOLDBACK, amount_minor)])


def ruled(terms: Terms, outcome: Outcome, reason: Reason, amount: int | None, held_minor: int) -> Result:
    """The result of an outcome that a person chose; `amount` (None: the most there may be) goes to the buyer.

    Refuses `OutcomeNotAllowed` and `AmountOutOfBounds`.
    """
    offered = terms.offered(reason, held_minor)
    if outcome not in offered:
        allowed = ", ".join(offered) or "-"
        raise OutcomeNotAllowed(outcome=outcome.value, reason=reason.value, allowed=allowed)
    if outcome in (Outcome.REJECT, Outcome.REPLACEMENT):
        return Result(outcome, 0, held_minor, None)
    most = terms.most(outcome, reason, held_minor)
    given = most if amount is None or outcome not in CAPPED else amount
    if not 0 < given <= most:
        raise AmountOutOfBounds(most=most)
    action = MoneyAction.OFFSET if outcome is Outcome.OFFSET else MoneyAction.REFUND
    return Result(outcome, given, held_minor - given, action)


def expired(terms: Terms, reason: Reason, held_minor: int) -> Result:
    """The result of the deadline: the capped offset, or where there is none all to the seller."""
    given = terms.ttl_offset(held_minor, reason)
    outcome, action = (Outcome.OFFSET, MoneyAction.OFFSET) if given else (Outcome.REJECT, None)
    return Result(outcome, given, held_minor - given, action)


def of_result(result: Result, cause: str) -> list[Flow]:
    """The transfers of a ruling or of the deadline."""
    flows = [Flow(result.action, cause, result.to_buyer)] if result.action else []
    return _some([*flows, *release_holdback(result.to_seller)])


def _some(flows: list[Flow]) -> list[Flow]:
    return [flow for flow in flows if flow.amount_minor > 0]
