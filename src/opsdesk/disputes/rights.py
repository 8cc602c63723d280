"""Who may add to a deal's evidence and take from it."""

from opsdesk.deals.ground import DESK, DISPUTES, check_right
from opsdesk.deals.lifecycle import Move
from opsdesk.deals.models import Scope
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may, may


def check_may_add(actor: Actor, scope: Scope, dispute: Dispute | None) -> None:
    """A token that may raise issues in the scope; a person of the disputes queue, or of where the case is."""
    if not actor.is_person:
        check_right(actor, Move.RAISE_ISSUE, scope)
        return
    case = dispute.case if dispute else None
    if case is not None and may(actor, Act.NOTE, desk=case.desk, queue=case.queue, tier=case.tier):
        return
    check_may(actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1)
