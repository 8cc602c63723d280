"""The life of a deal as one table. Pure, and frozen: what a new category needs is never found here.

Every state, move, money action, timer and reason stands in this file and nowhere else: look-ups, the
handbook's diagram and the tests are derived from `TABLE`.
"""

from dataclasses import dataclass
from enum import StrEnum

from opsdesk.deals.refusals import (
    NotApproved,
    NotAwaitingDelivery,
    NotAwaitingFunds,
    NotInInspection,
    NotInIssue,
)
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Refusal


class State(StrEnum):
    CREATED = "CREATED"
    FUNDED = "FUNDED"
    DELIVERED = "DELIVERED"
    INSPECTION = "INSPECTION"
    APPROVED = "APPROVED"
    ISSUE = "ISSUE"
    SETTLED = "SETTLED"


class Timer(StrEnum):
    """What the system does by itself, on time. The name is the kind of its task after `deal.`."""

    AUTO_APPROVE = "AUTO_APPROVE"
    DISPUTE_TTL = "DISPUTE_TTL"
    HOLDBACK_RELEASE = "HOLDBACK_RELEASE"


class Move(StrEnum):
    CREATE = "CREATE"
    FUND = "FUND"
    DELIVER = "DELIVER"
    APPROVE = "APPROVE"
    AUTO_APPROVE = "AUTO_APPROVE"
    HOLDBACK_RELEASE = "HOLDBACK_RELEASE"
    RAISE_ISSUE = "RAISE_ISSUE"
    RULE = "RULE"
    DISPUTE_TTL = "DISPUTE_TTL"


class MoneyAction(StrEnum):
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    REFUND = "REFUND"
    OFFSET = "OFFSET"


