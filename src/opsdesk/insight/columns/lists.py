"""The requests behind a number, from the facts: by the rows of their cases in each part."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.asking import narrowed, tiers
from opsdesk.insight.clocks import Clock
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns import desk_followups, desk_stuck, held
from opsdesk.insight.columns.choosing import requests
from opsdesk.insight.columns.desk_stuck import OTHERS, US, Cuts
from opsdesk.insight.columns.grain import Gather, Rows, chosen, column
from opsdesk.insight.columns.marks import worked_at
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import Codes, Flags, Numbers, ways
from opsdesk.insight.columns.times import Gather as Times
from opsdesk.insight.columns.times import Taken
from opsdesk.insight.facts.schema import UNKNOWN
from opsdesk.insight.facts.values import Facts, Part, rows_of
from opsdesk.insight.flow import Parts
from opsdesk.insight.listed import Listed, together
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Key, Question, Side

SIDES = {Side.COUNTED: 0, Side.OPEN: 1, Side.WHOLE: 2}


def of_parts(facts: Facts, rows: Callable[[Part], Codes | Flags]) -> Listed:
    """The cases that `rows` names in each part: their rows, as often as it likes, or a flag for each case."""
    return together(_listed(part, rows(part)) for part in facts.parts)


def _listed(part: Part, rows: Codes | Flags) -> Listed:
    found = rows
    if rows.dtype != np.bool_:
        found = np.zeros(rows_of(part.cases), dtype=np.bool_)
        found[rows] = True
    return Listed(part.cases["opened"][found], part.cases["id"][found])


def of_rows(facts: Facts, question: Question, key: Key, side: Side, *, gather: Gather) -> Listed:
    """The requests with a row of one answer; a count has one side, a share three."""
    return of_parts(facts, lambda part: _behind(part, facts, question, key, side, gather))


def _behind(part: Part, facts: Facts, question: Question, key: Key, side: Side, gather: Gather) -> Codes:
    rows = chosen(part, facts, question, gather(facts, part, question))
    if side not in SIDES:
        return rows.case[:0]
    keep = rows.sides[SIDES[side]] if len(rows.sides) > 1 else rows.sides[0]
    for name, value in zip(question.by, key, strict=True):
        own = _has(part, facts, question, rows, name, value)
        keep = own if keep is None else keep & own
    return rows.case if keep is None else rows.case[keep]


def _has(part: Part, facts: Facts, question: Question, rows: Rows, name: str, value: str) -> Flags:
    """Which of the rows have a dimension's value."""
    codes, values = column(part, facts, question, rows, name)
    if not len(codes):
        return np.zeros(0, dtype=np.bool_)
    found: Flags = np.array([each == value for each in values], dtype=np.bool_)[codes]
    return found


def of_ways(facts: Facts, question: Question, key: Key, side: Side, *, parts: Parts) -> Listed:
    """The requests whose way through the tiers is one of those counted."""
    one, picks = narrowed(question, key), parts.sides.get(side)
    top = tiers_of(one.desk, cases.desk(one.desk).top_tier)

    def rows(part: Part) -> Flags:
        if picks is None:
            return np.zeros(rows_of(part.cases), dtype=np.bool_)
        took = ways(part, facts)
        return met(picks(tiers(one, top), top), took, top)[took.of] & requests(part, facts, one)

    return of_parts(facts, rows)


def of_times(
    facts: Facts, question: Question, key: Key, side: Side, *, gather: Times, clock: Clock
) -> Listed:
    """The case of each time behind an answer, the longest first; of OPEN those that still run, of MISSING
    those without one."""
    one = replace(narrowed(question, key), by=("id",))
    taken = [gather(facts, part, one, (clock,)) for part in facts.parts]
    return together(_timed(each, each.seconds[clock], side) for each in taken)


def _timed(taken: Taken[Clock], seconds: Numbers, side: Side) -> Listed:
    known = (seconds == UNKNOWN) if side is Side.MISSING else (seconds != UNKNOWN)
    if side is Side.OPEN:
        known[: len(known) - taken.running] = False
    return Listed(seconds[known], taken.codes["id"][known])


def of_holders(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    """The requests that were held, by whomever was asked for."""
    one = narrowed(question, key)
    return of_parts(facts, lambda part: held.held(facts, part, one).case)


def of_follow_ups(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    """The requests on which we wrote again; of the WHOLE all that came in."""
    one = narrowed(question, key)

    def rows(part: Part) -> Codes | Flags:
        found, again = desk_followups.counting(part, facts, one), part.again["case"]
        if side is Side.WHOLE:
            return found
        written: Codes = again[found[again]] if side is Side.COUNTED else again[:0]
        return written

    return of_parts(facts, rows)


def of_stuck(facts: Facts, question: Question, *, cuts: Cuts, on: str) -> Listed:
    """The requests that are stuck on us, or on others."""
    return of_parts(facts, lambda part: desk_stuck.stuck(part, facts, question, cuts, on).case)


def of_silences(facts: Facts, question: Question, key: Key, side: Side, *, cuts: Cuts) -> Listed:
    """All that is stuck, the longest silent first; each has a time."""
    named = dict(zip(question.by, key, strict=True))
    one = narrowed(question, key)
    found = [
        (part, desk_stuck.stuck(part, facts, one, cuts, on))
        for part in (facts.parts if side is not Side.MISSING else ())
        for on in (US, OTHERS)
        if named.get("on", on) == on
    ]
    return together(Listed(-silent.since, part.cases["id"][silent.case]) for part, silent in found)


def picked(facts: Facts, question: Question, pick: Pick, top: int) -> Listed:
    """The requests of the funnel's number; of a desk with so many tiers. What is of now is none of these."""

    def rows(part: Part) -> Codes | Flags:
        took, found = ways(part, facts), requests(part, facts, question)
        if pick.measure in BY_ROWS:
            case = BY_ROWS[pick.measure](part, facts, pick)
            return case[(found & took.counts)[case]]
        if pick.measure == "no_cause":
            found &= took.counts & took.resolved & (part.cases["cause"] == 0)
        else:
            found &= met([pick], took, top)[took.of]
        return found

    return of_parts(facts, rows)


def _worked(part: Part, facts: Facts, pick: Pick) -> Codes:
    """The cases that a person worked on at a tier."""
    wanted, person = pick.of
    case, tier, people = worked_at(part, facts)
    found: Codes = case[(tier == wanted) & (people == facts.code("person", str(person)))]
    return found


BY_ROWS: dict[str, Callable[[Part, Facts, Pick], Codes]] = {
    "worked": _worked,
    "followed_up": lambda part, facts, pick: part.again["case"],
}
