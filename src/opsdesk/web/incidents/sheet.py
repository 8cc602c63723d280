"""The incidents of a view, and what is wrong with the money, as files."""

from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.watch import queries
from opsdesk.watch.queries import IncidentRow
from opsdesk.web import stored
from opsdesk.web.exports.sheets import Columns, Sheet, through

# What runs has no second page: a file takes more of it than there will ever be.
MOST = 10_000


def sheet(view: str, desk: DeskDefinition) -> Sheet[IncidentRow]:
    """What runs by severity, what ended newest first."""

    def some(before: int | None) -> tuple[tuple[IncidentRow, ...], int | None]:
        found = queries.incidents(view, before=before, size=MOST)
        return found.rows, found.next_before

    return Sheet(f"incidents-{view}", _("Incidents"), _columns(desk.key), lambda: through(some), desk.zone)


def _columns(desk: str) -> Columns[IncidentRow]:
    return (
        (_("Incident"), lambda row: row.id),
        (_("Severity"), lambda row: row.severity),
        (_("Subject"), lambda row: stored.subject(row.subject, desk)),
        (_("Scope"), lambda row: row.scope),
        (_("State"), lambda row: row.state),
        (_("Opened"), lambda row: row.opened_at),
        (_("Answered"), lambda row: row.answered_at),
        (_("Whose"), lambda row: row.assignee),
        (_("Ended"), lambda row: row.ended_at),
    )
