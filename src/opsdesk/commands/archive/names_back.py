"""Names that were erased of imports since a backup was made. What was erased is not kept, so they are read in
the restored database: they stand at the places that, in the one that was there, say that something is erased.
"""

import json
from collections.abc import Iterator, Mapping

from opsdesk.cases.redaction import ERASED
from opsdesk.commands.archive.census import AT_ONCE, Records
from opsdesk.history.redaction import BETWEEN

Row = tuple[object, ...]
_PLACES = (
    "SELECT s.id, o.tool, o.key, s.words FROM cases_stay s JOIN history_origin o ON o.case_id = s.case_id"
)
_SOLVERS = (
    "SELECT c.id, o.tool, o.key, c.resolution FROM cases_case c JOIN history_origin o ON o.case_id = c.id"
)
_LISTS = "SELECT id, file_digest, map_digest, CAST(unmatched AS text) FROM history_import"
# Each asked for in the old database; the last column is what it says there.
GONE_NAMES = {
    "stays": f"{_PLACES} WHERE s.words LIKE '%{ERASED}%'",
    "solvers": f"{_SOLVERS} WHERE c.resolution = '{ERASED}'",
    "unmatched": f"{_LISTS} WHERE CAST(unmatched AS text) LIKE '%{ERASED}%'",
}
_AGAIN = {
    "stays": f"{_PLACES} WHERE s.id IN",
    "solvers": f"{_SOLVERS} WHERE c.id IN",
    "unmatched": f"{_LISTS} WHERE id IN",
}


def names_back(records: Records, erased: Mapping[str, set[Row]]) -> tuple[str, ...]:
    """The names that stand again in a restored database, of what `GONE_NAMES` found in the old one."""
    found: set[str] = set()
    for what in GONE_NAMES:
        old = {tuple(told): str(said) for *told, said in erased.get(what, ())}
        for *told, said in _again(records, what, [place[0] for place in old]):
            if tuple(told) in old:
                compare = _of_lists if what == "unmatched" else _of_words
                found |= compare(old[tuple(told)], str(said))
    return tuple(sorted(name for name in found if name and name != ERASED))


def _again(records: Records, what: str, ids: list[object]) -> Iterator[Row]:
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        yield from records.rows(f"{_AGAIN[what]} ({', '.join('?' * len(some))})", some)


def _of_words(old: str, new: str) -> set[str]:
    """Those in whose place it says erased; all of it as one where it does so of the whole."""
    was, now = old.split(BETWEEN), new.split(BETWEEN)
    if len(was) != len(now):
        return {new}
    return {name for before, name in zip(was, now, strict=True) if before == ERASED}


def _of_lists(old: str, new: str) -> set[str]:
    was, now = json.loads(old), json.loads(new)
    return {name for what, names in now.items() if ERASED in was.get(what, {}) for name in names} - {
        name for names in was.values() for name in names
    }
