"""The times that each metric is about, out of a part of the facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.asking import tiers
from opsdesk.insight.clocks import Clock
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.columns.choosing import Given, any_of, given, of_desk, requests, second, within
from opsdesk.insight.columns.hours import working
from opsdesk.insight.columns.paths import (
    Codes,
    Flags,
    Numbers,
    Some,
    Ways,
    numbers_of,
    owner,
    some_stays,
    tiers_of_places,
    ways,
)
from opsdesk.insight.columns.spans import (
    Lives,
    elapsed,
    lives,
    pauses_of,
    small,
    to_first_touch,
    to_response,
    worked_to_first_touch,
)
from opsdesk.insight.columns.times import Taken
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.hours import hours_of
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.registry import Question
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period

# By `id` no number is asked: the list behind one asks whose each time is.
OF_CASES = {"account": "account", "family": "family", "type": "type", "month": "opened", "id": "id"}
STANDS = {"queue": "queue"}
OF_PLACES: Mapping[str, Callable[[Facts], Codes]] = {
    "queue": lambda facts: facts.queues,
    "tier": lambda facts: tiers_of_places(facts).astype(np.uint8),
}
MOST_TIERS = 17
Clocks = Sequence[Clock]
Offered = Mapping[Clock, Callable[[], Numbers]]


def first_touches(facts: Facts, part: Part, question: Question, clocks: Clocks) -> Taken[Clock]:
    """Of each stay that was touched, or left without."""
    rows = numbers_of(touched(facts, part, question))
    seconds: Offered = {
        Clock.ELAPSED: lambda: to_first_touch(part),
        Clock.WORKING: lambda: worked_to_first_touch(part, facts, hours_of(question.desk)),
    }
    return _of_stays(facts, part, rows, question.by, {clock: seconds[clock]() for clock in clocks})


def touched(facts: Facts, part: Part, question: Question) -> Some:
    """The stays that were touched, or left without."""
    took, stays = ways(part, facts), part.stays
    chosen = requests(part, facts, question, queue=False) & took.counts
    over = stays["touched"] != NEVER
    over |= stays["left"] != NEVER
    over &= stays["exit"] != facts.code("exit", "withdrawn")
    over &= _in_places(facts, question, stays["place"])
    return some_stays(part, chosen, over)


def in_queues(facts: Facts, part: Part, question: Question, clocks: Clocks) -> Taken[Clock]:
    """Of each stay that work ended in the period."""
    stays, rows = part.stays, numbers_of(ended(facts, part, question))
    seconds: Offered = {Clock.ELAPSED: lambda: elapsed(part), Clock.WORKING: lambda: stays["business"]}
    by_clock = {clock: seconds[clock]() for clock in clocks}
    return _of_stays(facts, part, rows, question.by, by_clock, month=stays["left"])


def ended(facts: Facts, part: Part, question: Question) -> Some:
    """The stays that work ended in the period."""
    took, stays = ways(part, facts), part.stays
    chosen = of_desk(part, facts, question) & took.counts
    over = within(stays["left"], question.period) & _in_places(facts, question, stays["place"])
    exits = {facts.code("exit", each) for each in _work_exits()}
    over &= any_of(stays["exit"], exits, len(facts.books["exit"]))
    return some_stays(part, chosen, over)


def at_tier(facts: Facts, part: Part, question: Question, clocks: Clocks) -> Taken[Clock]:
    """Of each request, at the highest tier it reached."""
    return lived(facts, part, question, clocks, Life.AT_TIER)


def to_resolution(facts: Facts, part: Part, question: Question, clocks: Clocks) -> Taken[Clock]:
    """Of each request, its whole life less the time it stood resolved."""
    return lived(facts, part, question, clocks, Life.WHOLE)


def first_responses(facts: Facts, part: Part, question: Question, clocks: Clocks) -> Taken[Clock]:
    """Of each request that a person has answered."""
    took, rows = ways(part, facts), np.flatnonzero(answered(facts, part, question))
    entry = cases.desk(question.desk).entry_queue
    seconds = dict(zip(Clock, to_response(part, hours_of(question.desk), entry), strict=True))
    by_clock = {clock: seconds[clock].take(rows) for clock in clocks}
    return Taken(by_clock, _of_cases(part, rows, took, question.by))


def answered(facts: Facts, part: Part, question: Question) -> Flags:
    """The requests that a person has answered."""
    found = requests(part, facts, question) & ways(part, facts).counts
    found &= part.cases["answered"] != NEVER
    return found


class Life(Enum):
    """Which of its stays a request's time is summed over: all, or those at the highest tier it reached."""

    WHOLE = auto()
    AT_TIER = auto()


