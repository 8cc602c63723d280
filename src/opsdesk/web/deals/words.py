"""What a deal waits for, what its timers will do, and who may move it: in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.deals.card import TimerCard
from opsdesk.deals.lifecycle import ROWS, Move, State, Timer, Who
from opsdesk.kernel.money import Money
from opsdesk.web.deals import labels
from opsdesk.web.deals.amounts import written

WHOSE: dict[str, labels.Words] = {
    State.CREATED: gettext_lazy("The buyer’s move."),
    State.FUNDED: gettext_lazy("The seller’s move."),
    State.INSPECTION: gettext_lazy("The buyer’s move."),
    State.ISSUE: gettext_lazy("The operator’s move."),
    State.SETTLED: gettext_lazy("Settled."),
}
EXPLAINED: dict[str, labels.Words] = {
    State.CREATED: gettext_lazy("%(total)s has to be paid in; the marketplace says by API when it is."),
    State.FUNDED: gettext_lazy(
        "%(total)s is held. When the seller has delivered, the marketplace says so by API, and "
        "%(immediate)s is released."
    ),
    State.INSPECTION: gettext_lazy(
        "The buyer looks at what was delivered, and approves or raises an issue. %(holdback)s is held back."
    ),
    State.ISSUE: gettext_lazy("An operator rules until the deadline; else the deadline settles by itself."),
    State.SETTLED: gettext_lazy("Nothing is held any more. Nothing can be changed."),
}
BY_WHOM: dict[Move, labels.Words] = {
    Move.RAISE_ISSUE: gettext_lazy("The marketplace by API, or an operator on behalf of the buyer."),
    Move.RULE: gettext_lazy("An operator or a lead, on the page of the dispute."),
}
BY_API = gettext_lazy("Only the marketplace, by API.")
BY_ITSELF = gettext_lazy("The system, by itself, at the instant the timer is due.")


@dataclass(frozen=True, slots=True)
class TimerWords:
    """An armed timer: its name, when it is due, and what happens then."""

    name: str
    due_at: datetime
    then: str


@dataclass(frozen=True, slots=True)
class MoveWords:
    """A move the table allows now, and who can make it."""

    name: str
    who: str


def explained(state: str, total: Money, holdback: Money) -> str:
    """What the deal waits for."""
    amounts = {
        "total": written(total),
        "holdback": written(holdback),
        "immediate": written(total - holdback),
    }
    return str(EXPLAINED.get(state, "")) % amounts


def moves(allowed: Iterable[Move]) -> list[MoveWords]:
    """These moves, each with who can make it."""
    return [MoveWords(labels.word(labels.MOVES, move), _by_whom(move)) for move in allowed]


def _by_whom(move: Move) -> str:
    if Who.SYSTEM in ROWS[move].who:
        return str(BY_ITSELF)
    return str(BY_WHOM.get(move, BY_API))


def timers(armed: Iterable[TimerCard]) -> list[TimerWords]:
    """The armed timers, soonest first."""
    return [TimerWords(labels.word(labels.TIMERS, each.timer), each.due_at, then(each)) for each in armed]


def then(timer: TimerCard) -> str:
    """What a timer does when it is due, with the amounts."""
    amounts = {"buyer": written(timer.to_buyer), "seller": written(timer.to_seller)}
    if timer.timer is Timer.AUTO_APPROVE:
        return _("Then silence approves: %(seller)s goes to the seller, and the deal is settled.") % amounts
    if timer.timer is Timer.HOLDBACK_RELEASE:
        return _("Then %(seller)s goes to the seller, and the deal is settled.") % amounts
    if timer.to_buyer.minor == 0:
        return _("Then the deadline settles: %(seller)s to the seller, nothing to the buyer.") % amounts
    return _("Then the deadline settles: %(buyer)s to the buyer, %(seller)s to the seller.") % amounts


def no_timer(state: str) -> str:
    """Why no timer runs."""
    if state == State.INSPECTION:
        return _("None runs: by these terms silence approves nothing, the deal waits for the buyer.")
    return _("None runs in this state.")
