"""Indexing what was there before the index, and making the index anew."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Max, Min, Model, Prefetch

from opsdesk.accounts.indexed import of_account
from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.cases.indexed import of_case, of_note
from opsdesk.cases.models import Case, Note
from opsdesk.mail.indexed import of_message
from opsdesk.mail.models import Message, Part
from opsdesk.search import backlog
from opsdesk.search.actions import Entry
from opsdesk.search.backlog import Built, Feed
from opsdesk.search.models import Kind

AT_ONCE = 200

_Rows = Sequence[tuple[int, Entry | None]]


def step(now: datetime, limit: int = AT_ONCE) -> int:
    """Index the next rows that are not yet; how many it looked at, 0 when nothing is left."""
    return backlog.step(FEEDS, limit=limit, now=now)


def begin(now: datetime) -> None:
    """Index everything anew from here on, the newest first."""
    backlog.begin(FEEDS, now=now)


def note(now: datetime) -> None:
    """Write down what was there before the index: after a migration, before anything else is written."""
    backlog.note(FEEDS, now=now)


def built() -> Built:
    """How much of the index is built."""
    return backlog.built(FEEDS)


def _feed(model: type[Model], upto: Callable[[int, int], _Rows]) -> Feed:
    rows = model._default_manager
    return Feed(
        lambda: rows.aggregate(found=Min("id"))["found"] or 0,
        lambda: rows.aggregate(found=Max("id"))["found"] or 0,
        upto,
    )


# The rows are locked: who changes one waits for us, or we for them, and then read what they wrote.
def _messages(below: int, limit: int) -> _Rows:
    parts = Prefetch("parts", queryset=Part.objects.order_by("id"))
    rows = (
        Message.objects.select_for_update(of=("self",), no_key=True)
        .prefetch_related(parts)
        .filter(id__lte=below)
        .order_by("-id")[:limit]
    )
    return [(row.id, None if row.redacted_at else _message(row)) for row in rows]


def _message(row: Message) -> Entry:
    return of_message(row, [part.filename for part in row.parts.all()])


def _cases(below: int, limit: int) -> _Rows:
    rows = (
        Case.objects.select_for_update(of=("self",), no_key=True)
        .filter(id__lte=below)
        .order_by("-id")[:limit]
    )
    return [(row.id, of_case(row)) for row in rows]


def _notes(below: int, limit: int) -> _Rows:
    rows = (
        Note.objects.select_for_update(of=("self",), no_key=True)
        .filter(id__lte=below)
        .order_by("-id")[:limit]
    )
    return [(row.id, of_note(row) if row.text else None) for row in rows]


def _accounts(below: int, limit: int) -> _Rows:
    rows = list(
        Account.objects.select_for_update(of=("self",), no_key=True)
        .filter(id__lte=below)
        .order_by("-id")[:limit]
    )
    domains = Domain.objects.filter(account__in=rows, removed_at__isnull=True).order_by("id")
    addresses = Address.objects.filter(account__in=rows, removed_at__isnull=True).order_by("id")
    hosts = [(each.account_id, each.name) for each in domains]
    emails = [(each.account_id, each.email) for each in addresses]
    return [
        (
            row.id,
            of_account(row, [n for id, n in hosts if id == row.id], [e for id, e in emails if id == row.id]),
        )
        for row in rows
    ]


FEEDS: backlog.Feeds = {
    Kind.ACCOUNT: _feed(Account, _accounts),
    Kind.CASE: _feed(Case, _cases),
    Kind.MESSAGE: _feed(Message, _messages),
    Kind.NOTE: _feed(Note, _notes),
}
