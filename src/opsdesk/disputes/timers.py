"""The timers of a deal, answered: its own, and DISPUTE_TTL, which also ends a dispute."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from opsdesk.clock.actions import fire_overdue
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import Handler, TaskValue
from opsdesk.deals import actions as deals
from opsdesk.deals import issues
from opsdesk.deals.ground import load
from opsdesk.deals.timers import DISPUTE_TTL, SUBJECT
from opsdesk.disputes import queries
from opsdesk.disputes.deciding import Words, decide
from opsdesk.disputes.models import Dispute
from opsdesk.kernel.actor import SYSTEM


def dispute_expired(task: TaskValue, now: datetime) -> None:
    """Nobody ruled in time: the terms decide as of the instant it was due, and the case is resolved then."""
    deal, result = issues.expire(task, now)
    found = Dispute.objects.get(deal_id=deal.id)
    complete = queries.checklist_of(deal).complete
    decide(found, deal, result, words=Words(), complete=complete, actor=SYSTEM, at=task.due_at, now=now)


# Its kinds are those that deals declare.
TASK_KINDS: Mapping[str, str] = {}
HANDLERS: Mapping[str, Handler] = {**deals.HANDLERS, DISPUTE_TTL: dispute_expired}


def fire(deal_id: int, *, now: datetime) -> int:
    """Hold the deal and fire its timers due at or before `now`, in the caller's transaction; how many."""
    load(deal_id, lock=True)
    return fire_overdue(subject_kind=SUBJECT, subject_id=deal_id, now=now, handlers=HANDLERS)


def _is_due(deal_id: int, now: datetime) -> bool:
    due = Task.objects.armed().filter(
        subject_kind=SUBJECT, subject_id=deal_id, kind__in=list(HANDLERS), due_at__lte=now
    )
    return due.exists()


def catch_up(deal_id: int, *, now: datetime) -> int:
    """Fire what is due on the deal in a transaction of its own; how many timers.

    Pages and the API call it before they look at a deal, so that a refusal that follows undoes nothing of it.
    An unknown deal has none.
    """
    if not _is_due(deal_id, now):
        return 0
    with transaction.atomic():
        return fire(deal_id, now=now)
