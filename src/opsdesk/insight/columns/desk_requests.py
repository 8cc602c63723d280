"""The rows of numbers that count requests: one row each."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import wall
from opsdesk.insight.columns.choosing import second, within
from opsdesk.insight.columns.grain import (
    Column,
    Rows,
    alive,
    asked,
    booked,
    chosen,
    moment,
    queued,
    through,
    whoever,
)
from opsdesk.insight.columns.lists import of_parts
from opsdesk.insight.columns.marks import entered, known
from opsdesk.insight.columns.paths import Codes, Flags
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.listed import Listed
from opsdesk.insight.registry import Question
from opsdesk.kernel.period import Period

DAY_S = 86_400
# Up to how many days an age band reaches, and its name.
Ages = Sequence[tuple[str, int]]


def above(facts: Facts, part: Part, question: Question, *, resolved: bool | None = None) -> Rows:
    """Requests that were above Tier 1: all of them, or those that are resolved, or not."""
    found = asked(part, facts, question) & (part.cases["tiers"] > 1)
    if resolved is not None:
        found &= _resolved(part, facts) == resolved
    rows = np.flatnonzero(found)

    def reason() -> Column:
        return through(tuple(each.reason for each in facts.arrivals), known(part, facts).up[rows])

    cause = partial(booked, facts, "cause", part.cases["cause"][rows])
    return Rows(rows, {"cause": cause, "reason": reason, "queue": _stands(facts, part, rows)})


def ping_pong(facts: Facts, part: Part, question: Question) -> Rows:
    """Requests; those handed into a queue that they had been in; those that may be yet."""
    return _share(facts, part, asked(part, facts, question), known(part, facts).again, may=True)


def returned(facts: Facts, part: Part, question: Question) -> Rows:
    """Requests above Tier 1; those returned from anywhere; those that may be yet."""
    found = asked(part, facts, question) & (part.cases["tiers"] > 1)
    return _share(facts, part, found, part.cases["back"] > 0, may=True)


def reopened(facts: Facts, part: Part, question: Question) -> Rows:
    """Requests that were ever resolved; those that were reopened."""
    again = part.cases["reopened"] > 0
    found = asked(part, facts, question) & (known(part, facts).resolved | again)
    return _share(facts, part, found, again, may=False)


def _share(facts: Facts, part: Part, whole: Flags, hits: Flags, *, may: bool) -> Rows:
    rows = np.flatnonzero(whole)
    hit = hits[rows]
    still = ~hit & ~_resolved(part, facts)[rows] if may else np.zeros(len(rows), dtype=np.bool_)
    return Rows(rows, {"queue": _stands(facts, part, rows)}, (hit, still, None))


def standing(facts: Facts, part: Part, question: Question, *, ages: Ages, oldest: str) -> Rows:
    """Requests that are open or wait at `as_of`, whenever they were opened."""
    state = part.cases["state"]
    found = (state == facts.code("state", "open")) | (state == facts.code("state", "waiting"))
    found &= part.cases["opened"] <= moment(question.as_of)
    rows = np.flatnonzero(found & whoever(part, facts, question))

    def age() -> Column:
        days = (second(question.as_of) - part.cases["opened"][rows].astype(np.int64)) // DAY_S
        bands = np.searchsorted([reach for _, reach in ages], days, side="right")
        return bands, (*(band for band, _ in ages), oldest)

    return Rows(
        rows,
        {
            "queue": _stands(facts, part, rows),
            "person": partial(booked, facts, "person", part.cases["assignee"][rows]),
            "state": partial(booked, facts, "state", state[rows]),
            "age": age,
        },
    )


def oldest(facts: Facts, question: Question, limit: int) -> list[int]:
    """The ids of the requests that are open or wait at `as_of`, those opened first before."""
    found: list[tuple[int, int]] = []
    for part in facts.parts:
        case = chosen(part, facts, question, standing(facts, part, question, ages=(), oldest="")).case
        opened, ids = part.cases["opened"][case], part.cases["id"][case]
        first = np.lexsort((ids, opened))[:limit]
        found += zip(opened[first].tolist(), ids[first].tolist(), strict=True)
    return [id for _, id in sorted(found)[:limit]]


def arrivals(facts: Facts, part: Part, question: Question) -> Rows:
    """Requests by when they were opened; their queue is the one that they entered."""
    stays, of = entered(part, facts)
    there = asked(part, facts, question)[of]
    case, zone = of[there], cases.desk(question.desk).zone
    opened = part.cases["opened"][case]
    return Rows(
        case,
        {
            "queue": lambda: queued(facts, part.stays["place"][stays[there]]),
            "weekday": partial(wall.weekdays, opened, zone),
            "week": partial(wall.weeks, opened, zone),
            "hour": partial(wall.hours, opened, zone),
            "day": partial(wall.days, opened, zone),
        },
    )


def imported(facts: Facts, part: Part, question: Question) -> Rows:
    """Requests that come from another tool."""
    rows = np.flatnonzero(asked(part, facts, question) & (part.cases["imported"] > 0))
    return Rows(rows, {"queue": _stands(facts, part, rows)})


def opened_here(facts: Facts, question: Question, opened: Period) -> list[int]:
    """The ids of the requests of a time that are neither void nor merged nor come from another tool."""
    found: list[int] = []
    for part in facts.parts:
        rows = alive(part, facts, question) & within(part.cases["opened"], opened)
        found += part.cases["id"][rows & (part.cases["imported"] == 0)].tolist()
    return found


def those(facts: Facts, ids: Iterable[int]) -> Listed:
    """The requests of these ids."""
    wanted = np.array(sorted(ids), dtype=np.int64)

    def rows(part: Part) -> Flags:
        found: Flags = np.isin(part.cases["id"], wanted) & (part.cases["desk"] > 0)
        return found

    return of_parts(facts, rows)


def _resolved(part: Part, facts: Facts) -> Flags:
    found: Flags = part.cases["state"] == facts.code("state", "resolved")
    return found


def _stands(facts: Facts, part: Part, rows: Codes) -> Callable[[], Column]:
    """The queue that each request stands in."""
    return lambda: booked(facts, "queue", part.cases["queue"][rows])
