"""The times that each metric is about, out of a part of the facts."""

from collections.abc import Iterable

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.asking import tiers
from opsdesk.insight.clocks import Clock
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns.choosing import of_desk, requests, second, within
from opsdesk.insight.columns.hours import working
from opsdesk.insight.columns.paths import Codes, Flags, Numbers, Ways, tiers_of_places, ways
from opsdesk.insight.columns.spans import (
    lives,
    pauses_of,
    small,
    to_first_touch,
    to_response,
    worked_to_first_touch,
)
from opsdesk.insight.columns.times import Taken
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part, rows_of
from opsdesk.insight.hours import hours_of
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.registry import Question

OF_CASES = {"account": "account", "family": "family", "type": "type", "month": "opened"}
STANDS = {"queue": "queue"}


def first_touches(facts: Facts, part: Part, question: Question, clock: Clock) -> Taken:
    """Of each stay that was touched, or left without."""
    took, stays = ways(part, facts), part.stays
    chosen = requests(part, facts, question, queue=False) & took.counts
    over = (stays["touched"] != NEVER) | (stays["left"] != NEVER)
    over &= stays["exit"] != facts.code("exit", "withdrawn")
    over &= _places(facts, question)[stays["place"]]
    rows = np.flatnonzero(over & part.of_stays(chosen))
    if clock is Clock.ELAPSED:
        seconds = to_first_touch(part)[rows]
    else:
        seconds = worked_to_first_touch(part, facts, hours_of(question.desk))[rows]
    return Taken(seconds, _of_stays(facts, part, rows, question.by))


def in_queues(facts: Facts, part: Part, question: Question, clock: Clock) -> Taken:
    """Of each stay that work ended in the period."""
    took, stays = ways(part, facts), part.stays
    chosen = of_desk(part, facts, question) & took.counts
    ended = within(stays["left"], question.period) & _places(facts, question)[stays["place"]]
    ended &= np.isin(stays["exit"], [facts.code("exit", each) for each in _work_exits()])
    rows = np.flatnonzero(ended & part.of_stays(chosen))
    seconds = part.elapsed[rows] if clock is Clock.ELAPSED else stays["business"][rows]
    codes = _of_stays(facts, part, rows, question.by)
    return Taken(seconds, {**codes, "month": stays["left"][rows]})


def at_tier(facts: Facts, part: Part, question: Question, clock: Clock) -> Taken:
    """Of each request, at the highest tier it reached."""
    return _lived(facts, part, question, clock, at_highest=True)


def to_resolution(facts: Facts, part: Part, question: Question, clock: Clock) -> Taken:
    """Of each request, its whole life less the time it stood resolved."""
    return _lived(facts, part, question, clock, at_highest=False)


def first_responses(facts: Facts, part: Part, question: Question, clock: Clock) -> Taken:
    """Of each request that a person has answered."""
    took = ways(part, facts)
    chosen = requests(part, facts, question) & took.counts
    rows = np.flatnonzero(chosen & (part.cases["answered"] != NEVER))
    entry = cases.desk(question.desk).entry_queue
    elapsed, worked = to_response(part, hours_of(question.desk), entry)
    seconds = (elapsed if clock is Clock.ELAPSED else worked)[rows]
    return Taken(seconds, _of_cases(part, rows, took, question.by))


def _lived(facts: Facts, part: Part, question: Question, clock: Clock, *, at_highest: bool) -> Taken:
    took, life = ways(part, facts), lives(part, facts, at_highest=at_highest)
    chosen = requests(part, facts, question) & took.counts
    if question.chosen("tier"):
        chosen &= np.isin(took.highest, _tiers(question))
    still = np.flatnonzero(chosen & ~took.resolved)
    rows = np.flatnonzero(chosen & took.resolved)
    seconds = (life.elapsed if clock is Clock.ELAPSED else life.worked)[rows]
    running = (life.elapsed if clock is Clock.ELAPSED else life.working)[still].astype(np.int64)
    inside = life.open[still]
    standing = np.flatnonzero(inside >= 0)
    running[standing] += _ages(facts, part, question, clock, inside[standing])
    every = np.concatenate([rows, still])
    codes = _of_cases(part, every, took, question.by)
    return Taken(np.concatenate([seconds, small(running)]) if len(still) else seconds, codes, len(still))


def _ages(facts: Facts, part: Part, question: Question, clock: Clock, stays: Codes) -> Numbers:
    """How long stays have run at `as_of`."""
    entered = part.stays["entered"][stays].astype(np.int64)
    now = np.full(len(stays), second(question.as_of), dtype=np.int64)
    if clock is Clock.ELAPSED:
        elapsed: Numbers = np.maximum(now - entered, 0)
        return elapsed
    hours, places = hours_of(question.desk), part.stays["place"][stays].astype(np.int64)
    known = sorted(set(places.tolist()))
    calendars = [hours.calendar_of(facts.places[place].queue, "") for place in known]
    pauses = pauses_of(part, stays, part.waits["stay"])
    return working(entered, now, np.searchsorted(known, places), calendars, pauses)


def _places(facts: Facts, question: Question) -> Flags:
    """Whether each place is of the desk and of the tiers and queues asked for, by code."""
    wanted, queues = set(_tiers(question)), set(question.chosen("queue"))
    return np.array(
        [
            place.desk == question.desk and place.tier in wanted and (not queues or place.queue in queues)
            for place in facts.places
        ],
        dtype=np.bool_,
    )


def _tiers(question: Question) -> tuple[int, ...]:
    return tiers(question, tiers_of(question.desk, cases.desk(question.desk).top_tier))


def _of_cases(part: Part, rows: Numbers, took: Ways, by: Iterable[str]) -> dict[str, Codes]:
    """The codes of the dimensions of cases."""
    of = OF_CASES | STANDS
    found: dict[str, Codes] = {name: part.cases[of[name]][rows] for name in by if name in of}
    if "tier" in by:
        found["tier"] = took.highest[rows]
    return found


def _of_stays(facts: Facts, part: Part, rows: Numbers, by: Iterable[str]) -> dict[str, Codes]:
    """The codes of the dimensions of stays: their own place, and what is their case's."""
    found: dict[str, Codes] = {}
    if {"queue", "tier"} & set(by):
        place = part.stays["place"][rows]
        found |= {"queue": facts.queues[place], "tier": tiers_of_places(facts).astype(np.uint8)[place]}
    owner = part.of_stays(np.arange(rows_of(part.cases)))[rows] if set(by) & set(OF_CASES) else rows
    return found | {name: part.cases[OF_CASES[name]][owner] for name in by if name in OF_CASES}


def _work_exits() -> list[str]:
    return [each.strip("' ") for each in WORK_EXITS.strip("()").split(",")]
