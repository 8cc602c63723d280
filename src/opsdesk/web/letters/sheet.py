"""What a desk sends, as a file."""

from collections.abc import Callable
from datetime import tzinfo

from django.utils.translation import gettext as _

from opsdesk.mail.outbox import OutPage, OutRow
from opsdesk.web.exports.sheets import Sheet, through


def sheet(name: str, page: Callable[[int | None], OutPage], zone: tzinfo) -> Sheet[OutRow]:
    """The letters in one state, newest first; `page` gives those before a number."""

    def some(before: int | None) -> tuple[tuple[OutRow, ...], int | None]:
        found = page(before)
        return found.rows, found.next_before

    return Sheet(
        name,
        _("Letters"),
        (
            (_("Letter"), lambda row: row.id),
            (_("Subject"), lambda row: row.subject),
            (_("Written by"), lambda row: _("automatic notice") if row.automatic else row.author),
            (_("To"), lambda row: ", ".join(row.to)),
            (_("Request"), lambda row: row.case_id),
            (_("State"), lambda row: row.state),
            (_("Written"), lambda row: row.queued_at),
            (_("Sent"), lambda row: row.sent_at),
            (_("Next try"), lambda row: row.next_try_at),
            (_("What the server said"), lambda row: row.problem),
            (_("Tries"), lambda row: row.tries),
        ),
        lambda: through(some),
        zone,
    )
