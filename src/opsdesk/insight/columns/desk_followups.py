"""Follow-ups, from the facts: how often and from where we wrote again."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from opsdesk.insight.columns.choosing import keys, named, requests
from opsdesk.insight.columns.grain import Rows, asked, booked
from opsdesk.insight.columns.paths import Codes, Flags, Numbers
from opsdesk.insight.facts.values import Facts, Part, rows_of
from opsdesk.insight.registry import Answers, Key, Mean, Question

OF_CASES = {"account": "account", "family": "family", "type": "type", "month": "opened", "queue": "queue"}
MOST_GROUPS = 1 << 20


def per_request(facts: Facts, question: Question) -> Answers:
    """How often we wrote again, per request in, by the question's dimensions."""
    found: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for part in facts.parts:
        chosen = counting(part, facts, question)
        again = part.again["case"]
        for n, rows in enumerate((again[chosen[again]], np.flatnonzero(chosen))):
            for key, number in _counted(part, facts, question, rows):
                found[key][n] += number
    if not question.by:
        found.setdefault((), [0, 0])
    return {key: Mean(float(total), n) for key, (total, n) in found.items()}


def in_all(facts: Facts, question: Question) -> tuple[int, int, int]:
    """How often we wrote again, on how many requests, of how many."""
    times = cases = requests_in = 0
    for part in facts.parts:
        chosen = counting(part, facts, question)
        again = part.again["case"]
        of = again[chosen[again]]
        times, cases = times + len(of), cases + len(np.unique(of))
        requests_in += int(np.count_nonzero(chosen))
    return times, cases, requests_in


def counting(part: Part, facts: Facts, question: Question) -> Flags:
    """The requests of the question that are neither void nor merged."""
    state, found = part.cases["state"], requests(part, facts, question)
    found &= state != facts.code("state", "void")
    found &= state != facts.code("state", "merged")
    return found


def _counted(part: Part, facts: Facts, question: Question, rows: Codes) -> Iterator[tuple[Key, int]]:
    """How many of those rows of cases have each key."""
    codes = {name: part.cases[OF_CASES[name]][rows] for name in question.by}
    by = keys(named(facts, question, question.by, codes), len(rows))
    groups, of = by.fewer(MOST_GROUPS)
    counts = np.bincount(of, minlength=len(groups))
    for group in np.flatnonzero(counts):
        yield by.key(int(groups[group])), int(counts[group])


def _times(part: Part) -> Numbers:
    """How often we wrote again on each case."""
    return np.bincount(part.again["case"].astype(np.intp), minlength=rows_of(part.cases))


def by_times(facts: Facts, part: Part, question: Question, *, names: tuple[str, ...]) -> Rows:
    """Requests by how often we wrote again on them; the last name means so often or more."""
    rows = np.flatnonzero(asked(part, facts, question))
    times = np.minimum(_times(part)[rows], len(names) - 1)
    return Rows(
        rows,
        {
            "queue": lambda: booked(facts, "queue", part.cases["queue"][rows]),
            "times": lambda: (times, names),
        },
    )


def places(facts: Facts, part: Part, question: Question) -> Rows:
    """Follow-ups by the queue that each was sent from."""
    again = part.again
    found = asked(part, facts, question)[again["case"]]
    case, queue = again["case"][found], again["queue"][found]
    return Rows(case, {"queue": lambda: booked(facts, "queue", queue)}, once=False)
