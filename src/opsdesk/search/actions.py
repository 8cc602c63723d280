"""Putting texts into the index and taking them out: in the caller's transaction, with the row they are of.

The index is derived from rows that have their entries in the journal, so it has none of its own.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction

from opsdesk.search import places, words
from opsdesk.search.models import Kind

T = TypeVar("T")

logger = logging.getLogger(__name__)

_AT_ONCE = 500
# Somebody may have taken a row's place in between.
_TRIES = 2
_LIMIT_EXCEEDED = "54"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that can be found. `at`: what it is sorted by; `sections`: texts that are not read as one.

    `sender`: who wrote it, name and address; found by its words alone too.
    """

    kind: Kind
    ref_id: int
    at: datetime
    sections: tuple[str, ...]
    sender: str = ""


def put_many(entries: Sequence[Entry]) -> None:
    """Make rows findable; what was known of them before is forgotten."""
    latest = {(entry.kind, entry.ref_id): entry for entry in entries}
    for some in _some(list(latest.values())):
        _put(some)


def put_if_possible(entry: Entry) -> bool:
    """Make a row findable where the index takes it: what is wrong with an index stops nobody's work.

    Raises what is wrong with the database at this moment. Never for what was erased: old words would stay.
    """
    problem = ""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                put_many([entry])
        except DatabaseError as failure:
            state = str(getattr(failure.__cause__, "sqlstate", None) or "")
            if isinstance(failure, OperationalError) and not state.startswith(_LIMIT_EXCEEDED):
                raise
            problem = f"{type(failure).__name__} {state}".strip()
        else:
            return True
    logger.error("%s %s is not in the index: %s", entry.kind.name, entry.ref_id, problem)
    return False


@transaction.atomic
def remove(kind: Kind, ref_ids: Collection[int]) -> int:
    """Forget rows, so that nothing finds them any more; how many were known. Who asks for it records it.

    Their words leave the engine's file when it is next merged: `forgetting.forget_step`.
    """
    return sum(_remove(_known(kind, some)) for some in _some(sorted(ref_ids)))


@transaction.atomic(savepoint=False)
def _put(entries: Sequence[Entry]) -> None:
    taken: set[int] = set()
    for kind in sorted({entry.kind for entry in entries}):
        same = [entry for entry in entries if entry.kind == kind]
        known, others = _there_already(kind, same)
        _remove(known)
        taken |= others
    _write(sorted(_placed(entries, taken), key=itemgetter(0)))


def _there_already(kind: Kind, entries: Sequence[Entry]) -> tuple[list[int], set[int]]:
    """(what is known of these rows, the places that other rows have already)."""
    refs, ids = [entry.ref_id for entry in entries], [_place(entry) for entry in entries]
    statement = (
        f"SELECT id, kind, ref_id FROM search_indexed WHERE id IN ({_places(ids)})"
        f" OR (ref_id IN ({_places(refs)}) AND kind = %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*ids, *refs, kind])
        found = cursor.fetchall()
    own = {(kind, ref) for ref in refs}
    known = [id for id, *whose in found if tuple(whose) in own]
    return known, {id for id, *_ in found} - set(known)


def _place(entry: Entry) -> int:
    return places.place(entry.at, entry.kind, entry.ref_id)


def _placed(entries: Iterable[Entry], taken: set[int]) -> Iterable[tuple[int, Entry]]:
    """Each entry with its id: the next free one where rows of a minute are so many that they meet."""
    for entry in entries:
        id = _place(entry)
        while id in taken:
            taken |= _there(range(id, id + _AT_ONCE))
            id = next((each for each in range(id, id + _AT_ONCE) if each not in taken), id + _AT_ONCE)
        taken.add(id)
        yield id, entry


def _write(placed: Sequence[tuple[int, Entry]]) -> None:
    rows = [(id, int(entry.kind), entry.ref_id) for id, entry in placed]
    texts = [
        (id, words.indexed(entry.sections, sender=entry.sender, kind=int(entry.kind))) for id, entry in placed
    ]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO search_indexed (id, kind, ref_id) VALUES (%s, %s, %s)", rows)
        if connection.vendor == "postgresql":
            vectors = [(id, _vector(id, text)) for id, text in texts]
            cursor.executemany("INSERT INTO search_words (id, words) VALUES (%s, %s::tsvector)", vectors)
        else:
            cursor.executemany("INSERT INTO search_words (id, words) VALUES (%s, %s)", texts)


def _vector(id: int, text: str) -> str:
    """The words of an entry with their places as a `tsvector` is written, and the times it is of."""
    found = [f"'{word}':{','.join(map(str, at[:256]))}" for word, at in words.positions(text)]
    return " ".join([*found, *(f"'{time}'" for time in places.times_of(id))])


def _known(kind: Kind, ref_ids: Sequence[int]) -> list[int]:
    return _column("SELECT id FROM search_indexed WHERE ref_id IN ({}) AND kind = %s", ref_ids, kind)


def _there(ids: Sequence[int]) -> set[int]:
    return set(_column("SELECT id FROM search_indexed WHERE id IN ({})", ids))


def _remove(ids: Sequence[int]) -> int:
    _column("DELETE FROM search_words WHERE id IN ({}) RETURNING id", ids)
    return len(_column("DELETE FROM search_indexed WHERE id IN ({}) RETURNING id", ids))


def _places(values: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _column(statement: str, many: Sequence[int], *more: int) -> list[int]:
    """The first column of a statement over many numbers."""
    if not many:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(_places(many)), [*many, *more])
        return [row[0] for row in cursor.fetchall()]


def _some(many: Sequence[T]) -> Iterable[Sequence[T]]:
    return (many[start : start + _AT_ONCE] for start in range(0, len(many), _AT_ONCE))
