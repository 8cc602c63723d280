"""The rows of numbers that count what happened in stays: a request may have several."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import wall
from opsdesk.insight.columns.choosing import within
from opsdesk.insight.columns.grain import (
    Column,
    Rows,
    alive,
    asked,
    booked,
    moment,
    queued,
    through,
    whoever,
)
from opsdesk.insight.columns.marks import (
    Steps,
    came_back,
    counted,
    entering,
    exits,
    steps,
    visited,
    worked,
)
from opsdesk.insight.columns.paths import Codes, Flags, owner, tiers_of_places
from opsdesk.insight.facts.joining import rows_between, stays_of
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import Question

# Rows of stays: some, or all.
Some = NDArray[np.integer] | slice
# Where less than one in so many cases is asked for, only their stays are looked at.
FEW = 8


def hand_offs(
    facts: Facts, part: Part, question: Question, *, entrance: str = "", again: bool = False
) -> Rows:
    """Hand-offs: all, those of one kind, those into a queue that the request had been in."""
    handed = steps(part, facts)
    found = asked(part, facts, question)[handed.case]
    if entrance:
        found &= entering(facts, entrance)[part.stays["arrival"][handed.rows]]
    if again:
        found &= handed.again
    return _steps(facts, part, handed, found)


def _steps(facts: Facts, part: Part, handed: Steps, found: Flags) -> Rows:
    rows, before, place = handed.rows[found], handed.before[found], part.stays["place"]
    arrival = part.stays["arrival"]

    def out() -> Codes:
        return np.where(before >= 0, place[before], 0)

    def tier() -> Column:
        tiers = tiers_of_places(facts)
        return tiers[out()], ("-", *(str(n) for n in range(1, int(tiers.max()) + 1)))

    return Rows(
        handed.case[found],
        {
            "reason": lambda: through(tuple(each.reason for each in facts.arrivals), arrival[rows]),
            "move": lambda: through(tuple(each.entrance for each in facts.arrivals), arrival[rows]),
            "tier": tier,
            "queue": lambda: queued(facts, out()),
            "to": lambda: queued(facts, place[rows]),
        },
        once=False,
    )


def first_hand_offs(facts: Facts, part: Part, question: Question) -> Rows:
    """The first hand-off of each request whose stay has ended; those that went no further aside."""
    handed = steps(part, facts)
    exit = part.stays["exit"][handed.rows]
    found = asked(part, facts, question)[handed.case] & handed.first & (exit != 0)
    rows, exit = handed.rows[found], exit[found]
    hit = (exit != facts.code("exit", "rerouted")) & (exit != facts.code("exit", "returned"))
    queue = partial(queued, facts, part.stays["place"][rows])
    return Rows(handed.case[found], {"queue": queue}, (hit, np.zeros(len(rows), dtype=np.bool_), None))


def visits(facts: Facts, part: Part, question: Question) -> Rows:
    """The queues that requests were in, each once."""
    case, queue = visited(part, facts)
    own = asked(part, facts, question)[case]
    return Rows(
        case[own],
        {"queue": lambda: booked(facts, "queue", queue[own])},
        once="queue" in question.by or len(question.chosen("queue")) == 1,
    )


def visits_ended(facts: Facts, part: Part, question: Question, *, how: tuple[str, ...]) -> Rows:
    """Stays that ended in one of the ways (`""`: that run). Of what was resolved, what stayed so."""

    def found(rows: Some) -> Flags:
        ended = _ended(part, facts, rows, *how)
        return ended & ~came_back(part, facts)[rows] if how == ("resolved",) else ended

    rows, case = _of(part, asked(part, facts, question), found)
    return Rows(case, {"queue": lambda: queued(facts, part.stays["place"][rows])}, once=False)


def work(facts: Facts, part: Part, question: Question) -> Rows:
    """The people who worked on requests, each once."""
    case, person = worked(part, facts)
    own = asked(part, facts, question)[case]
    return Rows(
        case[own],
        {"person": lambda: booked(facts, "person", person[own])},
        once="person" in question.by or len(question.chosen("person")) == 1,
    )


def work_ended(facts: Facts, part: Part, question: Question, *, exit: str, again: bool | None = None) -> Rows:
    """Who ended stays so; `again`: only where the request came back after it, or only where it did not."""

    def found(rows: Some) -> Flags:
        ended = _ended(part, facts, rows, exit)
        ended &= part.stays["left_by"][rows] > 0
        return ended if again is None else ended & (came_back(part, facts)[rows] == again)

    rows, case = _of(part, asked(part, facts, question), found)
    return Rows(case, {"person": lambda: booked(facts, "person", part.stays["left_by"][rows])}, once=False)


def _ended(part: Part, facts: Facts, rows: Some, *how: str) -> Flags:
    """Which of some stays that count ended in one of the ways."""
    stays = part.stays
    found: Flags = exits(facts, *how)[stays["exit"][rows]]
    found &= stays["place"][rows] > 0
    return found


def _of(part: Part, chosen: Flags, condition: Callable[[Some], Flags]) -> tuple[Codes, Codes]:
    """The rows of the stays that meet a condition and are of cases chosen, and the rows of these cases."""
    if np.count_nonzero(chosen) * FEW < len(chosen):
        cases = np.flatnonzero(chosen)
        rows = rows_between(*stays_of(part, cases))
        rows = rows[condition(rows)]
        return rows, owner(part)[rows]
    rows = np.flatnonzero(condition(slice(None)))
    case = owner(part)[rows]
    own = chosen[case]
    return (rows, case) if own.all() else (rows[own], case[own])


def resolutions(facts: Facts, part: Part, question: Question, *, causeless: bool = False) -> Rows:
    """The last stay of each request that was resolved in the period, by `as_of`; all, or without a cause."""
    stays, zone = part.stays, cases.desk(question.desk).zone
    found = partial(_left_by_then, part, facts, question, "resolved")
    rows, case = _of(part, whoever(part, facts, question), found)
    last = np.ones(len(case), dtype=np.bool_)
    last[:-1] = case[1:] != case[:-1]
    if causeless:
        last &= part.cases["cause"][case] == 0
    rows, case = rows[last], case[last]
    return Rows(
        case,
        {
            "queue": lambda: queued(facts, stays["place"][rows]),
            "person": lambda: booked(facts, "person", stays["left_by"][rows]),
            "day": lambda: wall.days(stays["left"][rows], zone),
        },
    )


def _left_by_then(part: Part, facts: Facts, question: Question, exit: str, rows: Some) -> Flags:
    """Which of some stays of the desk ended so in the period, by `as_of`."""
    left = part.stays["left"][rows]
    of_desk = np.array([place.desk == question.desk for place in facts.places], dtype=np.bool_)
    found = within(left, question.period)
    found &= left <= moment(question.as_of)
    found &= of_desk[part.stays["place"][rows]]
    found &= exits(facts, exit)[part.stays["exit"][rows]]
    return found


def moves(facts: Facts, part: Part, question: Question, *, exit: str) -> Rows:
    """Stays that ended so in the period, by the queue and the tier that came next."""
    stays, zone = part.stays, cases.desk(question.desk).zone
    found = partial(_left_by_then, part, facts, question, exit)
    rows, case = _of(part, alive(part, facts, question), found)
    after = rows + 1
    there = after < part.cases["first"][case] + part.stays_each[case]
    rows, case, after = rows[there], case[there], after[there]
    there = stays["place"][after] > 0
    rows, case, place = rows[there], case[there], stays["place"][after[there]]
    tiers = tiers_of_places(facts)
    return Rows(
        case,
        {
            "queue": partial(queued, facts, place),
            "tier": lambda: (tiers[place], tuple(str(n) for n in range(int(tiers.max()) + 1))),
            "day": lambda: wall.days(stays["left"][rows], zone),
        },
        once=False,
    )


def reopenings(facts: Facts, part: Part, question: Question) -> Rows:
    """Stays into which requests came back in the period, by `as_of`."""
    stays, zone = part.stays, cases.desk(question.desk).zone

    def found(rows: Some) -> Flags:
        entered = stays["entered"][rows]
        came = within(entered, question.period) & (entered <= moment(question.as_of))
        return came & entering(facts, "reopened")[stays["arrival"][rows]] & counted(part, facts)[rows]

    again = alive(part, facts, question) & (part.cases["reopened"] > 0)
    rows, case = _of(part, again, found)
    return Rows(
        case,
        {
            "queue": lambda: queued(facts, stays["place"][rows]),
            "day": lambda: wall.days(stays["entered"][rows], zone),
        },
        once=False,
    )
