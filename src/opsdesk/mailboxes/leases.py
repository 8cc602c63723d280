"""Who reads a mailbox: one reader at a time, by a lease that runs out by itself."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.refusals import ReadByAnother

LEASE = timedelta(seconds=60)


def free_to_claim(now: datetime) -> Q:
    """Not leased, or no longer. A lease from a clock that was set back holds nobody up."""
    return Q(reader="") | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)


def claim(mailbox_id: int, *, reader: str, now: datetime) -> bool:
    """Take the lease if nobody has it; of two who try, one gets it."""
    mine = Mailbox.objects.filter(free_to_claim(now), id=mailbox_id)
    return bool(mine.update(reader=reader, leased_until=now + LEASE))


def renew(mailbox_id: int, *, reader: str, now: datetime) -> None:
    """Go on holding the lease. Raises `ReadByAnother`."""
    if not Mailbox.objects.filter(id=mailbox_id, reader=reader).update(leased_until=now + LEASE):
        raise ReadByAnother


def renew_all(readers: Collection[str], *, now: datetime) -> None:
    """Hold the leases of readers that may be busy with a big mail."""
    if readers:
        Mailbox.objects.filter(reader__in=readers).update(leased_until=now + LEASE)


def release(mailbox_id: int, *, reader: str) -> None:
    """Let the next one read at once."""
    Mailbox.objects.filter(id=mailbox_id, reader=reader).update(reader="", leased_until=None)
