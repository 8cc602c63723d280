"""What has changed since a base was built: a part of its own, and the rows of the base that it replaces."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from opsdesk.insight.facts.books import Books
from opsdesk.insight.facts.derive import part_of
from opsdesk.insight.facts.joining import (
    Rows,
    Side,
    in_order,
    joined,
    rows_between,
    rows_of_values,
    rows_with,
    stays_of,
    without,
)
from opsdesk.insight.facts.read import among, nothing, part_of_cases, part_of_deals, part_of_mail
from opsdesk.insight.facts.values import Column, Columns, Part
from opsdesk.insight.sql import rows
from opsdesk.journal.changes import Subject, touched_after
from opsdesk.journal.queries import Cursor

ENTRIES_AT_ONCE = 20_000
READ_AT_ONCE = 5_000
SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Changed:
    """The ids of cases, deals and arrivals whose facts changed."""

    cases: frozenset[int]
    deals: frozenset[int]
    arrivals: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.cases) + len(self.deals) + len(self.arrivals)

    def __or__(self, other: "Changed") -> "Changed":
        return Changed(self.cases | other.cases, self.deals | other.deals, self.arrivals | other.arrivals)


NOTHING = Changed(frozenset(), frozenset())


def changed_after(cursor: Cursor) -> tuple[Cursor, Changed] | None:
    """The cases, deals and arrivals of all facts after a cursor, and where these end; None in another
    generation."""
    changed = NOTHING
    while True:
        touched = touched_after(cursor, limit=ENTRIES_AT_ONCE)
        if touched.start_over:
            return None
        if not touched.entries:
            return cursor, changed
        cursor, changed = touched.cursor, changed | changed_of(touched.subjects)


def changed_of(subjects: Iterable[Subject]) -> Changed:
    """What the subjects of facts are, with the deals whose dispute is one of the cases, and the arrivals of
    the threads."""
    listed = list(subjects)
    cases, deals, arrivals, threads = (
        frozenset(id for kind, id in listed if kind == wanted)
        for wanted in ("case", "deal", "arrival", "thread")
    )
    return Changed(cases, deals | _disputed(cases), arrivals | _came(threads))


def _disputed(cases: frozenset[int]) -> frozenset[int]:
    """The deals whose dispute is one of those cases: its first touch stands with the dispute."""
    wanted = [among(some)("i.case_id") for some in _some(cases)]
    query = "SELECT i.deal_id FROM disputes_dispute i WHERE "
    return frozenset(deal for each in wanted for (deal,) in rows(query + each, {}))


def _came(threads: frozenset[int]) -> frozenset[int]:
    """The arrivals of the messages in those threads: what made two of them one told it of both."""
    wanted = [among(some)("m.thread_id") for some in _some(threads)]
    query = "SELECT v.id FROM mail_arrival v JOIN mail_message m ON m.id = v.message_id WHERE "
    return frozenset(arrival for each in wanted for (arrival,) in rows(query + each, {}))


class Delta:
    """The cases, deals and arrivals that changed behind a base. One thread at a time."""

    def __init__(self, base: Part, books: Books) -> None:
        self._base, self._books = base, books
        self._fresh = part_of(nothing(books), books)

    @property
    def size(self) -> int:
        """How many cases, deals and arrivals it has."""
        return sum(len(each["id"]) for each in (self._fresh.cases, self._fresh.deals, self._fresh.arrivals))

    def read(self, changed: Changed) -> None:
        """Read those cases, deals and arrivals anew."""
        parts = read_changed(changed, self._books)
        self._fresh = in_order(joined([without_changed(self._fresh, changed), *parts]))

    def parts(self) -> tuple[Part, ...]:
        """The base without what has changed, and what has."""
        if not self.size:
            return (self._base,)
        return _marked(self._base, self._fresh), self._fresh


def read_changed(changed: Changed, books: Books) -> list[Part]:
    """Those cases, deals and arrivals as they are, in the order of their ids, some thousands a part."""
    cases = [part_of_cases(among(some), books) for some in _some(changed.cases)]
    deals = [part_of_deals(among(some), books) for some in _some(changed.deals)]
    return [*cases, *deals, *(part_of_mail(among(some), books) for some in _some(changed.arrivals))]


def without_changed(part: Part, changed: Changed) -> Part:
    """The part without what has changed."""
    return without(part, *(_ids(each) for each in (changed.cases, changed.deals, changed.arrivals)))


def _some(ids: frozenset[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + READ_AT_ONCE] for start in range(0, len(ordered), READ_AT_ONCE)]


def _ids(ids: frozenset[int]) -> Column:
    """Ids as a column, in order."""
    return np.array(sorted(ids), dtype=np.int64)


def _marked(base: Part, fresh: Part) -> Part:
    """The base with code 0 where a row is out of date: the columns by which rows are chosen are copied."""
    cases = rows_with(base.cases["id"], fresh.cases["id"])
    deals = rows_with(base.deals["id"], fresh.deals["id"])
    stays = stays_of(base, cases)
    waits = [rows_of_values(base.waits["stay"], rows) for rows in stays]
    disputes = [rows_of_values(base.disputes["deal"], base.deals["id"][deals], side) for side in SIDES]
    arrivals = rows_with(base.arrivals["id"], fresh.arrivals["id"])
    return replace(
        base,
        cases=_cleared(base.cases, "desk", cases),
        stays=_cleared(base.stays, "place", rows_between(*stays)),
        waits=_cleared(base.waits, "who", rows_between(*waits)),
        deals=_cleared(base.deals, "scope", deals),
        disputes=_cleared(base.disputes, "scope", rows_between(*disputes)),
        arrivals=_cleared(base.arrivals, "source", arrivals),
    )


def _cleared(columns: Columns, name: str, rows: Rows) -> Columns:
    if not len(rows):
        return columns
    values = columns[name].copy()
    values[rows] = 0
    return {**columns, name: values}
