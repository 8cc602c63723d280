"""Who held the requests and how long, from the facts."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.columns.choosing import Keys, keys, named, requests
from opsdesk.insight.columns.grain import moment
from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.marks import counted
from opsdesk.insight.columns.paths import Codes, Flags, Numbers, of_cases, owner, ways
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Column, Facts, Part
from opsdesk.insight.registry import Answers, Key, Question, Tally

Sums = NDArray[np.float64]
OF_CASES = {"account": "account", "family": "family", "type": "type", "month": "opened", "queue": "queue"}

# Of so many combinations of the dimensions' values each has a place of its own while they are summed.
MOST_GROUPS = 1 << 20


class Held(NamedTuple):
    """Spans of a part: whose, by the row of the case, by whom, by its place among all who can hold one."""

    case: Numbers
    who: Numbers
    seconds: Numbers


def answers(facts: Facts, question: Question) -> Answers:
    """Seconds by the question's dimensions; what still runs counts up to `as_of`."""
    found: defaultdict[Key, int] = defaultdict(int)
    for part in facts.parts:
        spans = held(facts, part, question)
        by = _keys(facts, part, question, spans)
        numbers, place = by.fewer(MOST_GROUPS)
        # Sums of whole seconds are exact in a float up to 285 million years.
        sums = np.bincount(place, weights=spans.seconds, minlength=len(numbers))
        for number in np.flatnonzero(np.bincount(place, minlength=len(numbers))):
            found[by.key(int(numbers[number]))] += int(sums[number])
    if not question.by:
        found[()] += 0
    return {key: Tally(seconds) for key, seconds in found.items()}


def by_whom(facts: Facts, question: Question) -> Iterator[tuple[str, int, int]]:
    """Who held requests, for how many seconds, and how many requests."""
    others, ours = len(facts.waited_on), len(facts.places)
    seconds, cases = np.zeros(others + ours), np.zeros(others + ours)
    for part in facts.parts:
        waits, counts = part.waits, _counted(facts, part, question)
        waited, asked = _seconds(waits["began"], waits["ended"], question), counts[waits["stay"]]
        who, of = waits["who"] * asked, part.stays["place"][waits["stay"]] * (asked & (waits["who"] > 0))
        stayed = _in_places(facts, part, question, counts)
        seconds[:others] += np.bincount(who, weights=waited, minlength=others)
        seconds[others:] += stayed.seconds - np.bincount(of, weights=waited, minlength=ours)
        cases[:others] += np.bincount(who * _firsts(facts, part)[0], minlength=others)
        cases[others:] += stayed.cases
    # Code 0 is nobody, and no place.
    cases[[0, others]] = 0
    names = np.array(holders(facts))
    for name in sorted(set(names[cases > 0].tolist())):
        own = names == name
        # Sums of whole seconds are exact in a float.
        yield name, int(seconds[own].sum()), int(cases[own].sum())


class _Stayed(NamedTuple):
    """Per place how long stays were there, in seconds, and how many were the first of their case there."""

    seconds: Sums
    cases: Sums


def _in_places(facts: Facts, part: Part, question: Question, counts: Flags) -> _Stayed:
    """The stays that count, by the code of their place; what still runs counts up to `as_of`."""
    stays, ours, are_most = part.stays, len(facts.places), 2 * int(np.count_nonzero(counts)) > len(counts)
    every = _Stays(stays["place"], _firsts(facts, part)[1], part)
    whole = kept(("stayed",), stays["left"], every.whole) if are_most else None
    if whole is None:
        seconds, cases = every.over(np.flatnonzero(counts), ours)
    else:
        left_out = whole.stays.over(np.flatnonzero(~counts), ours)
        seconds, cases = (_padded(all, ours) - few for all, few in zip(whole.stayed, left_out, strict=True))
    runs = np.flatnonzero((stays["left"] == NEVER) & counts)
    ages = np.maximum(stays["entered"][runs], moment(question.as_of)) - stays["entered"][runs]
    return _Stayed(seconds + np.bincount(stays["place"][runs], weights=ages, minlength=ours), cases)


class _Stays(NamedTuple):
    """All stays of a part; their places are held as they are: of a stay that goes out of date it is lost."""

    place: Codes
    first: Flags
    part: Part

    def over(self, rows: Numbers, ours: int) -> _Stayed:
        """Some of them, those that run for no time."""
        left, place = self.part.stays["left"][rows], self.place[rows]
        took = left - self.part.stays["entered"][rows]
        took[left == NEVER] = 0
        cases = np.bincount(place[self.first[rows]], minlength=ours).astype(np.float64)
        seconds = np.bincount(place, weights=took, minlength=ours).astype(np.float64)
        return _Stayed(seconds, cases)

    def whole(self) -> "_Whole":
        """All of them."""
        return _Whole(self, self.over(np.arange(len(self.place)), 0))


