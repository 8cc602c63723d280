"""What is stuck, from the facts: what `insight.stuck` says of tables, said of columns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np

from opsdesk.cases.definition import NOWHERE
from opsdesk.insight import then
from opsdesk.insight.columns.choosing import dimension, in_queues, keys, of_desk, second
from opsdesk.insight.columns.grain import Column, moment
from opsdesk.insight.columns.paths import Codes, Flags, Numbers, owner, owners, ways
from opsdesk.insight.columns.spreads import spread_of
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part, rows_of
from opsdesk.insight.registry import Answer, Answers, Key, Question, Tally

US, OTHERS = "us", "others"
# By queue, the instant since which a silence of ours is too long.
Cuts = Mapping[str, datetime]


class Silent(NamedTuple):
    """Stuck requests of a part: the rows of cases, since when each is silent, on whom."""

    case: Codes
    since: Numbers
    on: str


def counted(facts: Facts, question: Question, cuts: Cuts, *, on: str) -> dict[Key, Tally]:
    """How many are stuck on us, or on others, by the question's dimensions."""
    found: defaultdict[Key, int] = defaultdict(int)
    for part in facts.parts:
        silent = stuck(part, facts, question, cuts, on)
        for key, rows in _grouped(part, facts, question, silent):
            found[key] += len(rows)
    if not question.by:
        found[()] += 0
    return {key: Tally(n) for key, n in found.items()}


def lengths(facts: Facts, question: Question, cuts: Cuts) -> Answers:
    """How long what is stuck has been silent, by the question's dimensions."""
    found: defaultdict[Key, list[Numbers]] = defaultdict(list)
    if not question.by:
        found[()] = []
    for part in facts.parts:
        for on in (US, OTHERS):
            silent = stuck(part, facts, question, cuts, on)
            for key, rows in _grouped(part, facts, question, silent):
                found[key].append(second(question.as_of) - silent.since[rows])
    none = np.zeros(0, dtype=np.int64)
    answered: dict[Key, Answer] = {}
    for key, seconds in found.items():
        answered[key] = spread_of(np.concatenate([none, *seconds]), none)
    return answered


def longest(facts: Facts, question: Question, cuts: Cuts, limit: int) -> list[tuple[int, str, str, int]]:
    """The requests silent the longest: the id, on whom, in which queue, since which second."""
    found: list[tuple[int, str, str, int]] = []
    queues = facts.books["queue"]
    for part in facts.parts:
        for on in (US, OTHERS):
            silent = stuck(part, facts, question, cuts, on)
            ids = part.cases["id"][silent.case].astype(np.int64)
            first = np.lexsort((ids, silent.since))[:limit]
            codes = part.cases["queue"][silent.case[first]]
            rows = zip(ids[first].tolist(), codes.tolist(), silent.since[first].tolist(), strict=True)
            found += [(id, on, queues[code], since) for id, code, since in rows]
    return sorted(found, key=lambda each: (each[3], each[0]))[:limit]


def stuck(part: Part, facts: Facts, question: Question, cuts: Cuts, on: str) -> Silent:
    """The requests of a part that are stuck on us, or on others."""
    return _on_us(part, facts, question, cuts) if on == US else _on_others(part, facts, question)


def _grouped(part: Part, facts: Facts, question: Question, silent: Silent) -> Iterator[tuple[Key, Codes]]:
    """The places among the stuck of each key."""
    columns: list[Column] = []
    for name in question.by:
        if name == "on":
            columns.append((np.zeros(len(silent.case), dtype=np.uint8), (silent.on,)))
        else:
            columns.append(dimension(facts, question, name, part.cases[name][silent.case]))
    by = keys(columns, len(silent.case))
    for number in np.unique(by.of):
        yield by.key(int(number)), np.flatnonzero(by.of == number)


def _in_state(part: Part, facts: Facts, question: Question, state: str) -> Codes:
    """The requests in that state that stand in a queue, by their rows."""
    found: Flags = part.cases["state"] == facts.code("state", state)
    found &= part.cases["queue"] != facts.code("queue", NOWHERE)
    found &= part.cases["tiers"] > 0
    found &= of_desk(part, facts, question)
    if question.chosen("queue"):
        found &= in_queues(part, facts, question)
    return np.flatnonzero(found)


def _on_us(part: Part, facts: Facts, question: Question, cuts: Cuts) -> Silent:
    rows = _in_state(part, facts, question, "open")
    stay = ways(part, facts).last[rows]
    rows, stay = (each[part.stays["left"][stay] == NEVER] for each in (rows, stay))
    limit = _limits(facts, cuts, part.cases["queue"][rows])
    since = np.maximum(part.stays["entered"][stay].astype(np.int64), _woken(part, rows))
    # What woke or came in too late needs no look at our acts.
    late = since <= limit
    rows, since, limit = rows[late], since[late], limit[late]
    since = np.maximum(since, _acted(part, rows, question))
    return Silent(rows[since <= limit], since[since <= limit], US)


def _limits(facts: Facts, cuts: Cuts, queues: Codes) -> Numbers:
    """By the second, the latest beginning of a silence that is too long, of requests in those queues."""
    other = next(iter(cuts.values()))
    by_code = [second(cuts.get(queue, other)) for queue in facts.books["queue"]]
    return np.array(by_code, dtype=np.int64)[queues]


def _woken(part: Part, rows: Codes) -> Numbers:
    """When the last wait of each of those cases ended; 0 of none."""
    found = np.zeros(rows_of(part.cases), dtype=np.int64)
    asked = np.zeros(rows_of(part.cases), dtype=np.bool_)
    asked[rows] = True
    of = owner(part)[part.waits["stay"]]
    waits = np.flatnonzero(asked[of] & (part.waits["who"] > 0))
    np.maximum.at(found, of[waits], part.waits["ended"][waits].astype(np.int64))
    return found[rows]


def _acted(part: Part, rows: Codes, question: Question) -> Numbers:
    """When we last acted on each of those cases by `as_of`, or when it was opened.

    Where we have acted since, or it has ended, the journal says when we had before.
    """
    acted = part.cases["last"][rows].astype(np.int64)
    since = np.flatnonzero(acted > moment(question.as_of))
    ids = part.cases["id"][rows[since]]
    known = then.last_acts((int(id) for id in ids), question.as_of) if len(ids) else {}
    acted[since] = [known.get(int(id), NEVER) for id in ids]
    return np.where(acted == NEVER, part.cases["opened"][rows].astype(np.int64), acted)


def _on_others(part: Part, facts: Facts, question: Question) -> Silent:
    rows = _in_state(part, facts, question, "waiting")
    waits = part.waits
    runs = np.flatnonzero((waits["who"] > 0) & (waits["ended"] == NEVER) & (waits["expected"] != NEVER))
    expected = np.full(rows_of(part.cases), np.iinfo(np.int64).max)
    expected[owners(part, waits["stay"][runs])] = waits["expected"][runs]
    since = expected[rows]
    over = since <= moment(question.as_of)
    return Silent(rows[over], since[over], OTHERS)
