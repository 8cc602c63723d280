"""Who may rule on a dispute, and who may add to a deal's evidence and take from it.

Handing a dispute up takes it from nobody: those of the disputes queue stay in charge of its deadline, and
those of the queue where it stands may end it, too.
"""

from opsdesk.cases.models import Case
from opsdesk.deals.ground import DESK, DISPUTES, OF_DISPUTES, Place, check_right
from opsdesk.deals.lifecycle import Move
from opsdesk.deals.models import Scope
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may, may


def place_of(actor: Actor, case: Case) -> Place:
    """Where the right to rule is looked at: where the case stands if the actor may there, else Disputes."""
    here = Place(case.queue, case.tier)
    return here if may(actor, Act.RULE, desk=DESK, queue=here.queue, tier=here.tier) else OF_DISPUTES


def check_may_rule(actor: Actor, scope: Scope, case: Case) -> None:
    """A lead; an operator of the disputes queue; an engineer of the queue where the case stands now.

    Ruling, waiving and asking again are one right. Refuses who may not.
    """
    check_right(actor, Move.RULE, scope, place_of(actor, case))


def may_rule(actor: Actor, case: Case) -> bool:
    """Ask a person's right without raising."""
    place = place_of(actor, case)
    return may(actor, Act.RULE, desk=DESK, queue=place.queue, tier=place.tier)


def check_may_add(actor: Actor, scope: Scope, dispute: Dispute | None) -> None:
    """A token that may raise issues in the scope; a person of the disputes queue, or of where the case is."""
    if not actor.is_person:
        check_right(actor, Move.RAISE_ISSUE, scope)
        return
    case = dispute.case if dispute else None
    if case is not None and may(actor, Act.NOTE, desk=case.desk, queue=case.queue, tier=case.tier):
        return
    check_may(actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1)