def lived(facts: Facts, part: Part, question: Question, clocks: Clocks, life: Life) -> Taken[Clock]:
    """Of each request one of these."""
    over, still = alive(part, facts, question)
    rows, known = np.flatnonzero(over), life_of(part, facts, life)
    seconds: dict[Clock, Numbers] = {}
    for clock in clocks:
        running = so_far(known, clock, still, ages(facts, part, question, clock, known.open[still]))
        seconds[clock] = np.concatenate([by_clock(known, clock).take(rows), running])
    codes = _of_cases(part, np.concatenate([rows, still]), ways(part, facts), question.by)
    return Taken(seconds, codes, running=len(still))


def life_of(part: Part, facts: Facts, life: Life) -> Lives:
    """What requests took by one of these."""
    return lives(part, facts, at_highest=life is Life.AT_TIER)


def alive(part: Part, facts: Facts, question: Question) -> tuple[Flags, Numbers]:
    """The requests that are resolved, and the rows of those that are not."""
    return _alive(part, facts, question.desk, question.period, question.as_of, given(question))


@remembered
def _alive(
    part: Part, facts: Facts, desk: str, period: Period, as_of: datetime, filters: Given
) -> tuple[Flags, Numbers]:
    """One page asks by both clocks."""
    question, took = Question(desk, period, as_of, dict(filters)), ways(part, facts)
    chosen = requests(part, facts, question) & took.counts
    if question.chosen("tier"):
        chosen &= any_of(took.highest, _tiers(question), MOST_TIERS)
    return chosen & took.resolved, np.flatnonzero(chosen & ~took.resolved)


def by_clock(life: Lives, clock: Clock) -> Numbers:
    """What lives took that are over."""
    return life.elapsed if clock is Clock.ELAPSED else life.worked


def so_far(life: Lives, clock: Clock, still: Numbers, ages: Numbers) -> Numbers:
    """What the lives of those cases took that run on; `ages`: how long the stays they are in have run."""
    before = life.elapsed if clock is Clock.ELAPSED else life.working
    # A case is in one stay, which is at its highest tier or not.
    return small(before[still] + np.where(life.open[still] >= 0, ages, 0))


def ages(facts: Facts, part: Part, question: Question, clock: Clock, inside: Codes) -> Numbers:
    """How long the stays that cases are in have run at `as_of`; 0 where a case is in none (-1)."""
    standing = np.flatnonzero(inside >= 0)
    stays, found = inside[standing], np.zeros(len(inside), dtype=np.int64)
    entered = part.stays["entered"][stays].astype(np.int64)
    now = np.full(len(stays), second(question.as_of), dtype=np.int64)
    if clock is Clock.ELAPSED:
        found[standing] = np.maximum(now - entered, 0)
        return found
    hours, places = hours_of(question.desk), part.stays["place"][stays].astype(np.int64)
    known = np.flatnonzero(np.bincount(places))
    of_places = [hours.calendar_of(facts.places[place].queue, "") for place in known]
    calendars = list(dict.fromkeys(of_places))
    by = np.array([calendars.index(each) for each in of_places], dtype=np.int64)
    pauses = pauses_of(part, stays, part.waits["stay"])
    found[standing] = working(entered, now, by[np.searchsorted(known, places)], calendars, pauses)
    return found


def _in_places(facts: Facts, question: Question, places: Codes) -> Flags:
    """Which places are of the desk and of the tiers and queues asked for."""
    tiers, queues = set(_tiers(question)), set(question.chosen("queue"))
    wanted = (
        code
        for code, place in enumerate(facts.places)
        if place.desk == question.desk and place.tier in tiers and (not queues or place.queue in queues)
    )
    return any_of(places, wanted, len(facts.places))


def _tiers(question: Question) -> tuple[int, ...]:
    return tiers(question, tiers_of(question.desk, cases.desk(question.desk).top_tier))


def _of_cases(part: Part, rows: Numbers, took: Ways, by: Iterable[str]) -> dict[str, Codes]:
    """The codes of the dimensions of cases."""
    of = OF_CASES | STANDS
    found: dict[str, Codes] = {name: part.cases[of[name]].take(rows) for name in by if name in of}
    if "tier" in by:
        found["tier"] = took.highest.take(rows)
    return found


def _of_stays(
    facts: Facts,
    part: Part,
    rows: Numbers,
    by: Sequence[str],
    seconds: Mapping[Clock, Numbers],
    month: Codes | None = None,
) -> Taken[Clock]:
    """What stays took, by their place, their case and `month`, where that is of an instant of theirs."""
    by_clock = {clock: each.take(rows) for clock, each in seconds.items()}
    codes: dict[str, Codes] = {}
    if of_place := [name for name in by if name in OF_PLACES]:
        place = part.stays["place"].take(rows)
        codes = {name: OF_PLACES[name](facts).take(place) for name in of_place}
    if month is not None and "month" in by:
        codes["month"] = month.take(rows)
    if of_case := [name for name in by if name in OF_CASES and name not in codes]:
        case = owner(part).take(rows)
        codes |= {name: part.cases[OF_CASES[name]].take(case) for name in of_case}
    return Taken(by_clock, codes)


def _work_exits() -> list[str]:
    return [each.strip("' ") for each in WORK_EXITS.strip("()").split(",")]
