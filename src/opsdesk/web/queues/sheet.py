"""A list of cases as a file: all its rows, in its order."""

from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.cases.lists import CaseRow, Cursor, QueueFilters, QueuePage, queue_page
from opsdesk.cases.models import UNRESOLVED, CaseState
from opsdesk.web import stored
from opsdesk.web.exports.sheets import PAGE, Columns, Sheet, through
from opsdesk.web.queues.filters import Place


def sheet(place: Place, filters: QueueFilters, person_id: int) -> Sheet[CaseRow]:
    """The cases that a list shows, read as its pages are."""
    desk, which = place.desk, place.queue or ("mine" if place.mine else "cases")

    def some(after: Cursor | None) -> tuple[tuple[CaseRow, ...], Cursor | None]:
        found: QueuePage = queue_page(filters, person_id=person_id, after=after, size=PAGE)
        return found.rows, found.next

    return Sheet(f"{desk.key}-{which}", _("Cases"), columns(desk.key), lambda: through(some), desk.zone)


def columns(desk: str) -> Columns[CaseRow]:
    """What a file says of a case of a desk."""
    return (
        (_("Case"), lambda row: row.id),
        (_("Subject"), lambda row: stored.subject(row.subject, desk)),
        (_("Account"), lambda row: row.account_name),
        (_("From"), lambda row: row.requester_name),
        (_("E-mail"), lambda row: row.requester_email),
        (_("Type"), lambda row: row.type),
        (_("How it begins"), lambda row: stored.excerpt(row.excerpt, desk)),
        (_("Unread"), lambda row: _("yes") if row.unread else ""),
        (_("Due"), _due),
        (_("Expected"), lambda row: row.expected_at if row.state == CaseState.WAITING else None),
        (_("State"), lambda row: row.state),
        (_("Waits on"), lambda row: row.waiting_party or row.waiting_on),
        (_("Claims to belong to"), lambda row: row.claims_id),
        (_("Times reopened"), lambda row: row.reopened_count),
        (_("Queue"), lambda row: row.queue),
        (_("Assignee"), lambda row: row.assignee_name),
        (_("Opened"), lambda row: row.opened_at),
        (_("Resolved"), lambda row: row.resolved_at),
    )


def _due(row: CaseRow) -> datetime | None:
    if row.deadline_at and row.state in UNRESOLVED:
        return row.deadline_at
    return row.due_at if row.state == CaseState.OPEN else None
