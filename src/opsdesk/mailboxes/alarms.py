"""What of the mailboxes needs somebody's eye, in the order of its weight."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.mailboxes.cards import MailboxRow
from opsdesk.mailboxes.models import Mailbox

TROUBLE_FOR = timedelta(minutes=10)
SILENT_FOR = timedelta(minutes=10)
NOT_COMPARED_FOR = timedelta(hours=3)
BEHIND = 1000


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong with a mailbox. `is_bad`: mail does not come in, or is missing."""

    mailbox_id: int
    key: str
    code: str
    words: str | Promise
    remedy: str | Promise
    is_bad: bool


LEAKED = _("Mail is on the server and not with us.")
LEAKED_REMEDY = _("It is asked for again by itself. The list says what the server answers.")
NO_LOOK = _("It was not looked at for over ten minutes.")
NO_LOOK_REMEDY = _("Is 'opsdesk serve' or 'opsdesk worker' running?")
NOT_COMPARED = _("It was not compared with the ledger for over three hours.")
NOT_COMPARED_REMEDY = _("It is compared when all of its mail is read; or press 'Reconcile now'.")
VANISHED = _("Mail went from the server before we saw it.")
VANISHED_REMEDY = _("Does a person, a rule or another program move or delete mail there?")
FAR_BEHIND = _("A long backlog is being read.")
FAR_BEHIND_REMEDY = _("It comes in by itself, oldest first.")


def alarms_of(row: MailboxRow, now: datetime) -> list[Alarm]:
    """What is wrong with one mailbox; one that is off or closed has no alarm."""
    if row.is_off or row.source_closed:
        return []
    found = []
    long = now - row.state_since >= TROUBLE_FOR
    if row.state == Mailbox.State.REFUSED or (row.state == Mailbox.State.TROUBLE and long):
        found.append(_alarm(row, row.state, row.problem, row.remedy, bad=True))
    if row.state in (Mailbox.State.WELL, Mailbox.State.NEW) and _is_silent(row, now):
        found.append(_alarm(row, "silent", NO_LOOK, NO_LOOK_REMEDY, bad=True))
    if row.leaked:
        found.append(_alarm(row, "leaked", LEAKED, LEAKED_REMEDY, bad=True))
    if row.state == Mailbox.State.WELL and _is_overdue(row, now):
        found.append(_alarm(row, "not_compared", NOT_COMPARED, NOT_COMPARED_REMEDY, bad=False))
    if row.vanished_lately:
        found.append(_alarm(row, "vanished", VANISHED, VANISHED_REMEDY, bad=False))
    if row.behind >= BEHIND:
        found.append(_alarm(row, "behind", FAR_BEHIND, FAR_BEHIND_REMEDY, bad=False))
    return found


def _is_silent(row: MailboxRow, now: datetime) -> bool:
    return now - max(row.last_look_at or row.state_since, row.state_since) >= SILENT_FOR


def _is_overdue(row: MailboxRow, now: datetime) -> bool:
    return now - max(row.reconciled_at or row.state_since, row.state_since) >= NOT_COMPARED_FOR


def _alarm(row: MailboxRow, code: str, words: str | Promise, remedy: str | Promise, *, bad: bool) -> Alarm:
    return Alarm(row.id, row.key, code, words, remedy, bad)
