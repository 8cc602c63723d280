"""What a search found, as a file: every page of it."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from opsdesk.mail.finding import Found
from opsdesk.mail.found import FoundCase
from opsdesk.search.marking import Marked
from opsdesk.search.models import Kind
from opsdesk.web import stored
from opsdesk.web.exports.sheets import Columns, Sheet, through


def sheet(find: Callable[[int | None], Found]) -> Sheet[FoundCase]:
    """The case of the number that was typed, then those whose texts match; `find` gives a page of them."""

    def some(below: int | None) -> tuple[tuple[FoundCase, ...], int | None]:
        found = find(below)
        return (*([found.exact] if found.exact else []), *found.rows), found.next

    return Sheet("search", _("Search"), _columns(), lambda: through(some))


def _columns() -> Columns[FoundCase]:
    kinds = {int(kind): str(label) for kind, label in Kind.choices}
    return (
        (_("Case"), lambda row: row.id),
        (_("Desk"), lambda row: row.desk),
        (_("Subject"), lambda row: stored.subject(_plain(row.subject), row.desk)),
        (_("Passage"), lambda row: stored.subject(_plain(row.passage), row.desk)),
        (_("Kind of text"), lambda row: kinds.get(row.kind, "")),
        (_("Written by"), lambda row: _plain(row.who)),
        (_("Written"), lambda row: row.at),
        (_("Account"), lambda row: row.account_name),
        (_("State"), lambda row: row.state),
        (_("Queue"), lambda row: row.queue),
        (_("Assignee"), lambda row: row.assignee_name),
    )


def _plain(pieces: Marked) -> str:
    return "".join(piece.text for piece in pieces)
