"""The dispute queue as a file: all its rows, in its order."""

from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.cases.models import CaseState
from opsdesk.cases.queries import desk
from opsdesk.deals.ground import DESK
from opsdesk.deals.lifecycle import Party
from opsdesk.disputes import lists
from opsdesk.disputes.lists import Cursor, DisputeRow, Filters
from opsdesk.web.exports.sheets import PAGE, Columns, Sheet, through


def sheet(filters: Filters, order: str, *, now: datetime) -> Sheet[DisputeRow]:
    """The disputes that the filters let through."""

    def some(after: Cursor | None) -> tuple[tuple[DisputeRow, ...], Cursor | None]:
        found = lists.page(filters, order, after, size=PAGE, now=now)
        return found.rows, found.next

    return Sheet("disputes", _("Disputes"), _columns(), lambda: through(some), desk(DESK).zone)


def _columns() -> Columns[DisputeRow]:
    return (
        (_("Dispute"), lambda row: row.id),
        (_("Deal"), lambda row: row.deal_id),
        (_("Case"), lambda row: row.case_id),
        (_("Item"), lambda row: row.item),
        (_("Scope"), lambda row: row.scope),
        (_("Reason"), lambda row: row.reason),
        (_("Raised"), lambda row: row.raised_at),
        (_("Deadline"), lambda row: row.due_at),
        (_("Decided"), lambda row: row.decided_at),
        (_("Total"), lambda row: row.total.amount),
        (_("Held"), lambda row: row.held.amount),
        (_("Currency"), lambda row: row.total.currency),
        (_("Evidence there"), lambda row: row.have),
        (_("Evidence required"), lambda row: row.needed),
        (_("Whose move"), _whose),
        (_("Queue"), lambda row: row.queue),
        (_("Assignee"), lambda row: row.assignee),
    )


def _whose(row: DisputeRow) -> str:
    if row.decided_at:
        return ""
    return row.waits_on if row.case_state == CaseState.WAITING else Party.OPERATOR.value
