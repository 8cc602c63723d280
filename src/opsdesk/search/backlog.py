"""What is not indexed yet: rows from before there was an index, or all of them when it is made anew.

Rows of a kind are taken from the newest back; where that has come to is kept, so whoever stops goes on
there. What is written in the meantime puts itself into the index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from opsdesk.search import queries
from opsdesk.search.actions import Entry, put_many, remove
from opsdesk.search.models import Backlog, Kind


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the entries of a kind come from.

    `oldest`, `newest`: the lowest and the highest number there is, 0 for none; `upto(below, limit)`: rows up
    to that number, highest first, each with its entry, or None where nothing of it may be found.
    """

    oldest: Callable[[], int]
    newest: Callable[[], int]
    upto: Callable[[int, int], Sequence[tuple[int, Entry | None]]]


@dataclass(frozen=True, slots=True)
class Built:
    """How much of the index is built: `done` of `total` rows; all of it where nothing is left."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.done < self.total else 100

    @property
    def is_whole(self) -> bool:
        return self.done >= self.total


Feeds = Mapping[Kind, Feed]


def begin(feeds: Feeds, *, now: datetime) -> None:
    """Everything is to be indexed, from the newest; what is there stays until its turn comes."""
    for kind, feed in feeds.items():
        newest = feed.newest()
        Backlog.objects.update_or_create(
            kind=kind, defaults={"below": newest, "total": newest, "begun_at": now}
        )


def step(feeds: Feeds, *, limit: int, now: datetime) -> int:
    """Index the next rows, at most `limit`, in one transaction; how many it looked at, 0 when all is done."""
    known = dict(Backlog.objects.values_list("kind", "below"))
    for kind, feed in feeds.items():
        if known.get(kind, 1):
            done = _step(kind, feed, limit, now)
            if done:
                return done
    return 0


def note(feeds: Feeds, *, now: datetime) -> None:
    """Write down what is to be indexed, where nobody has yet."""
    known = set(Backlog.objects.values_list("kind", flat=True))
    for kind, feed in feeds.items():
        if kind not in known:
            _noted(kind, feed, now)


def _noted(kind: Kind, feed: Feed, now: datetime) -> Backlog:
    number = left(kind, feed)
    row, _ = Backlog.objects.get_or_create(
        kind=kind, defaults={"below": number, "total": number, "begun_at": now}
    )
    return row


def left(kind: Kind, feed: Feed) -> int:
    """Up to which number rows are left, where nobody has begun yet: if the oldest puts itself in, all did."""
    oldest, newest = feed.oldest(), feed.newest()
    return 0 if queries.ids_of(kind, [oldest]) else newest


def built(feeds: Feeds) -> Built:
    """How much of the index is built."""
    known = {row.kind: row for row in Backlog.objects.all()}
    total = missing = 0
    for kind, feed in feeds.items():
        row = known.get(kind)
        below = row.below if row else left(kind, feed)
        total += row.total if row else below
        missing += below
    return Built(total - missing, total)


@transaction.atomic
def _step(kind: Kind, feed: Feed, limit: int, now: datetime) -> int:
    row = Backlog.objects.select_for_update().filter(kind=kind).first()
    if row is None:
        row = _noted(kind, feed, now)
    rows = feed.upto(row.below, limit) if row.below else ()
    remove(kind, [number for number, entry in rows if entry is None])
    put_many([entry for _, entry in rows if entry is not None])
    below = rows[-1][0] - 1 if len(rows) == limit else 0
    Backlog.objects.filter(id=row.id).update(below=below)
    return len(rows)
