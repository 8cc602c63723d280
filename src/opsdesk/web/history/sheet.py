"""The imports, and the rows of one that fit nowhere, as files."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from opsdesk.history import queries
from opsdesk.history.queries import Aside, ImportRow
from opsdesk.web.exports.sheets import Sheet


def sheet(rows: Sequence[ImportRow]) -> Sheet[ImportRow]:
    """The imports of one's desks, the newest first."""
    return Sheet(
        "imports",
        _("Imports"),
        (
            (_("Import"), lambda row: row.id),
            (_("File"), lambda row: row.file_name),
            (_("Tool"), lambda row: row.tool),
            (_("Desk"), lambda row: row.desk),
            (_("State"), lambda row: row.state),
            (_("First day"), lambda row: row.first_at),
            (_("Last day"), lambda row: row.last_at),
            (_("Cases"), lambda row: row.cases),
            (_("Stays"), lambda row: row.stays),
            (_("Rows aside"), lambda row: row.rows_aside),
            (_("Asked for"), lambda row: row.asked_at),
            (_("Asked for by"), lambda row: row.asked_by),
        ),
        lambda: rows,
    )


def asides(import_id: int) -> Sheet[Aside]:
    """The rows that an import kept aside, in the order of the file."""
    return Sheet(
        f"import-{import_id}-aside",
        _("Rows kept aside"),
        (
            (_("Line"), lambda row: row.line),
            (_("Why"), lambda row: row.why),
            (_("The row"), lambda row: row.words),
        ),
        lambda: queries.every_aside(import_id),
    )
