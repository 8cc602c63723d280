"""The mailboxes, the days of one and the numbers of a day, as files."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from opsdesk.mailboxes import days
from opsdesk.mailboxes.cards import MailboxRow
from opsdesk.mailboxes.days import DayRow, Line
from opsdesk.web.exports.sheets import Sheet


def sheet(rows: Sequence[MailboxRow]) -> Sheet[MailboxRow]:
    """All of them with how they go; nothing secret."""
    return Sheet(
        "mailboxes",
        _("Mailboxes"),
        (
            (_("Mailbox"), lambda row: row.key),
            (_("Account"), lambda row: row.username),
            (_("Folder"), lambda row: row.folder),
            (_("Desk"), lambda row: row.desk),
            (_("State"), lambda row: row.state),
            (_("Trouble"), lambda row: row.problem),
            (_("Last look"), lambda row: row.last_look_at),
            (_("Newest mail"), lambda row: row.last_mail_at),
            (_("Behind"), lambda row: row.behind),
            (_("Leaked"), lambda row: row.leaked),
            (_("Vanished"), lambda row: row.vanished),
            (_("Compared"), lambda row: row.reconciled_at),
        ),
        lambda: rows,
    )


def by_day(mailbox: MailboxRow) -> Sheet[DayRow]:
    """The server beside the ledger."""
    return Sheet(
        f"mailbox-{mailbox.key}-days",
        _("The server beside the ledger"),
        (
            (_("Day (UTC)"), lambda row: row.day),
            (_("On the server"), lambda row: row.on_server),
            (_("In the ledger"), lambda row: row.in_ledger),
            (_("Leaked"), lambda row: row.leaked),
            (_("Pending"), lambda row: row.pending),
            (_("Vanished"), lambda row: row.vanished),
            (_("Found late"), lambda row: row.found),
            (_("Compared"), lambda row: row.checked_at),
        ),
        lambda: days.days(mailbox.id, limit=None),
        key="days",
    )


def of_a_day(mailbox: MailboxRow, day: date, what: str, title: str) -> Sheet[Line]:
    """The numbers behind one figure of one day."""
    return Sheet(
        f"mailbox-{mailbox.key}-{day.isoformat()}-{what}",
        title,
        (
            (_("UID"), lambda row: row.uid),
            (_("Through UID"), lambda row: row.through_uid),
            (_("Arrival"), lambda row: row.arrival_id),
            (_("State"), lambda row: row.kind),
            (_("Reached the server"), lambda row: row.internal_at),
            (_("Noticed"), lambda row: row.noticed_at),
            (_("Came in"), lambda row: row.found_at),
            (_("Why it is missing"), lambda row: row.detail),
            (_("Tries"), lambda row: row.tries),
            (_("Next try"), lambda row: row.retry_at),
        ),
        lambda: days.listed(mailbox.id, day, what, most=None),
    )
