"""A mailbox day by day, and the numbers behind each figure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Case, QuerySet, When

from opsdesk.kernel.period import Period
from opsdesk.mail.models import Arrival
from opsdesk.mailboxes.models import Mailbox, MailboxDay, MissingUid
from opsdesk.mailboxes.queries import current, numbers
from opsdesk.mailboxes.rules import from_ranges

FOUND, ON_SERVER, IN_LEDGER = "found", "on_server", "in_ledger"
LISTED = 500


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day (UTC) of a mailbox: numbers, each with its list under the name of its field."""

    day: date
    on_server: int
    in_ledger: int
    leaked: int
    pending: int
    vanished: int
    found: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A number of a mailbox in a list; `through_uid` differs for a range of them."""

    uid: int
    through_uid: int
    kind: str
    arrival_id: int | None
    internal_at: datetime | None
    noticed_at: datetime | None
    found_at: datetime | None
    tries: int
    retry_at: datetime | None
    detail: str


def days(mailbox_id: int, *, limit: int | None = 60) -> list[DayRow]:
    """The days of a mailbox that have any number, newest first."""
    row = Mailbox.objects.get(id=mailbox_id)
    checked = {
        each.day: each for each in MailboxDay.objects.filter(source_id=row.source_id).order_by("-day")[:limit]
    }
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    for day, kind, number in (
        _missing(row)
        .values(what=Case(When(found_at=None, then="kind"), default=None))
        .annotate(number=numbers())
        .values_list("day", "what", "number")
    ):
        counts[day][kind or FOUND] = number
    some = sorted(checked.keys() | counts.keys(), reverse=True)[:limit]
    return [_day(day, checked.get(day), counts[day]) for day in some]


def _missing(row: Mailbox) -> "QuerySet[MissingUid]":
    return MissingUid.objects.filter(current([row]), source_id=row.source_id)


def _day(day: date, checked: MailboxDay | None, counts: dict[str, int]) -> DayRow:
    return DayRow(
        day=day,
        on_server=checked.on_server if checked else 0,
        in_ledger=checked.in_ledger if checked else 0,
        leaked=counts.get(MissingUid.Kind.LEAKED, 0),
        pending=counts.get(MissingUid.Kind.PENDING, 0),
        vanished=counts.get(MissingUid.Kind.VANISHED, 0),
        found=counts.get(FOUND, 0),
        checked_at=checked.checked_at if checked else None,
    )


def listed(mailbox_id: int, day: date, what: str, *, most: int | None = LISTED) -> list[Line]:
    """The numbers behind a figure of a day, at most so many; `what` is the name of a field of `DayRow`."""
    row = Mailbox.objects.get(id=mailbox_id)
    checked = MailboxDay.objects.filter(source_id=row.source_id, day=day).first()
    if what == IN_LEDGER:
        return _arrivals(row, day, checked, most) if checked else []
    if what == ON_SERVER:
        return _on_server(row, checked, most) if checked else []
    missing = _missing(row).filter(day=day).order_by("uid")
    chosen = missing.exclude(found_at=None) if what == FOUND else missing.filter(found_at=None, kind=what)
    return [_missing_line(each) for each in chosen[:most]]


def _arrivals(row: Mailbox, day: date, checked: MailboxDay, most: int | None) -> list[Line]:
    """Those that were in the ledger when the day was compared."""
    start = datetime.combine(day, time.min, UTC)
    period = Period(max(start, row.source.start_at or start), start + timedelta(days=1))
    rows = Arrival.objects.filter(
        source_id=row.source_id,
        mailbox=row.label,
        uidvalidity=row.uidvalidity,
        received_at__gte=period.start,
        received_at__lt=period.end,
        recorded_at__lte=checked.checked_at,
    )
    return [_arrival_line(*each) for each in rows.order_by("uid").values_list(*_ARRIVAL)[:most]]


def _on_server(row: Mailbox, checked: MailboxDay, most: int | None) -> list[Line]:
    uids = from_ranges(checked.uids)[:most]
    rows = Arrival.objects.filter(
        source_id=row.source_id, mailbox=row.label, uidvalidity=row.uidvalidity, uid__in=uids
    )
    known = {each[1]: _arrival_line(*each) for each in rows.values_list(*_ARRIVAL)}
    lacking = {
        each.uid: _missing_line(each) for each in _missing(row).filter(uid__in=[*set(uids) - known.keys()])
    }
    return [known.get(uid) or lacking.get(uid) or _bare(uid) for uid in uids]


_ARRIVAL = ("id", "uid", "received_at", "recorded_at")


def _arrival_line(id: int, uid: int, received_at: datetime | None, recorded_at: datetime) -> Line:
    return Line(uid, uid, "", id, received_at, None, recorded_at, 0, None, "")


def _bare(uid: int) -> Line:
    return Line(uid, uid, "", None, None, None, None, 0, None, "")


def _missing_line(row: MissingUid) -> Line:
    return Line(
        uid=row.uid,
        through_uid=row.through_uid,
        kind=row.kind,
        arrival_id=None,
        internal_at=row.internal_at,
        noticed_at=row.noticed_at,
        found_at=row.found_at,
        tries=row.tries,
        retry_at=row.retry_at,
        detail=row.detail,
    )
