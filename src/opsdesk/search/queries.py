"""Asking the index: what matches, newest first."""

from collections.abc import Callable, Iterator, Sequence

from django.db import connection

from opsdesk.search.backwards import HIT, Backwards, Hit, by_words, hits_of
from opsdesk.search.many import one_of
from opsdesk.search.match import Match, fts5, tsquery
from opsdesk.search.models import Indexed, Kind

_RANGE = "e.id >= %s AND e.id < %s ORDER BY e.id DESC LIMIT %s"
_FTS5 = (
    f"{HIT} search_index i CROSS JOIN search_indexed e ON e.id = i.rowid WHERE i.search_index MATCH %s"
    " AND i.rowid >= %s AND i.rowid < %s ORDER BY i.rowid DESC LIMIT %s"
)
_END = 1 << 62
_ONE_BY_ONE, _IN_RANGE = 30, 1000
_AMONG_FTS5 = "SELECT rowid FROM search_index WHERE search_index MATCH %s AND rowid IN ({})"
_AMONG_GIN = (
    "SELECT id FROM (SELECT id, words FROM search_words WHERE id IN ({}) OFFSET 0) i"
    " WHERE words @@ %s::tsquery"
)


def hits(match: Match, *, first: int, below: int, limit: int) -> list[Hit]:
    """The newest entries that match, of those with an id from `first` up to, not including, `below`."""
    return hits_from(match, first=first)(below, limit)


def hits_from(match: Match, *, first: int) -> Callable[[int, int], list[Hit]]:
    """The same for who asks several times, ever further back: (below, limit) to the hits."""
    if match.is_nothing:
        return lambda below, limit: []
    if match.is_everything:
        return lambda below, limit: hits_of(f"{HIT} search_indexed e WHERE {_RANGE}", [first, below, limit])
    if connection.vendor == "sqlite":
        return lambda below, limit: hits_of(_FTS5, [fts5(match), first, below, limit])
    return Backwards(match, first).hits


def of_few(match: Match, *, limit: int) -> list[Hit]:
    """The newest entries that match a match that few entries can match: all of them are read."""
    if match.is_everything or connection.vendor == "sqlite":
        return hits(match, first=0, below=_END, limit=limit)
    return by_words([tsquery(match)], 0, _END, limit)


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
    if not ref_ids:
        return {}
    found = Indexed.objects.filter(one_of("search_indexed.ref_id", ref_ids), kind=kind)
    return dict(found.values_list("ref_id", "id"))
