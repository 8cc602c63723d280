"""The server's numbers beside the ledger's, day by day since the source's start.

Both are gone through side by side, piece by piece, so that a large mailbox takes no more memory than a piece.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail.models import Arrival
from opsdesk.mailboxes import missing
from opsdesk.mailboxes.connection import Folder, Line
from opsdesk.mailboxes.missing import Ungiven
from opsdesk.mailboxes.models import Mailbox, MailboxDay, MissingUid
from opsdesk.mailboxes.places import Box, Place, is_history
from opsdesk.mailboxes.refusals import ReadByAnother
from opsdesk.mailboxes.rules import day_of, to_ranges

FOUND_BY_COMPARING = "found by comparing"
# A server tells the day of an INTERNALDATE by a time zone of its own.
MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """An arrival of the mailbox: its number, and the instant by which its day is told."""

    uid: int
    at: datetime


@dataclass(slots=True)
class _Day:
    """What a day has there and here, so far; `ranges` are of numbers on the server, a piece each."""

    on_server: int = 0
    in_ledger: int = 0
    ranges: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Comparison:
    """What is found piece by piece. `unmet`: numbers noted as missing that the server has not listed."""

    unmet: set[int]
    noted: frozenset[int]
    days: dict[date, _Day] = field(default_factory=lambda: defaultdict(_Day))
    came: set[int] = field(default_factory=set)
    passed: list[Ungiven] = field(default_factory=list)


def compare(box: Box, place: Place, line: Line, folder: Folder, *, now: datetime) -> None:
    """Compare, write the days down, and note what we lack up to the cursor: it is to be fetched at once.

    What was noted before keeps its own time of the next try. Only mails that we don't have are asked for
    their INTERNALDATE; history is left out.
    """
    noted = frozenset(missing.still_missing(box, place).values_list("uid", flat=True))
    found = _Comparison(set(noted), noted)
    start, after = box.source.start_at, 0
    pieces = line.pieces(folder, since=day_of(start - MARGIN) if start else None)
    for piece in filter(None, pieces):
        _beside(found, box, place, line, piece, _held(box, place, after, piece[-1]), now=now)
        after = piece[-1]
    _beside(found, box, place, line, [], _held(box, place, after, None), now=now)
    gone = found.unmet - line.there(found.unmet)
    with transaction.atomic():
        _write(box, found.days, now)
        missing.reappeared(box, place, found.passed, now=now)
        missing.note_ungiven(box, place, found.passed, now=now)
        missing.found(box, place, found.came, now=now)
        missing.gone(box, place, gone)
        missing.grow_old(box, place, now=now)


def _beside(
    found: _Comparison,
    box: Box,
    place: Place,
    line: Line,
    piece: list[int],
    held: Iterable[Held],
    *,
    now: datetime,
) -> None:
    """Add a piece of the server's numbers and the arrivals among them."""
    lacking, there = set(piece), defaultdict[date, list[int]](list)
    found.unmet -= lacking
    on_server = frozenset(piece)
    for one in held:
        lacking.discard(one.uid)
        if one.uid in found.noted:
            found.came.add(one.uid)
        if not is_history(box, one.at):
            found.days[day_of(one.at)].in_ledger += 1
            if one.uid in on_server:
                there[day_of(one.at)].append(one.uid)
    for each in line.describe(lacking):
        if not is_history(box, each.internal_at):
            there[day_of(each.internal_at or now)].append(each.uid)
            if each.uid <= place.last_uid:
                found.passed.append(Ungiven(each.uid, each.internal_at, FOUND_BY_COMPARING))
    for day, uids in there.items():
        found.days[day].on_server += len(uids)
        found.days[day].ranges.append(to_ranges(uids))


def _held(box: Box, place: Place, after: int, upto: int | None) -> Iterator[Held]:
    """The arrivals of the numbering that counts, of the numbers above `after` up to `upto`.

    Those of history are left out, but for some days before the start.
    """
    rows = Arrival.objects.filter(
        source_id=box.source.id, mailbox=place.label, uidvalidity=place.uidvalidity, uid__gt=after
    )
    if upto is not None:
        rows = rows.filter(uid__lte=upto)
    if start := box.source.start_at:
        rows = rows.filter(Q(received_at=None) | Q(received_at__gte=start - 3 * MARGIN))
    for uid, received, recorded in rows.values_list("uid", "received_at", "recorded_at").iterator():
        if uid is not None:
            yield Held(uid, received or recorded)


def _write(box: Box, days: Mapping[date, _Day], now: datetime) -> None:
    MailboxDay.objects.bulk_create(
        [
            MailboxDay(
                source_id=box.source.id,
                day=day,
                on_server=days[day].on_server,
                in_ledger=days[day].in_ledger,
                uids=",".join(days[day].ranges),
                checked_at=now,
            )
            for day in sorted(days)
        ],
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
