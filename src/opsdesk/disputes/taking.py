"""Taking the next dispute: by time left, whatever the category."""

from datetime import datetime

from opsdesk.cases import actions as cases
from opsdesk.cases.models import CaseState
from opsdesk.cases.queries import desk
from opsdesk.cases.refusals import NothingToTake
from opsdesk.deals.ground import DESK
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal

CANDIDATES = 20


def take_next(*, actor: Actor, now: datetime) -> int:
    """Take the unassigned open dispute with the soonest deadline, else go on with one's own; its number.

    Two persons at once get two disputes: who is second at one goes on to the next. Refuses `NothingToTake`.
    """
    check_may(actor, Act.TAKE, desk=DESK)
    queues = [
        queue.key
        for queue in desk(DESK).queues
        if may(actor, Act.TAKE, desk=DESK, queue=queue.key, tier=queue.tier)
    ]
    undecided = Dispute.objects.filter(decided_at__isnull=True, due_at__gt=now).order_by("due_at", "id")
    free = undecided.filter(case__assignee__isnull=True, case__state=CaseState.OPEN, case__queue__in=queues)
    for number, case_id, version in free.values_list("id", "case_id", "case__version")[:CANDIDATES]:
        try:
            cases.take(case_id=case_id, seen_version=version, actor=actor, now=now)
        except Refusal:
            continue
        return number
    mine = undecided.filter(case__assignee_id=actor.id).values_list("id", flat=True).first()
    if mine is None:
        raise NothingToTake
    return mine
