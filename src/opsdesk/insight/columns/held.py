"""Who held the requests and how long, from the facts."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from opsdesk.insight.columns.choosing import Keys, keys, named, requests
from opsdesk.insight.columns.grain import moment
from opsdesk.insight.columns.paths import Codes, Numbers, owner, ways
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Column, Facts, Part, rows_of
from opsdesk.insight.registry import Answers, Key, Question, Tally

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
    names = tuple(sorted(set(holders(facts))))
    totals = np.zeros((2, len(names)), dtype=np.int64)
    for part in facts.parts:
        spans = held(facts, part, question)
        who, _names = _whom(facts, spans)
        totals[0] += np.bincount(who, weights=spans.seconds, minlength=len(names)).astype(np.int64)
        for n in np.flatnonzero(np.bincount(who)):
            cases = np.zeros(rows_of(part.cases), dtype=np.bool_)
            cases[spans.case[who == n]] = True
            totals[1][n] += np.count_nonzero(cases)
    for n in np.flatnonzero(totals[1]):
        yield names[n], int(totals[0][n]), int(totals[1][n])


def holders(facts: Facts) -> tuple[str, ...]:
    """All who can hold a request: whom is waited on, by code, then our queues, by the code of the place."""
    others = (f"{who.on}:{who.party}" if who.party else who.on for who in facts.waited_on)
    return (*others, *(f"queue:{place.queue}" for place in facts.places))


def held(facts: Facts, part: Part, question: Question) -> Held:
    """The waits and the rest of the stays of the requests asked for. The parts add up to the stays."""
    took, stays, waits = ways(part, facts), part.stays, part.waits
    chosen = requests(part, facts, question) & took.counts
    counts = (stays["exit"] != facts.code("exit", "withdrawn")) & (stays["place"] > 0)
    counts &= chosen[owner(part)]
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
