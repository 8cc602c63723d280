"""The numbers of a mailbox that the ledger lacks: noted, tried again, found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mailboxes.models import MissingUid
from opsdesk.mailboxes.places import Box, Place
from opsdesk.mailboxes.rules import LATE_AFTER, day_of, gaps, is_late, retry_after

TOLD = 50


@dataclass(frozen=True, slots=True)
class Ungiven:
    """A mail that is on the server and could not be had, and why."""

    uid: int
    internal_at: datetime | None
    detail: str


def rows(box: Box, place: Place) -> "QuerySet[MissingUid]":
    """What is noted of the numbering that counts now."""
    return MissingUid.objects.filter(
        source_id=box.source.id, mailbox=place.label, uidvalidity=place.uidvalidity
    )


def still_missing(box: Box, place: Place) -> "QuerySet[MissingUid]":
    """What the server has, or had when we last looked, and we have not."""
    return rows(box, place).filter(found_at=None).exclude(kind=MissingUid.Kind.VANISHED)


def note_vanished(box: Box, place: Place, ranges: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """Note numbers that were given between two looks and are not there. In the caller's transaction."""
    if not ranges:
        return
    MissingUid.objects.bulk_create(
        (_row(box, place, first, last, MissingUid.Kind.VANISHED, None, "", now) for first, last in ranges),
        ignore_conflicts=True,
    )
    _record(box, place, MissingUid.Kind.VANISHED, [first for first, _ in ranges], now=now)


def note_ungiven(box: Box, place: Place, mails: Sequence[Ungiven], *, now: datetime) -> None:
    """Note mails that are there and could not be had: to be tried again. In the caller's transaction."""
    if not mails:
        return
    known = set(rows(box, place).filter(uid__in=[mail.uid for mail in mails]).values_list("uid", flat=True))
    fresh = [mail for mail in mails if mail.uid not in known]
    for mail in fresh:
        late = is_late(mail.internal_at, now, now=now)
        kind = MissingUid.Kind.LEAKED if late else MissingUid.Kind.PENDING
        row = _row(box, place, mail.uid, mail.uid, kind, mail.internal_at, mail.detail, now)
        row.save(force_insert=True)
    if fresh:
        _record(box, place, MissingUid.Kind.LEAKED, [mail.uid for mail in fresh], now=now)


def _row(
    box: Box,
    place: Place,
    first: int,
    last: int,
    kind: str,
    internal_at: datetime | None,
    detail: str,
    now: datetime,
) -> MissingUid:
    return MissingUid(
        source_id=box.source.id,
        mailbox=place.label,
        uidvalidity=place.uidvalidity,
        uid=first,
        through_uid=last,
        kind=kind,
        day=day_of(internal_at or now),
        internal_at=internal_at,
        noticed_at=now,
        retry_at=None if kind == MissingUid.Kind.VANISHED else now,
        detail=detail[:250],
    )


def _record(box: Box, place: Place, kind: str, uids: Sequence[int], *, now: datetime) -> None:
    record(
        kind="mailbox.uids_missed",
        subject_kind="mailbox",
        subject_id=box.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload={"uidvalidity": place.uidvalidity, "kind": kind, "uids": list(uids[:TOLD])},
    )


def grow_old(box: Box, place: Place, *, now: datetime) -> None:
    """What has been pending for ten minutes is leaked."""
    old = Q(internal_at__lte=now - LATE_AFTER) | Q(internal_at=None, noticed_at__lte=now - LATE_AFTER)
    still_missing(box, place).filter(old, kind=MissingUid.Kind.PENDING).update(kind=MissingUid.Kind.LEAKED)


def due(box: Box, place: Place, *, now: datetime, limit: int) -> list[MissingUid]:
    """Missing mails to ask for again by now, the longest untried first."""
    return list(still_missing(box, place).filter(retry_at__lte=now).order_by("retry_at", "uid")[:limit])


def tried(row: MissingUid, *, detail: str = "", now: datetime) -> None:
    """Count a try, before it is made or after it failed: whatever happens, the next one waits longer."""
    tries = row.tries if detail else row.tries + 1
    MissingUid.objects.filter(id=row.id).update(
        tries=tries, retry_at=now + retry_after(tries), **({"detail": detail[:250]} if detail else {})
    )


def found(box: Box, place: Place, uids: Collection[int], *, now: datetime) -> None:
    """These are in the ledger now. In the caller's transaction."""
    still_missing(box, place).filter(uid__in=uids).update(found_at=now, retry_at=None)


def gone(box: Box, place: Place, uids: Collection[int]) -> None:
    """The server has lost these before we got them."""
    still_missing(box, place).filter(uid__in=uids).update(kind=MissingUid.Kind.VANISHED, retry_at=None)


def recently_vanished(box: Box, place: Place, *, now: datetime, limit: int) -> list[int]:
    """Numbers noted as vanished in the last ten minutes: a server may show a mail later than its number."""
    recent = rows(box, place).filter(kind=MissingUid.Kind.VANISHED, noticed_at__gt=now - LATE_AFTER)
    found: list[int] = []
    for first, last in recent.order_by("-uid").values_list("uid", "through_uid"):
        found.extend(range(first, min(last, first + limit - len(found) - 1) + 1))
        if len(found) >= limit:
            break
    return found


def reappeared(box: Box, place: Place, mails: Sequence[Ungiven], *, now: datetime) -> None:
    """Numbers noted as vanished are there after all: out of their ranges, and to be fetched."""
    for mail in mails:
        row = (
            rows(box, place)
            .filter(kind=MissingUid.Kind.VANISHED, uid__lte=mail.uid, through_uid__gte=mail.uid)
            .first()
        )
        if row is None:
            continue
        first, last, noticed = row.uid, row.through_uid, row.noticed_at
        row.delete()
        note_ungiven(box, place, [mail], now=now)
        rest = gaps(first, last, [mail.uid])
        MissingUid.objects.bulk_create(
            _row(box, place, left, right, MissingUid.Kind.VANISHED, None, "", noticed) for left, right in rest
        )
