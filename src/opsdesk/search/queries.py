"""Asking the index: what matches, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Min

from opsdesk.search import places
from opsdesk.search.match import Match, fts5, tsquery
from opsdesk.search.models import Indexed, Kind

_HIT = "SELECT e.id, e.kind, e.ref_id FROM"
_RANGE = "e.id >= %s AND e.id < %s ORDER BY e.id DESC LIMIT %s"
_FTS5 = (
    f"{_HIT} search_index i CROSS JOIN search_indexed e ON e.id = i.rowid WHERE i.search_index MATCH %s"
    " AND i.rowid >= %s AND i.rowid < %s ORDER BY i.rowid DESC LIMIT %s"
)
# Without order and limit inside, PostgreSQL goes by the index of words, not back along time row by row.
_GIN = (
    "WITH i AS MATERIALIZED (SELECT id FROM search_words WHERE words @@ %s::tsquery)"
    f" {_HIT} (SELECT id FROM i WHERE id >= %s AND id < %s ORDER BY id DESC LIMIT %s) i"
    " JOIN search_indexed e ON e.id = i.id ORDER BY e.id DESC"
)
_END = 1 << 62
_ONE_BY_ONE, _IN_RANGE = 30, 1000
_AMONG_FTS5 = "SELECT rowid FROM search_index WHERE search_index MATCH %s AND rowid IN ({})"
_AMONG_GIN = (
    "SELECT id FROM (SELECT id, words FROM search_words WHERE id IN ({}) OFFSET 0) i"
    " WHERE words @@ %s::tsquery"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that matches: the `ref_id`th row of its kind. Later ones have higher ids."""

    id: int
    kind: int
    ref_id: int


def hits(match: Match, *, first: int, below: int, limit: int) -> list[Hit]:
    """The newest entries that match, of those with an id from `first` up to, not including, `below`."""
    if match.is_everything:
        return _hits(f"{_HIT} search_indexed e WHERE {_RANGE}", [first, below, limit])
    if connection.vendor == "sqlite":
        return _hits(_FTS5, [fts5(match), first, below, limit])
    return _by_spans(match, first, below, limit)


def of_few(match: Match, *, limit: int) -> list[Hit]:
    """The newest entries that match a match that few entries can match: all of them are read."""
    if match.is_everything or connection.vendor == "sqlite":
        return hits(match, first=0, below=_END, limit=limit)
    return _hits(_GIN, [tsquery(match), 0, _END, limit])


def _by_spans(match: Match, first: int, below: int, limit: int) -> list[Hit]:
    """A few days after the other: GIN has no order, and all days of a frequent word would be too many."""
    ends = Indexed.objects.filter(id__gte=first, id__lt=below).aggregate(Min("id"), Max("id"))
    if ends["id__max"] is None:
        return []
    found: list[Hit] = []
    newest, oldest = places.day_of(ends["id__max"]), places.day_of(ends["id__min"])
    read, since = 0, newest + 1
    for day, times in places.spans(newest, oldest):
        each, left = (since - day) // len(times), times
        while left and len(found) < limit:
            some = left[: _enough(limit - len(found), len(found), read, each)]
            found += _hits(_GIN, [tsquery(match, some), first, below, limit - len(found)])
            read, left = read + each * len(some), left[len(some) :]
        since = day
        if len(found) >= limit:
            break
    return found


def _enough(missing: int, found: int, days: int, each: int) -> int | None:
    """How many times of `each` days hold what is missing, if they are like the `days` before; None: all."""
    return max(1, missing * days * 3 // (found * each * 2)) if found else None


def _hits(statement: str, values: Sequence[str | int]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Hit(*row) for row in cursor.fetchall()]


def among(match: Match, ids: Sequence[int]) -> set[int]:
    """Which of these entries match."""
    if match.is_everything or not ids:
        return set(ids)
    found: set[int] = set()
    if connection.vendor == "sqlite" and len(ids) > _ONE_BY_ONE:
        # FTS5 begins anew for each id it is asked about: reading what matches around them is quicker.
        near = [hit.id for hit in hits(match, first=min(ids), below=max(ids) + 1, limit=_IN_RANGE)]
        found = set(ids).intersection(near)
        ids = [id for id in ids if id < near[-1]] if len(near) == _IN_RANGE else []
    return found.union(*(_among(match, some) for some in _some(ids)))


def _among(match: Match, ids: Sequence[int]) -> list[int]:
    sqlite = connection.vendor == "sqlite"
    statement = (_AMONG_FTS5 if sqlite else _AMONG_GIN).format(", ".join(["%s"] * len(ids)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [fts5(match), *ids] if sqlite else [*ids, tsquery(match)])
        return [row[0] for row in cursor.fetchall()]


def _some(ids: Sequence[int], most: int = 500) -> Iterator[Sequence[int]]:
    return (ids[start : start + most] for start in range(0, len(ids), most))


def ids_of(kind: Kind, ref_ids: Sequence[int]) -> dict[int, int]:
    """The entries of these rows of a kind, by the row."""
    found = Indexed.objects.filter(kind=kind, ref_id__in=ref_ids).values_list("ref_id", "id")
    return dict(found)
