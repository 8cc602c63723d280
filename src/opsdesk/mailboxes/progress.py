"""How a mailbox is read on: mail stored with the cursor in one transaction, and how it goes, written down.

Each takes the reader's name and changes nothing once somebody else reads the mailbox: `ReadByAnother`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival
from opsdesk.mailboxes import missing, rules
from opsdesk.mailboxes.connection import Folder, Letter
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.places import Box, Place, place_of
from opsdesk.mailboxes.refusals import ReadByAnother
from opsdesk.mailboxes.trouble import Trouble
from opsdesk.vault.sealing import seal

SECRET = "mailbox secret"
STATE = ("state", "state_since", "trouble", "detail", "failures", "retry_at")


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading on to the number `upto`: letters, what was not given, the numbers listed."""

    upto: int
    listed: Sequence[int] = ()
    letters: Mapping[int, Letter] = field(default_factory=dict)
    ungiven: Sequence[missing.Ungiven] = ()
    behind: int = 0


@transaction.atomic
def begin(box: Box, folder: Folder, *, reader: str, now: datetime) -> Place:
    """Start at the first mail of a numbering: the folder's first one, or the one after a new UIDVALIDITY.

    In a later one history is not fetched again. The same UIDVALIDITY with lower numbers gets a new label.
    """
    row = _held(box, reader)
    renumbered = row.uidvalidity is not None
    if row.uidvalidity == folder.uidvalidity:
        before = int(row.label[len(box.folder) + 1 :] or 0)
        row.label = f"{box.folder}~{before + 1}"
    row.uidvalidity, row.last_uid = folder.uidvalidity, 0
    row.first_uid = max(folder.uidnext, 1)
    row.history = row.history and not renumbered
    row.save(update_fields=["label", "uidvalidity", "last_uid", "first_uid", "history"])
    if renumbered:
        _record("mailbox.renumbered", box, now, {"uidvalidity": folder.uidvalidity})
    return place_of(row)


@transaction.atomic
def read_on(box: Box, place: Place, read: Read, *, reader: str, now: datetime) -> tuple[Place, int]:
    """Store letters, note what is missing and move the cursor in one; the place, how many were new."""
    new = _store(box, place, read.letters, now=now)
    first = max(place.last_uid + 1, place.first_uid)
    missing.note_vanished(box, place, rules.gaps(first, read.upto, read.listed), now=now)
    missing.note_ungiven(box, place, read.ungiven, now=now)
    changes: dict[str, Any] = {"last_uid": read.upto, "behind": read.behind, "last_look_at": now}
    if dates := [letter.internal_at for letter in read.letters.values() if letter.internal_at]:
        changes["last_mail_at"] = max(dates)
    here = Mailbox.objects.filter(
        id=box.id, reader=reader, uidvalidity=place.uidvalidity, last_uid=place.last_uid
    )
    if not here.update(**changes):
        raise ReadByAnother
    return replace(place, last_uid=read.upto), new


@transaction.atomic
def fetched_late(box: Box, place: Place, letters: Mapping[int, Letter], *, reader: str, now: datetime) -> int:
    """Store mails that were missing; how many were new."""
    _held(box, reader)
    new = _store(box, place, letters, now=now)
    missing.found(box, place, letters.keys(), now=now)
    return new


def _store(box: Box, place: Place, letters: Mapping[int, Letter], *, now: datetime) -> int:
    """Store those that the ledger lacks: the same number may come with other bytes from some servers."""
    there = set(in_ledger(box, place, letters))
    items = [
        Incoming(
            raw=letter.raw,
            label=f"{place.label} {uid}",
            received_at=letter.internal_at,
            mailbox=place.label,
            uidvalidity=place.uidvalidity,
            uid=uid,
        )
        for uid, letter in letters.items()
        if uid not in there
    ]
    if items:
        intake.store_many(source=box.source, items=items, now=now)
    return len(items)


def in_ledger(box: Box, place: Place, uids: Mapping[int, object] | Sequence[int]) -> list[int]:
    """Which of these numbers have an arrival."""
    rows = Arrival.objects.filter(
        source_id=box.source.id, mailbox=place.label, uidvalidity=place.uidvalidity, uid__in=list(uids)
    )
    return [uid for uid in rows.values_list("uid", flat=True) if uid is not None]


def _held(box: Box, reader: str) -> Mailbox:
    row = Mailbox.objects.select_for_update(of=("self",)).filter(id=box.id, reader=reader).first()
    if row is None:
        raise ReadByAnother
    return row


@transaction.atomic
def looked(box: Box, *, behind: int, reader: str, now: datetime) -> None:
    """The folder was looked at, all is well, and so many mails are still to be fetched."""
    row = _held(box, reader)
    if row.state != Mailbox.State.WELL:
        if row.state != Mailbox.State.NEW:
            _record("mailbox.recovered", box, now, {"before": row.state})
        row.state, row.state_since = Mailbox.State.WELL, now
    row.trouble = row.detail = ""
    row.failures, row.retry_at, row.last_look_at, row.behind = 0, None, now, behind
    row.save(update_fields=[*STATE, "last_look_at", "behind"])


@transaction.atomic
def troubled(
    box: Box, problem: Trouble, failures: int, pause_s: float, *, reader: str, now: datetime
) -> None:
    """Write down what is wrong, how often in a row, and when it is tried again."""
    row = _held(box, reader)
    state = Mailbox.State.REFUSED if problem.needs_a_person else Mailbox.State.TROUBLE
    if row.state != state or row.trouble != problem.code:
        kind = "mailbox.refused" if problem.needs_a_person else "mailbox.troubled"
        _record(kind, box, now, {"trouble": problem.code})
    row.state_since = row.state_since if row.state == state else now
    row.state, row.failures = state, failures
    row.trouble, row.detail = problem.code, problem.detail
    row.retry_at = now + timedelta(seconds=pause_s)
    row.save(update_fields=STATE)


@transaction.atomic
def keep_refresh(mailbox_id: int, refresh: str, *, instead_of: str) -> None:
    """Keep the new refresh token that came for the sealed secret `instead_of`, if that is still there."""
    Mailbox.objects.filter(id=mailbox_id, secret=instead_of).update(secret=seal(refresh, purpose=SECRET))


def _record(kind: str, box: Box, now: datetime, payload: dict[str, object]) -> None:
    record(
        kind=kind,
        subject_kind="mailbox",
        subject_id=box.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload=payload,
    )
