"""One sender who writes more than a person can: what goes beyond the limit opens nothing by itself.

Counted by the instants at which mails reached the server, so an outage of ours makes nobody a crowd; only
live mail is held back, never history, and never what a person runs again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from opsdesk.kernel.sql import aware
from opsdesk.mail.filing import Placed
from opsdesk.mail.parsing import ParsedMail

MOST = 30
WITHIN = timedelta(minutes=10)
LIVE = timedelta(hours=1)
_LATELY = (
    "SELECT from_address, received_at, id FROM mail_message WHERE received_at > %s AND direction = 'in'"
    " AND machine = '' AND from_address IN"
)


def beyond(placed: Sequence[Placed], *, now: datetime) -> set[int]:
    """The messages, by their ids, before which their sender had sent `MOST` others within ten minutes."""
    live = [one for one in placed if _is_live(one, now)]
    if not live:
        return set()
    lately = _lately(live)
    return {
        one.filed.message.id
        for one in live
        if one.filed is not None
        and len(lately.get(one.filed.message.from_address, ())) > MOST
        and _before(one, lately[one.filed.message.from_address]) >= MOST
    }


def _is_live(one: Placed, now: datetime) -> bool:
    mail, received_at = one.mail, one.received_at
    return (
        isinstance(mail, ParsedMail)
        and not one.verdict.outcome
        and not one.arrival.outcome
        and received_at is not None
        and now - received_at < LIVE
        and not mail.machine
        and bool(mail.sender.address)
    )


def _lately(live: Sequence[Placed]) -> dict[str, list[tuple[datetime, int]]]:
    """By sender, when the mails came that may count, with their ids."""
    senders = sorted({one.filed.message.from_address for one in live if one.filed is not None})
    first = min(one.received_at for one in live if one.received_at is not None)
    since = connection.ops.adapt_datetimefield_value(first - WITHIN)
    found: dict[str, list[tuple[datetime, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{_LATELY} ({', '.join(['%s'] * len(senders))})", [since, *senders])
        for sender, received_at, id in cursor.fetchall():
            found.setdefault(sender, []).append((aware(received_at) or received_at, id))
    return found


def _before(one: Placed, lately: Sequence[tuple[datetime, int]]) -> int:
    assert one.filed is not None
    assert one.received_at is not None
    message, at = one.filed.message, one.received_at
    return sum(id < message.id and at - WITHIN < received_at <= at for received_at, id in lately)
