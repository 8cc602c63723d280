"""How long things took, for any question: the plain-SQL form of the times.

Instants are cut to their second before they are compared. A time is by the wall (elapsed) or by the queue's
calendar with the waits out (working).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from opsdesk.cases import queries as cases
from opsdesk.insight.asking import BY_REQUESTS, cohort, grouping, narrowed, statement, tiers
from opsdesk.insight.clocks import Clock
from opsdesk.insight.cohort import Cohort, filtered, with_cohort
from opsdesk.insight.durations import Stay, pauses_of, stays_of
from opsdesk.insight.hours import Pause, hours_of
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.registry import Answers, Key, Question, Side
from opsdesk.insight.responses import ANSWERED, WAITED
from opsdesk.insight.sql import at_second, cut, instant, read, rows
from opsdesk.insight.statistics import spread

NEWEST = "SELECT c.id FROM cases_case c{where} ORDER BY c.opened_at DESC, c.id DESC"
# More ids than a statement can name well are found by going through all.
NAMED = 500


class Measured(NamedTuple):
    """One time of a case in seconds by both clocks, None where it is not known, and its answer's key."""

    key: Key
    case: int
    elapsed: int | None
    working: int | None
    is_running: bool = False

    def by(self, clock: Clock) -> int | None:
        return self.elapsed if clock is Clock.ELAPSED else self.working


Gather = Callable[[Question], Iterable[Measured]]


def answers(question: Question, gather: Gather, clock: Clock) -> Answers:
    """Median and p90 by the question's dimensions; what still runs enters at its age."""
    ended: defaultdict[Key, list[int]] = defaultdict(list)
    running: defaultdict[Key, list[int]] = defaultdict(list)
    missing: defaultdict[Key, int] = defaultdict(int)
    for each in gather(question):
        value = each.by(clock)
        if value is None:
            missing[each.key] += 1
        else:
            (running if each.is_running else ended)[each.key].append(value)
    keys = {*ended, *running, *missing} | (set() if question.by else {()})
    return {key: spread(ended[key], running[key], missing[key]) for key in keys}


def members(question: Question, key: Key, side: Side, gather: Gather, clock: Clock) -> tuple[int, ...]:
    """The case of each time behind one answer, the longest first; of OPEN those that still run, of MISSING
    those without one. A time is of a stay or of a request: a case whose stays count one by one stands there
    once for each of them."""
    taken = [(each.by(clock), each) for each in gather(narrowed(question, key))]
    found = [
        (0 if seconds is None else seconds, each.case)
        for seconds, each in taken
        if (seconds is None) is (side is Side.MISSING) and (side is not Side.OPEN or each.is_running)
    ]
    return tuple(case for _seconds, case in sorted(found, reverse=True))


def newest_first(cases: Iterable[int]) -> tuple[int, ...]:
    """Cases by when they were opened, the last first."""
    wanted = set(cases)
    named = ", ".join(f"{id:d}" for id in wanted) or "0"
    where = f" WHERE c.id IN ({named})" if len(wanted) <= NAMED else ""
    return tuple(id for (id,) in rows(NEWEST.format(where=where), {}) if id in wanted)


def first_responses(question: Question) -> Iterator[Measured]:
    """Of each request that has one, from opened to the first message of a person to the customer, by the
    entry queue's calendar."""
    asked = cohort(question)
    source, hours = with_cohort(asked), hours_of(question.desk)
    entry, key = cases.desk(question.desk).entry_queue, _keys(question, asked)
    pauses: defaultdict[int, list[Pause]] = defaultdict(list)
    for case, began, ended in rows(source + WAITED, asked.values):
        pauses[case].append((at_second(began), cut(instant(ended))))
    query = ANSWERED.format(opened=read("k.opened_at"), answered=read("k.first_response_at"))
    for case, opened, answered in rows(source + query, asked.values):
        spent = hours.between(entry, "", at_second(opened), at_second(answered), pauses.get(case, ()))
        yield Measured(key(case, 0, ""), case, *spent)


