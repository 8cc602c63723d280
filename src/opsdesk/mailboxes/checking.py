"""Trying a mailbox out: can we sign in, is the folder there, what does it hold."""

from dataclasses import dataclass

from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.refusals import MailboxUnknown
from opsdesk.mailboxes.signin import SignIn
from opsdesk.mailboxes.trouble import REMEDIES, WORDS, Trouble

WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying. `problem` is empty if all went well."""

    mails: int = 0
    can_idle: bool = False
    problem: str = ""
    remedy: str = ""
    detail: str = ""


def try_out(mailbox_id: int) -> Tried:
    """Sign in and open the folder, as its reader does; changes nothing there. Refuses `MailboxUnknown`."""
    row = Mailbox.objects.filter(id=mailbox_id).first()
    if row is None:
        raise MailboxUnknown(mailbox=mailbox_id)
    try:
        line = SignIn(row.id, connect_within_s=WITHIN_S, answer_within_s=WITHIN_S).open()
        try:
            folder = line.examine(row.folder)
        finally:
            line.close()
    except Trouble as problem:
        return Tried(
            problem=str(WORDS[problem.code]), remedy=str(REMEDIES[problem.code]), detail=problem.detail
        )
    return Tried(mails=folder.exists, can_idle=line.can_idle)
