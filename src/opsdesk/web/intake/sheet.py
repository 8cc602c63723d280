"""The intake ledger as a file."""

from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from opsdesk.mail import ledger
from opsdesk.mail.ledger import ArrivalRow, Cursor, Filters
from opsdesk.web.exports.sheets import PAGE, Columns, Sheet, through


def sheet(filters: Filters, *, now: datetime, zone: tzinfo) -> Sheet[ArrivalRow]:
    """The arrivals that the filters let through, newest first."""

    def some(after: Cursor | None) -> tuple[tuple[ArrivalRow, ...], Cursor | None]:
        found = ledger.page(filters, now=now, after=after, size=PAGE)
        return found.rows, found.next_cursor

    name = "-".join(part for part in ("arrivals", filters.desk, filters.outcome) if part)
    return Sheet(name, _("Arrivals"), _columns(), lambda: through(some), zone)


def _columns() -> Columns[ArrivalRow]:
    return (
        (_("Arrival"), lambda row: row.id),
        (_("Subject"), lambda row: row.subject),
        (_("Label"), lambda row: row.label),
        (_("From"), lambda row: row.from_name),
        (_("E-mail"), lambda row: row.from_address),
        (_("Source"), lambda row: row.source),
        (_("Outcome"), lambda row: row.outcome or ledger.IN_HAND),
        (_("Reason"), lambda row: row.reason),
        (_("Detail"), lambda row: row.detail),
        (_("Cases"), lambda row: " ".join(map(str, row.case_ids))),
        (_("Came in"), lambda row: row.came_at),
        (_("Stored"), lambda row: row.recorded_at),
        (_("Bytes"), lambda row: row.size),
    )