class _Whole(NamedTuple):
    stays: _Stays
    stayed: _Stayed


def _padded(sums: Sums, length: int) -> Sums:
    return np.pad(sums, (0, length - len(sums)))


def _firsts(facts: Facts, part: Part) -> tuple[Flags, Flags]:
    """Which of a part's waits and stays that count are the first of their case with the same holder."""
    return kept(("first held",), part.stays["left"], lambda: _first_held(facts, part))


def _first_held(facts: Facts, part: Part) -> tuple[Flags, Flags]:
    there, of = counted(part, facts), owner(part)
    known, waits = there[part.waits["stay"]] & (part.waits["who"] > 0), part.waits
    return (
        _first(of[waits["stay"]], waits["who"], known),
        _first(of, facts.queues[part.stays["place"]], there),
    )


def _first(case: Codes, who: Codes, there: Flags) -> Flags:
    """Which rows that are there are the first of theirs; the rows of a case lie together."""
    found, rows, back = there.copy(), np.flatnonzero(there), 1
    while len(rows := rows[rows >= back]) and len(rows := rows[case[rows - back] == case[rows]]):
        found[rows] &= ~(there[rows - back] & (who[rows - back] == who[rows]))
        back += 1
    return found


def holders(facts: Facts) -> tuple[str, ...]:
    """All who can hold a request: whom is waited on, by code, then our queues, by the code of the place."""
    others = (f"{who.on}:{who.party}" if who.party else who.on for who in facts.waited_on)
    return (*others, *(f"queue:{place.queue}" for place in facts.places))


def held(facts: Facts, part: Part, question: Question) -> Held:
    """The waits and the rest of the stays of the requests asked for. The parts add up to the stays."""
    stays, waits, counts = part.stays, part.waits, _counted(facts, part, question)
    waited = _seconds(waits["began"], waits["ended"], question) * (waits["who"] > 0)
    of_waits = np.flatnonzero(counts[waits["stay"]] & (waits["who"] > 0))
    of_stays = np.flatnonzero(counts)
    stayed = _seconds(stays["entered"], stays["left"], question).astype(np.int64)
    # Of the same type it is six times as quick.
    np.subtract.at(stayed, waits["stay"].astype(np.intp), waited.astype(np.int64))
    of = owner(part)
    case = np.concatenate([of[waits["stay"][of_waits]], of[of_stays]])
    ours = stays["place"][of_stays].astype(np.uint16) + np.uint16(len(facts.waited_on))
    who = np.concatenate([waits["who"][of_waits].astype(np.uint16), ours])
    spans = Held(case, who, np.concatenate([waited[of_waits], stayed[of_stays]]))
    return _of_whom(facts, question, spans)


def _counted(facts: Facts, part: Part, question: Question) -> Flags:
    """Which stays are those of the requests asked for."""
    chosen = requests(part, facts, question) & ways(part, facts).counts
    found = of_cases(part, chosen)
    found &= counted(part, facts)
    return found


def _seconds(began: Column, ended: Column, question: Question) -> Codes:
    found: Codes = ended - began
    runs = np.flatnonzero(ended == NEVER)
    found[runs] = np.maximum(began[runs], moment(question.as_of)) - began[runs]
    return found


def _of_whom(facts: Facts, question: Question, spans: Held) -> Held:
    wanted = set(question.chosen("who"))
    if not wanted:
        return spans
    known = np.array([name in wanted for name in holders(facts)], dtype=np.bool_)[spans.who]
    return Held(*(each[known] for each in spans))


def _keys(facts: Facts, part: Part, question: Question, spans: Held) -> Keys:
    codes: dict[str, Codes] = {
        name: part.cases[OF_CASES[name]][spans.case] for name in question.by if name in OF_CASES
    }
    columns = [
        _whom(facts, spans) if name == "who" else named(facts, question, (name,), codes)[0]
        for name in question.by
    ]
    return keys(columns, len(spans.case))


def _whom(facts: Facts, spans: Held) -> tuple[Codes, tuple[str, ...]]:
    """Those who held them, each name once."""
    names = holders(facts)
    known = sorted(set(names))
    return np.array([known.index(name) for name in names], dtype=np.int64)[spans.who], tuple(known)
