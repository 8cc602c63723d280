"""The cases behind a number, page by page, newest first."""

from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import NamedTuple

from opsdesk.insight import listing, stuck
from opsdesk.insight.cohort import FOLLOW_UP, Cohort, FunnelFilters, cohort_of, path, with_cohort
from opsdesk.insight.columns.desk_stuck import OTHERS, US
from opsdesk.insight.columns.lists import of_stuck, picked
from opsdesk.insight.columns.whole import facts_of, question_of
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listing import CaseLine
from opsdesk.insight.picks import NOW, Pick, condition, parse
from opsdesk.insight.sql import at, rows
from opsdesk.kernel.period import Period

MOST = 500
CURSOR_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Selection:
    """One number of one funnel, as it stands or stood at `as_of`: enough to find its cases again."""

    desk: str
    period: Period
    filters: FunnelFilters
    pick: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page. `after` is the id from which the next page goes on, None at the end."""

    pick: Pick
    total: int
    lines: tuple[CaseLine, ...]
    after: int | None


def cases(selection: Selection, *, now: datetime, after: int | None = None, size: int = 50) -> CasePage:
    """The cases of a number, those opened last first, from the one after case `after` on.

    `total` is how many there are in all. Refuses `NoSuchNumber`, `NoSuchDesk`.
    """
    cohort = cohort_of(selection.desk, selection.period, selection.filters, selection.as_of)
    pick, size = parse(selection.pick, cohort.tiers), min(size, MOST)
    now = cohort.as_of or selection.as_of or now
    facts = facts_of(cohort, now)
    if facts is None:
        found = _from_records(cohort, pick, now, after, size + 1)
    else:
        found = _from_facts(facts, cohort, pick, now, after, size + 1)
    ids, goes_on = found.ids[:size], len(found.ids) > size
    return CasePage(pick, found.total, tuple(listing.cases(ids)), ids[-1] if goes_on else None)


class _Found(NamedTuple):
    """How many cases there are in all, and the ids from one on."""

    total: int
    ids: tuple[int, ...]


TOTAL = "{source} SELECT COUNT(*) FROM path p WHERE {where}"
IDS = """
{source}
SELECT p.id FROM path p WHERE {where}{later} ORDER BY p.opened_at DESC, p.id DESC LIMIT {limit:d}
"""
LATER = " AND (p.opened_at, p.id) < (SELECT z.opened_at, z.id FROM cases_case z WHERE z.id = %(after)s)"
OPENED = "SELECT opened_at FROM cases_case WHERE id = %(after)s"


def _from_records(cohort: Cohort, pick: Pick, now: datetime, after: int | None, size: int) -> _Found:
    source, where, values = _sought(cohort, pick, now)
    total = rows(TOTAL.format(source=source, where=where), values)[0][0]
    later = "" if after is None else LATER
    query = IDS.format(source=source, where=where, later=later, limit=size)
    return _Found(total, tuple(id for (id,) in rows(query, {**values, "after": after})))


def _sought(cohort: Cohort, pick: Pick, now: datetime) -> tuple[str, str, dict[str, object]]:
    if pick.measure in NOW:
        return stuck.sought(cohort, pick.measure, now)
    source = with_cohort(cohort, path(cohort.tiers), *([FOLLOW_UP] if pick.measure == "followed_up" else []))
    return source, condition(pick, cohort.tiers), cohort.values


def _from_facts(
    facts: Facts, cohort: Cohort, pick: Pick, now: datetime, after: int | None, size: int
) -> _Found:
    question = question_of(cohort, now)
    if pick.measure in NOW:
        on = US if pick.measure == stuck.ON_US else OTHERS
        every = of_stuck(facts, question, cuts=stuck.cuts(cohort.desk, now), on=on)
    else:
        every = picked(facts, question, pick, cohort.tiers)
    left = every if after is None else every.behind(*_place(after))
    return _Found(len(every), left.first(size))


def _place(after: int) -> tuple[int, int]:
    """Where a case stands among others: the second in which it was opened, and its id."""
    found = rows(OPENED, {"after": after})
    return (floor(at(found[0][0]).timestamp()) if found else 0), after
