"""Reading the mailboxes for pages, commands and health: how each goes, and what is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from opsdesk.mailboxes.alarms import Alarm, alarms_of
from opsdesk.mailboxes.cards import MailboxRow, row_of
from opsdesk.mailboxes.models import Mailbox, MissingUid
from opsdesk.mailboxes.refusals import MailboxUnknown

LATELY = timedelta(days=7)


def mailboxes(now: datetime) -> list[MailboxRow]:
    """All of them, by name."""
    rows = list(Mailbox.objects.select_related("source").order_by("source__key"))
    counts = _counts(rows, now)
    return [row_of(row, counts[row.source_id]) for row in rows]


def mailbox(mailbox_id: int, now: datetime) -> MailboxRow:
    """One mailbox. Refuses `MailboxUnknown`."""
    row = Mailbox.objects.select_related("source").filter(id=mailbox_id).first()
    if row is None:
        raise MailboxUnknown(mailbox=mailbox_id)
    return row_of(row, _counts([row], now)[row.source_id])


def by_key(key: str, now: datetime) -> MailboxRow:
    """The mailbox of that name. Refuses `MailboxUnknown`."""
    row = Mailbox.objects.filter(source__key=key).first()
    if row is None:
        raise MailboxUnknown(mailbox=key)
    return mailbox(row.id, now)


def current(rows: Iterable[Mailbox]) -> Q:
    """The missing numbers that count: of the numbering that holds, and whatever vanished before."""
    wanted = Q(kind=MissingUid.Kind.VANISHED)
    for row in rows:
        wanted |= Q(source_id=row.source_id, mailbox=row.label, uidvalidity=row.uidvalidity)
    return wanted


def numbers() -> Sum:
    return Sum(F("through_uid") - F("uid") + 1)


def _counts(rows: Sequence[Mailbox], now: datetime) -> dict[int, dict[str, int]]:
    """Missing numbers of each source by kind, and those that vanished lately."""
    missing = MissingUid.objects.filter(
        current(rows), source_id__in=[row.source_id for row in rows], found_at=None
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for source_id, kind, number in missing.values_list("source_id", "kind").annotate(number=numbers()):
        found[source_id][kind] = number
    lately = missing.filter(kind=MissingUid.Kind.VANISHED, noticed_at__gt=now - LATELY)
    for source_id, number in lately.values_list("source_id").annotate(number=numbers()):
        found[source_id]["vanished_lately"] = number
    return found


def alarms(now: datetime) -> list[Alarm]:
    """What needs an eye in the mailboxes that are to be read, the bad ones first."""
    found = [alarm for row in mailboxes(now) for alarm in alarms_of(row, now)]
    return sorted(found, key=lambda alarm: not alarm.is_bad)
