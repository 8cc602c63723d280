"""What the worker has to read, and the readers for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db.models import QuerySet

from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.places import box_of, place_of
from opsdesk.mailboxes.reader import Pace, Reader
from opsdesk.mailboxes.refusals import MailboxUnknown
from opsdesk.mailboxes.signin import SignIn

LONGEST_REFUSED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Order:
    """A mailbox that is to be read. `reader`: who holds its lease, or held it last."""

    id: int
    version: int
    reconcile_asked_at: datetime | None
    reader: str


def to_be_read() -> "QuerySet[Mailbox]":
    """Those that are switched on and whose source is open."""
    return Mailbox.objects.filter(source__closed_at=None).exclude(state=Mailbox.State.OFF)


def to_do() -> list[Order]:
    """What the worker's readers have to do."""
    rows = to_be_read().order_by("id").values_list("id", "version", "reconcile_asked_at", "reader")
    return [Order(*row) for row in rows]


def reader(mailbox_id: int, *, name: str, now: datetime, pace: Pace | None = None) -> Reader:
    """A reader for whoever has claimed the lease as `name`. Refuses `MailboxUnknown`.

    A refused sign-in is not tried sooner because a worker was started anew.
    """
    row = Mailbox.objects.select_related("source").filter(id=mailbox_id).first()
    if row is None:
        raise MailboxUnknown(mailbox=mailbox_id)
    pace = pace or Pace()
    sign_in = SignIn(row.id, pace.connect_within_s, pace.answer_within_s)
    found = Reader(box_of(row), place_of(row), name=name, sign_in=sign_in, pace=pace)
    if row.state == Mailbox.State.REFUSED and row.retry_at is not None:
        found.wait_until_s = monotonic() + min(row.retry_at - now, LONGEST_REFUSED).total_seconds()
        found.troubles = row.failures
    return found