class Party(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    ESCROW = "escrow"
    OPERATOR = "operator"


class Reason(StrEnum):
    """Why an issue was raised. OTHER needs a text."""

    NOT_DELIVERED = "NOT_DELIVERED"
    DAMAGE_MAJOR = "DAMAGE_MAJOR"
    DAMAGE_MINOR = "DAMAGE_MINOR"
    MISSING_PARTS = "MISSING_PARTS"
    QUALITY_NOT_MATCHING = "QUALITY_NOT_MATCHING"
    DOCUMENT_MISMATCH = "DOCUMENT_MISMATCH"
    OTHER = "OTHER"


class Outcome(StrEnum):
    """How a dispute may be ruled."""

    REJECT = "REJECT"
    OFFSET = "OFFSET"
    PARTIAL_REFUND = "PARTIAL_REFUND"
    FULL_REFUND = "FULL_REFUND"
    REPLACEMENT = "REPLACEMENT"


class Who(StrEnum):
    TOKEN = "token"
    OPERATOR = "operator"
    LEAD = "lead"
    SYSTEM = "system"


class Flow(StrEnum):
    """What a move does with the money of the deal: total, immediate part, holdback H."""

    NOTHING = "nothing"
    HOLD_TOTAL = "HOLD total, buyer to escrow"
    RELEASE_IMMEDIATE = "RELEASE the immediate part to the seller"
    RELEASE_HOLDBACK = "RELEASE H to the seller"
    BY_OUTCOME = "by outcome"
    BY_TTL = "OFFSET floor(H x cap) to the buyer, RELEASE the rest to the seller"


@dataclass(frozen=True, slots=True)
class Row:
    """One move: from which state (None: it makes the deal), through which states, what it needs and does.

    `path`: the states entered, the last of them where the deal then is. `otherwise`: the refusal in every
    other state. `events`: the facts it leaves, one for each state of the path.
    """

    move: Move
    start: State | None
    path: tuple[State, ...]
    who: tuple[Who, ...]
    act: Act | None
    otherwise: type[Refusal] | None
    events: tuple[str, ...]
    arms: Timer | None
    disarms: Timer | None
    flow: Flow


S, W, T = State, Who, Timer

TABLE: tuple[Row, ...] = (
    Row(
        Move.CREATE,
        None,
        (S.CREATED,),
        (W.TOKEN,),
        Act.CREATE_DEAL,
        None,
        ("deal.created",),
        None,
        None,
        Flow.NOTHING,
    ),
    Row(
        Move.FUND,
        S.CREATED,
        (S.FUNDED,),
        (W.TOKEN,),
        Act.FUND_DEAL,
        NotAwaitingFunds,
        ("deal.funded",),
        None,
        None,
        Flow.HOLD_TOTAL,
    ),
    Row(
        Move.DELIVER,
        S.FUNDED,
        (S.DELIVERED, S.INSPECTION),
        (W.TOKEN,),
        Act.DELIVER_DEAL,
        NotAwaitingDelivery,
        ("deal.delivered", "deal.inspection_began"),
        T.AUTO_APPROVE,
        None,
        Flow.RELEASE_IMMEDIATE,
    ),
    Row(
        Move.APPROVE,
        S.INSPECTION,
        (S.APPROVED,),
        (W.TOKEN,),
        Act.APPROVE_DEAL,
        NotInInspection,
        ("deal.approved",),
        T.HOLDBACK_RELEASE,
        T.AUTO_APPROVE,
        Flow.NOTHING,
    ),
    Row(
        Move.AUTO_APPROVE,
        S.INSPECTION,
        (S.APPROVED,),
        (W.SYSTEM,),
        None,
        NotInInspection,
        ("deal.auto_approved",),
        T.HOLDBACK_RELEASE,
        None,
        Flow.NOTHING,
    ),
    Row(
        Move.HOLDBACK_RELEASE,
        S.APPROVED,
        (S.SETTLED,),
        (W.SYSTEM,),
        None,
        NotApproved,
        ("deal.settled",),
        None,
        None,
        Flow.RELEASE_HOLDBACK,
    ),
    Row(
        Move.RAISE_ISSUE,
        S.INSPECTION,
        (S.ISSUE,),
        (W.TOKEN, W.OPERATOR, W.LEAD),
        Act.RAISE_ISSUE,
        NotInInspection,
        ("deal.issue_raised",),
        T.DISPUTE_TTL,
        T.AUTO_APPROVE,
        Flow.NOTHING,
    ),
    Row(
        Move.RULE,
        S.ISSUE,
        (S.SETTLED,),
        (W.OPERATOR, W.LEAD),
        Act.RULE,
        NotInIssue,
        ("deal.ruled",),
        None,
        T.DISPUTE_TTL,
        Flow.BY_OUTCOME,
    ),
    Row(
        Move.DISPUTE_TTL,
        S.ISSUE,
        (S.SETTLED,),
        (W.SYSTEM,),
        None,
        NotInIssue,
        ("deal.dispute_expired",),
        None,
        None,
        Flow.BY_TTL,
    ),
)
ROWS: dict[Move, Row] = {row.move: row for row in TABLE}

# Whose move it is in a state at rest; in the others a deal never rests.
WAITS_FOR: dict[State, Party | None] = {
    S.CREATED: Party.BUYER,
    S.FUNDED: Party.SELLER,
    S.INSPECTION: Party.BUYER,
    S.ISSUE: Party.OPERATOR,
    S.SETTLED: None,
}
# From where to where each money action takes the money.
LEGS: dict[MoneyAction, tuple[Party, Party]] = {
    MoneyAction.HOLD: (Party.BUYER, Party.ESCROW),
    MoneyAction.RELEASE: (Party.ESCROW, Party.SELLER),
    MoneyAction.REFUND: (Party.ESCROW, Party.BUYER),
    MoneyAction.OFFSET: (Party.ESCROW, Party.BUYER),
}


def check_fits(move: Move, state: State, *, deal: int) -> None:
    """Raise the move's refusal unless the deal is in the state it starts from."""
    row = ROWS[move]
    if row.start is not state and row.otherwise is not None:
        raise row.otherwise(deal=deal, state=state.value)


def fits(move: Move, state: State) -> bool:
    """Whether the table lets the move happen in this state."""
    return ROWS[move].start is state


def moves_from(state: State) -> tuple[Move, ...]:
    """The moves that start in a state, in the table's order."""
    return tuple(row.move for row in TABLE if row.start is state)
