"""What the other stays of a case say of a stay, worked out once for all questions about a part.

A stay that is not there (place 0) is none. Withdrawn stays are in no number, but they have been.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.paths import Codes, Flags, owner, owners, tiers_of_places
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part, rows_of

HANDED = ("escalated", "returned", "rerouted")
WORK = ("resolved", *HANDED)


@dataclass(frozen=True)
class Steps:
    """The stays into which a request was handed: their rows in order, and the rows of their cases.

    `before`: the row of the stay before it, -1 without one. `again`: into a queue it had been in. `first`: no
    other came before.
    """

    rows: Codes
    case: Codes
    before: Codes
    again: Flags
    first: Flags


def steps(part: Part, facts: Facts) -> Steps:
    """The hand-offs of a part that count."""
    return kept(("steps",), part.stays["left"], partial(_steps, part, facts))


def _steps(part: Part, facts: Facts) -> Steps:
    stays = part.stays
    there = stays["place"] > 0
    handed = there & entering(facts, *HANDED)[stays["arrival"]]
    of = np.flatnonzero(handed)
    case = owners(part, of)
    first = np.ones(len(of), dtype=np.bool_)
    first[1:] = case[1:] != case[:-1]
    before = np.where((of > part.cases["first"][case]) & there[of - 1], of - 1, -1)
    again = _again(part, facts, of, case)
    counts = counted(part, facts)[of]
    rows, cases, prior = (each[counts].astype(np.int32) for each in (of, case, before))
    return Steps(rows, cases, prior, again[counts], first[counts])


def _again(part: Part, facts: Facts, of: Codes, case: Codes) -> Flags:
    """Whether a stay before was in the same queue, of the stays in those rows."""
    queue, first = facts.queues[part.stays["place"]], part.cases["first"][case]
    found = np.zeros(len(of), dtype=np.bool_)
    rows, back = np.arange(len(of)), 1
    while len(rows := rows[of[rows] >= first[rows] + back]):
        found[rows] |= queue[of[rows]] == queue[of[rows] - back]
        back += 1
    return found


def entering(facts: Facts, *entrances: str) -> Flags:
    """Whether each arrival is by one of the entrances, by code."""
    return np.array([arrival.entrance in entrances for arrival in facts.arrivals], dtype=np.bool_)


def counted(part: Part, facts: Facts) -> Flags:
    """Which stays are in numbers: those that are there and not withdrawn."""
    found: Flags = part.stays["place"] > 0
    found &= part.stays["exit"] != facts.code("exit", "withdrawn")
    return found


def entered(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    """The rows of the stays in which requests were opened, and of their cases."""
    return kept(("entered",), part.stays["left"], partial(_entered, part, facts))


def _entered(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    opened = entering(facts, "opened")[part.stays["arrival"]] & (part.stays["place"] > 0)
    rows = np.flatnonzero(opened)
    return rows.astype(np.int32), owners(part, rows).astype(np.int32)


def visited(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    """The rows of the cases that were in queues, and the codes of these: no case has a queue twice."""
    return kept(("visited",), part.stays["left"], partial(_visited, part, facts))


def _visited(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    rows = np.flatnonzero(counted(part, facts))
    return _once(owner(part)[rows], narrow(facts.queues[part.stays["place"][rows]]))


def worked(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    """The rows of the cases that people worked on, and the codes of these: no case has a person twice.

    Who touched a stay first worked on it, and who ended it by an act of work.
    """
    return kept(("worked",), part.stays["left"], partial(_worked, part, facts))


def _worked(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    rows, person = _hands(part, facts)
    return _once(owner(part)[rows], narrow(person))


def _hands(part: Part, facts: Facts) -> tuple[Codes, Codes]:
    """The rows of the stays that people worked on, one for each hand, and the codes of the people."""
    rows = np.flatnonzero(counted(part, facts))
    left, touched = part.stays["left_by"][rows], part.stays["touched_by"][rows]
    ended = exits(facts, *WORK)[part.stays["exit"][rows]]
    people = np.stack([np.where(ended, left, 0), touched], axis=1).ravel()
    known = people > 0
    return np.repeat(rows, 2)[known], people[known]


def worked_at(part: Part, facts: Facts) -> tuple[Codes, Codes, Codes]:
    """The rows of the cases that people worked on at a tier, the tiers, and the codes of the people: no case
    has a person twice at a tier."""
    return kept(("worked at",), part.stays["left"], partial(_worked_at, part, facts))


def _worked_at(part: Part, facts: Facts) -> tuple[Codes, Codes, Codes]:
    rows, person = _hands(part, facts)
    case, tier = owner(part)[rows], tiers_of_places(facts)[part.stays["place"][rows]]
    first = ~repeated(case, person.astype(np.int64) * (int(tier.max(initial=0)) + 1) + tier)
    return case[first], narrow(tier[first]), narrow(person[first])


def _once(case: Codes, code: Codes) -> tuple[Codes, Codes]:
    first = ~repeated(case, code)
    return case[first], code[first]


def narrow(codes: Codes) -> Codes:
    """Codes in a byte each, where they fit."""
    return codes.astype(np.uint8) if codes.max(initial=0) < 2**8 else codes


def repeated(case: Codes, numbers: Codes) -> Flags:
    """Which rows have the case and the number of a row before; the rows of a case lie together."""
    found = np.zeros(len(case), dtype=np.bool_)
    rows, back = np.flatnonzero(case[1:] == case[:-1]) + 1, 1
    while len(rows):
        found[rows] |= numbers[rows] == numbers[rows - back]
        back += 1
        rows = rows[rows >= back]
        rows = rows[case[rows] == case[rows - back]]
    return found


def exits(facts: Facts, *wanted: str) -> Flags:
    """Whether each exit is one of those wanted, by code."""
    return np.array([exit in wanted for exit in facts.books["exit"]], dtype=np.bool_)


def came_back(part: Part, facts: Facts) -> Flags:
    """Per stay whether one that counts came after it."""
    return kept(("came back",), part.stays["left"], partial(_came_back, part, facts))


def _came_back(part: Part, facts: Facts) -> Flags:
    size = rows_of(part.stays)
    rows = np.flatnonzero(counted(part, facts))
    last = np.full(rows_of(part.cases), -1, dtype=np.int32)
    # Rows are in order: of those of a case the last one written stays.
    last[owners(part, rows)] = rows
    found: Flags = np.arange(size, dtype=np.int32) < part.of_stays(last)
    return found


@dataclass(frozen=True)
class Known:
    """Per case: `up`, the arrival by which it was last handed up, 0 without one; whether it was handed into a
    queue it had been in; whether a stay of it was ever resolved."""

    up: Codes
    again: Flags
    resolved: Flags


def known(part: Part, facts: Facts) -> Known:
    """What the stays of cases say of these."""
    return kept(("known",), part.stays["left"], partial(_known, part, facts))


def _known(part: Part, facts: Facts) -> Known:
    handed, size = steps(part, facts), rows_of(part.cases)
    up = np.zeros(size, dtype=part.stays["arrival"].dtype)
    arrival = part.stays["arrival"][handed.rows]
    ups = np.flatnonzero(entering(facts, "escalated")[arrival])
    up[handed.case[ups]] = arrival[ups]
    again, resolved = (np.zeros(size, dtype=np.bool_) for _ in range(2))
    again[handed.case[handed.again]] = True
    ended = counted(part, facts) & (part.stays["exit"] == facts.code("exit", "resolved"))
    resolved[owners(part, np.flatnonzero(ended))] = True
    return Known(up, again, resolved)


def running(part: Part, last: Codes) -> Flags:
    """Which of those rows of stays, -1 for none, are of stays that run."""
    found: Flags = part.stays["left"][last] == NEVER
    found &= last >= 0
    return found
