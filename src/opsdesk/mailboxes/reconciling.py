"""The server's numbers beside the ledger's, day by day since the source's start."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail.models import Arrival
from opsdesk.mailboxes import missing
from opsdesk.mailboxes.connection import Folder, Line
from opsdesk.mailboxes.missing import Ungiven
from opsdesk.mailboxes.models import Mailbox, MailboxDay, MissingUid
from opsdesk.mailboxes.places import Box, Place, is_history
from opsdesk.mailboxes.refusals import ReadByAnother
from opsdesk.mailboxes.rules import Described, day_of, to_ranges

FOUND_BY_COMPARING = "found by comparing"


@dataclass(frozen=True, slots=True)
class Held:
    """An arrival of the mailbox: its number, and the instant by which its day is told."""

    uid: int
    at: datetime


def compare(box: Box, place: Place, line: Line, folder: Folder, *, now: datetime) -> None:
    """Compare, write the days down, and note what we lack up to the cursor: it is to be fetched at once.

    What was noted before keeps its own time of the next try. Only mails that we don't have are asked for
    their INTERNALDATE; history is left out.
    """
    held = {each.uid: each for each in _held(box, place)}
    on_server = set(line.all_uids(folder))
    lacking = [
        each for each in line.describe(on_server - held.keys()) if not is_history(box, each.internal_at)
    ]
    days = _days(box, held.values(), on_server, lacking, now)
    passed = [each for each in lacking if each.uid <= place.last_uid]
    mails = [Ungiven(each.uid, each.internal_at, FOUND_BY_COMPARING) for each in passed]
    with transaction.atomic():
        _write(box, days, now)
        missing.reappeared(box, place, mails, now=now)
        missing.note_ungiven(box, place, mails, now=now)
        missing.found(box, place, held.keys() & _noted(box, place), now=now)
        missing.gone(box, place, _noted(box, place) - on_server)
        missing.grow_old(box, place, now=now)


def _held(box: Box, place: Place) -> Iterable[Held]:
    """The arrivals of the numbering that counts, without history."""
    rows = Arrival.objects.filter(
        source_id=box.source.id, mailbox=place.label, uidvalidity=place.uidvalidity
    ).values_list("uid", "received_at", "recorded_at")
    return (Held(uid, received or recorded) for uid, received, recorded in rows.iterator() if uid is not None)


def _noted(box: Box, place: Place) -> set[int]:
    return set(missing.still_missing(box, place).values_list("uid", flat=True))


def _days(
    box: Box, held: Iterable[Held], on_server: set[int], lacking: Iterable[Described], now: datetime
) -> list[MailboxDay]:
    """What each day has there and here."""
    there: dict[date, list[int]] = defaultdict(list)
    here: dict[date, int] = defaultdict(int)
    for one in held:
        if not is_history(box, one.at):
            here[day_of(one.at)] += 1
            if one.uid in on_server:
                there[day_of(one.at)].append(one.uid)
    for each in lacking:
        there[day_of(each.internal_at or now)].append(each.uid)
    return [
        MailboxDay(
            source_id=box.source.id,
            day=day,
            on_server=len(there[day]),
            in_ledger=here[day],
            uids=to_ranges(there[day]),
            checked_at=now,
        )
        for day in sorted(there.keys() | here.keys())
    ]


def _write(box: Box, days: list[MailboxDay], now: datetime) -> None:
    MailboxDay.objects.bulk_create(
        days,
        update_conflicts=True,
        unique_fields=["source", "day"],
        update_fields=["on_server", "in_ledger", "uids", "checked_at"],
        batch_size=100,
    )
    # A day that has nothing any more: another numbering, or everything was taken away.
    old = MailboxDay.objects.filter(source_id=box.source.id, checked_at__lt=now)
    old.exclude(on_server=0, in_ledger=0).update(on_server=0, in_ledger=0, uids="", checked_at=now)


@transaction.atomic
def conclude(box: Box, place: Place, *, reader: str, now: datetime) -> None:
    """Write down that the mailbox was compared, after what leaked was fetched, and with what result."""
    if not Mailbox.objects.filter(id=box.id, reader=reader).update(reconciled_at=now):
        raise ReadByAnother
    totals = MailboxDay.objects.filter(source_id=box.source.id).aggregate(
        on_server=Sum("on_server"), in_ledger=Sum("in_ledger")
    )
    payload = {name: number or 0 for name, number in totals.items()} | dict(counts(box, place))
    record(
        kind="mailbox.reconciled",
        subject_kind="mailbox",
        subject_id=box.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload=payload,
    )


def counts(box: Box, place: Place) -> Mapping[str, int]:
    """How many numbers are leaked, pending and vanished."""
    rows = missing.rows(box, place).filter(found_at=None).values("kind")
    found = dict(rows.annotate(number=Sum(F("through_uid") - F("uid") + 1)).values_list("kind", "number"))
    return {kind.value: found.get(kind.value, 0) for kind in MissingUid.Kind}
