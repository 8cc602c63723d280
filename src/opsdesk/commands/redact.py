"""`opsdesk redact`: what the pages of erasure do, for many messages or from a script."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from rich.console import Console

from opsdesk.accounts import queries as accounts
from opsdesk.cases.redaction import NoteErased, redact_note
from opsdesk.commands.readiness import check_migrated
from opsdesk.disputes.redaction import redact_evidence
from opsdesk.disputes.refusals import EvidenceErased
from opsdesk.history import redaction as imports
from opsdesk.history.redaction import CaseErased, HeldWords, RowErased, redact_case, redact_row
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.mail import holdings
from opsdesk.mail.holdings import Holding, Subject
from opsdesk.mail.redaction import BY_HAND, redact_arrival, redact_message
from opsdesk.mail.refusals import AlreadyErased
from opsdesk.people import queries as people
from opsdesk.review.redaction import redact_meeting_note, redact_point
from opsdesk.review.refusals import NoteErased as MeetingNoteErased
from opsdesk.review.refusals import PointErased

HELP = "list what is held of a person or an account, or erase that, or single messages, notes, evidence, rows"
LISTED = 100
# What erases one, and what it refuses where somebody did before.
SINGLE: Mapping[str, tuple[Callable[..., object], type[Refusal]]] = {
    "message": (redact_message, AlreadyErased),
    "arrival": (redact_arrival, AlreadyErased),
    "note": (redact_note, NoteErased),
    "evidence": (redact_evidence, EvidenceErased),
    "row": (redact_row, RowErased),
    "case": (redact_case, CaseErased),
    "meeting_note": (redact_meeting_note, MeetingNoteErased),
    "point": (redact_point, PointErased),
}


class NobodyThere(Refusal):
    message = gettext_noop("Nobody signs in as %(email)s. Name an admin with --by.")


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--address", help="all mail from and to this address, and its name on cases")
    what.add_argument("--account", metavar="KEY", help="all mail of this account's cases")
    what.add_argument("--name", metavar="NAME", help="what imports hold that names somebody so")
    what.add_argument("--message", type=int, nargs="+", metavar="NUMBER", help="these messages")
    what.add_argument(
        "--arrival", type=int, nargs="+", metavar="NUMBER", help="what came in, understood or not"
    )
    what.add_argument("--note", type=int, nargs="+", metavar="NUMBER", help="these notes")
    what.add_argument("--evidence", type=int, nargs="+", metavar="NUMBER", help="these files of evidence")
    what.add_argument("--row", type=int, nargs="+", metavar="NUMBER", help="these rows kept aside by imports")
    what.add_argument("--case", type=int, nargs="+", metavar="NUMBER", help="what imports say of these cases")
    what.add_argument("--meeting-note", type=int, nargs="+", metavar="NUMBER", help="these notes of reviews")
    what.add_argument("--point", type=int, nargs="+", metavar="NUMBER", help="these points of reviews")
    parser.add_argument("--reason", choices=sorted(BY_HAND), default="asked", help="why (asked)")
    parser.add_argument("--by", metavar="EMAIL", required=True, help="the admin in whose name it is done")
    parser.add_argument("--yes", action="store_true", help="erase it; without, it is only listed")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    check_migrated()
    person = people.by_email(options.by)
    if person is None:
        raise NobodyThere(email=options.by)
    actor = people.actor(person.id, now)
    for name, (erase, before) in SINGLE.items():
        if numbers := getattr(options, name):
            return _single(numbers, erase, before, options, actor, now)
    subject = _subject(options)
    if not options.yes:
        return _list(holdings.held(subject), imports.held(subject))
    told = 0
    # Before the mail: with the last of that the address is forgotten by which cases are known.
    while some := imports.erase_step(subject, reason=options.reason, actor=actor, now=now):
        told += some
    if told:
        _say(_("%(number)d words of imports are erased.") % {"number": told})
    erased, left = 0, 1
    while left:
        step = holdings.erase_step(subject, reason=options.reason, actor=actor, now=now)
        erased, left = erased + step.erased, step.left
    _say(_("%(number)d messages are erased.") % {"number": erased})
    if waits := holdings.waiting(subject):
        _say(
            _("%(number)d letters still wait to be sent, so the address stays: give them up, then again.")
            % {"number": waits}
        )
    return 0


def _say(text: str) -> None:
    Console(highlight=False, markup=False, soft_wrap=True).print(text)


def _subject(options: argparse.Namespace) -> Subject:
    if options.address:
        return holdings.subject_of(options.address)
    if options.name is not None:
        return imports.subject_of(options.name)
    account = accounts.by_key(options.account)
    if account is None:
        raise Invalid("account", gettext_noop("No account has the key given with --account."))
    return Subject(account_id=account.id)


def _list(held: Holding, words: HeldWords) -> int:
    for one in held.messages:
        cases = " ".join(f"#{id}" for id in one.case_ids)
        _say(f"{one.id:>8}  {one.at:%Y-%m-%d %H:%M}  {one.direction:<3}  {cases}  {one.subject}")
    numbers = {"mails": held.count, "cases": len(held.case_ids), "noted": len(held.noted_case_ids)}
    _say(_("%(mails)d messages, %(cases)d cases, %(noted)d of them with notes to read.") % numbers)
    _list_words(words)
    _say(_("Nothing was changed. Say --yes to erase it."))
    return 0


def _list_words(held: HeldWords) -> None:
    """What imports hold, where they hold any."""
    if held.is_empty:
        return
    for row in held.rows:
        place = {"id": row.import_id, "line": row.line}
        _say(f"{row.id:>8}  {_('import %(id)s, line %(line)s') % place}  {row.words[:100]}")
    cases = len(held.case_ids) + held.withdrawn
    numbers = {"rows": held.count, "cases": cases, "names": len(held.names)}
    words = _(
        "Of imports: %(rows)d rows kept aside, words of %(cases)d cases, %(names)d names that match nobody."
    )
    _say(words % numbers)
    if held.case_ids:
        _say("  " + " ".join(f"#{id}" for id in held.case_ids[:LISTED]))
    if held.names:
        _say("  " + ", ".join(held.names[:LISTED]))
    if held.files:
        _say(_("Uploaded files that wait to be mapped may name them, so all of these go:"))
        _say("  " + ", ".join(held.files[:LISTED]))


def _single(
    numbers: Sequence[int],
    erase: Callable[..., object],
    before: type[Refusal],
    options: argparse.Namespace,
    actor: Actor,
    now: datetime,
) -> int:
    if not options.yes:
        _say(_("%(number)d are named. Say --yes to erase them.") % {"number": len(numbers)})
        return 0
    for number in numbers:
        try:
            erase(number, reason=options.reason, actor=actor, now=now)
        except before:
            _say(_("%(number)d was erased before.") % {"number": number})
        else:
            _say(_("%(number)d is erased.") % {"number": number})
    return 0
