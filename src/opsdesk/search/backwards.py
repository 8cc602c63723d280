"""Going back along time on PostgreSQL, whose index of words has no order.

What stands in every twentieth entry or more is read entry by entry: a few pages in a row, where the index of
words would name entries of a whole day. What is rarer is asked of the index a few days at a time, as many as
will do if it goes on as it came until there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from django.db import connection

from opsdesk.search import places
from opsdesk.search.match import Match, tsqueries, tsquery

HIT = "SELECT e.id, e.kind, e.ref_id FROM"
# Without order and limit inside, PostgreSQL goes by the index of words, not back along time row by row.
_GIN = (
    "WITH i AS MATERIALIZED (SELECT id FROM search_words WHERE {})"
    f" {HIT} (SELECT id FROM i WHERE id >= %s AND id < %s ORDER BY id DESC LIMIT %s) i"
    " JOIN search_indexed e ON e.id = i.id ORDER BY e.id DESC"
)
_MATCHES = "words @@ %s::tsquery"
_WALK = (
    f"{HIT} (SELECT id FROM (SELECT id, words FROM search_words WHERE id >= %s AND id < %s OFFSET 0) w"
    " WHERE words @@ %s::tsquery ORDER BY id DESC LIMIT %s) i"
    " JOIN search_indexed e ON e.id = i.id ORDER BY e.id DESC"
)
_EDGE = "SELECT id FROM search_indexed WHERE id >= %s AND id < %s ORDER BY id DESC OFFSET %s LIMIT 1"
_ENDS = (
    "SELECT (SELECT max(id) FROM search_indexed WHERE id >= %s AND id < %s),"
    f" (SELECT min(id) FROM search_indexed WHERE id >= %s), ({_EDGE})"
)
_SAMPLE, _MOST_WALKED, _ONE_IN = 300, 2500, 20


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that matches: the `ref_id`th row of its kind. Later ones have higher ids."""

    id: int
    kind: int
    ref_id: int


def hits_of(statement: str, values: Sequence[str | int]) -> list[Hit]:
    """What a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Hit(*row) for row in cursor.fetchall()]


def by_words(queries: Sequence[str], first: int, below: int, limit: int) -> list[Hit]:
    """The newest of what matches each of these queries, of all that the index of words names."""
    statement = _GIN.format(" AND ".join([_MATCHES] * len(queries)))
    return hits_of(statement, [*queries, first, below, limit])


class Backwards:
    """The newest entries that match, from `first` on. It remembers how often it has met one."""

    def __init__(self, match: Match, first: int) -> None:
        self.match, self.first = match, first
        self.walks = True
        self.oldest = first
        self.matched, self.days = 0, 0.0

    def hits(self, below: int, limit: int) -> list[Hit]:
        """The newest of them below an id."""
        found: list[Hit] = []
        if self.walks:
            found, below = self._walked(below, limit)
        missing = limit - len(found)
        return found + self._by_spans(below, missing) if missing and below > self.oldest else found

    def _walked(self, below: int, limit: int) -> tuple[list[Hit], int]:
        """(what was found entry by entry, how far back that was)."""
        newest, self.oldest, edge = _ends(self.first, below, _SAMPLE)
        found: list[Hit] = []
        walked, more, end = _SAMPLE, 0, newest + 1
        while True:
            found += hits_of(_WALK, [edge, end, tsquery(self.match), limit - len(found)])
            more = (limit - len(found)) * walked * 5 // (len(found) * 4) if found else 0
            if not more or walked + more > _MOST_WALKED or edge <= self.oldest:
                break
            walked += more
            end, edge = edge, _back(self.first, edge, more) or self.oldest
        full = len(found) >= limit
        self.walks = full or len(found) * _ONE_IN >= walked
        self._met(len(found), (newest - (found[-1].id if full else edge)) / places.DAY)
        return found, edge

    def _met(self, matched: int, days: float) -> None:
        self.matched, self.days = self.matched + matched, self.days + days

    def _by_spans(self, below: int, limit: int) -> list[Hit]:
        """Some days after others: all days of a frequent word would be too many."""
        found: list[Hit] = []
        newest, oldest = places.day_of(below - 1), places.day_of(self.oldest)
        while newest >= oldest and len(found) < limit:
            last = max(oldest, newest - self._days_for(limit - len(found)) + 1)
            queries = tsqueries(self.match, list(places.times_of_days(newest, last)))
            new = by_words(queries, self.first, below, limit - len(found))
            found += new
            self._met(len(new), newest - last + 1)
            newest = last - 1
        return found

    def _days_for(self, missing: int) -> int:
        """In how many days what is missing stands if it goes on like this, and some more, as chance wants it.

        None met counts as half of one.
        """
        met = self.matched or 0.5
        return max(1, ceil(missing * self.days / met * (1 + min(0.4, 2 / sqrt(met)))))


def _ends(first: int, below: int, entries: int) -> tuple[int, int, int]:
    """The newest id below one, the oldest from one on, and the id so many entries back (or the oldest)."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, [first, below, first, first, below, entries - 1])
        newest, oldest, edge = cursor.fetchone()
    if newest is None:
        return first - 1, first, first
    return newest, oldest, oldest if edge is None else edge


def _back(first: int, below: int, entries: int) -> int | None:
    """The id of the last of so many entries back along time; None where there are not so many."""
    with connection.cursor() as cursor:
        cursor.execute(_EDGE, [first, below, entries - 1])
        row = cursor.fetchone()
    return int(row[0]) if row else None