def first_touches(question: Question) -> Iterator[Measured]:
    """Of each stay, from entering to its first touch; one that ended untouched has none. Untouched ones that
    still run are no part of it. `queue` is the stay's."""
    asked = cohort(question, leaving=["queue"])
    pauses, hours = pauses_of(asked), hours_of(question.desk)
    wanted, queues = set(tiers(question, asked.tiers)), set(question.chosen("queue"))
    key = _keys(question, asked)
    for stay in stays_of(asked, pauses, hours, question.as_of):
        if stay.tier not in wanted or (queues and stay.queue not in queues):
            continue
        named = key(stay.case, stay.tier, stay.queue)
        if stay.touched_at is not None:
            before = pauses.get(stay.id, ())
            spent = hours.between(stay.queue, stay.version, stay.entered_at, stay.touched_at, before)
            yield Measured(named, stay.case, *spent)
        elif not stay.is_open:
            yield Measured(named, stay.case, None, None)


def at_tier(question: Question) -> Iterator[Measured]:
    """Of each request, the time at the highest tier it reached: there it was resolved, or still is to be."""
    for key, case, life, highest in _lives(question):
        yield _sum(key, case, [stay for stay in life if stay.tier == highest])


def to_resolution(question: Question) -> Iterator[Measured]:
    """Of each request, its whole life less the time it stood resolved: its stays tile it."""
    for key, case, life, _ in _lives(question):
        yield _sum(key, case, life)


def _lives(question: Question) -> Iterator[tuple[Key, int, list[Stay], int]]:
    asked = cohort(question)
    wanted = set(tiers(question, asked.tiers))
    key = _keys(question, asked)
    lives: defaultdict[int, list[Stay]] = defaultdict(list)
    for stay in stays_of(asked, pauses_of(asked), hours_of(question.desk), question.as_of):
        lives[stay.case].append(stay)
    for case, life in lives.items():
        highest = max(stay.tier for stay in life)
        if highest in wanted:
            yield key(case, highest, ""), case, life, highest


def _sum(key: Key, case: int, stays: Sequence[Stay]) -> Measured:
    """A request's stays as one time. Imported ones that ended may have no working time."""
    elapsed = sum(stay.elapsed_s for stay in stays)
    worked = [stay.business_s for stay in stays if stay.business_s is not None]
    if not stays[0].is_resolved:
        return Measured(key, case, elapsed, sum(worked), is_running=True)
    return Measured(key, case, elapsed, sum(worked) if len(worked) == len(stays) else None)


def _keys(question: Question, asked: Cohort) -> Callable[[int, int, str], Key]:
    """The key of a case at a tier, in the question's order; with a queue, that of the stay."""
    of_case = dimensions_of(question, asked)

    def key(case: int, tier: int, queue: str) -> Key:
        given = {**of_case.get(case, {}), "tier": str(tier)}
        if queue:
            given["queue"] = queue
        return tuple(given[name] for name in question.by)

    return key


def dimensions_of(question: Question, asked: Cohort) -> Mapping[int, Mapping[str, str]]:
    """By case, the values of the dimensions that are its own."""
    names = [name for name in question.by if name in BY_REQUESTS]
    if not names:
        return {}
    of = grouping(question, names, of="c", dated="c.opened_at")
    query = f"{with_cohort(asked)} SELECT {', '.join(of.columns)}, c.id FROM cohort c WHERE c.counts = 1"
    found = rows(query, {**asked.values, **of.values})
    return {row[-1]: dict(zip(names, of.key(row), strict=True)) for row in found}


def in_queues(question: Question) -> Iterator[Measured]:
    """Of each stay that work ended in the period, whenever its request was opened. `queue` is the stay's."""
    asked = cohort(question, leaving=["queue"])
    own = {"queue": "s.queue", "tier": "s.tier"}
    of = grouping(question, question.by, of="c", dated="s.left_at", own=own)
    queues = {f"queue_{n}": queue for n, queue in enumerate(question.chosen("queue"))}
    places = ", ".join(f"%({name})s" for name in queues)
    query = ENDED.format(
        columns="".join(f"{column}, " for column in of.columns),
        exits=WORK_EXITS,
        tiers=", ".join(map(str, tiers(question, asked.tiers))) or "0",
        queues=f" AND s.queue IN ({places})" if places else "",
        filters=filtered(asked.filters),
    )
    for row in rows(statement(asked, query), {**asked.values, **of.values, **queues}):
        yield Measured(of.key(row), *row[-3:])


ENDED = """
SELECT {columns}c.id, s.elapsed_s, s.business_s
FROM cases_stay s JOIN cases_case c ON c.id = s.case_id
WHERE s.desk = %(desk)s AND s.left_at >= %(start)s AND s.left_at < %(end)s AND s.exit IN {exits}
    AND c.kind = 'request' AND c.state NOT IN ('void', 'merged') AND s.tier IN ({tiers}){queues}{filters}
"""
