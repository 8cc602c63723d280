"""How the backlog moved, from the facts: what was there at the start, and what came and went each day."""

from collections import Counter
from datetime import datetime, timedelta

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import wall
from opsdesk.insight.columns.grain import moment, whoever
from opsdesk.insight.columns.lists import of_parts
from opsdesk.insight.columns.marks import counted
from opsdesk.insight.columns.paths import Codes, Flags, owner
from opsdesk.insight.facts.schema import FIRST_INSTANT, NEVER
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.listed import Listed
from opsdesk.insight.registry import Question

TICK = timedelta(microseconds=1)


def moved(facts: Facts, question: Question, start: datetime, end: datetime) -> tuple[int, Counter[str]]:
    """How many requests were in a queue at `start`, and by how many they became more on each day up to `end`.

    A request that is there twice counts twice, as in the stays.
    """
    begun, change = 0, Counter[str]()
    # NEVER is before every instant there is.
    first, last = max(moment(start), np.uint32(FIRST_INSTANT)), moment(end - TICK)
    zone = cases.desk(question.desk).zone
    for part in facts.parts:
        entered, left = part.stays["entered"], part.stays["left"]
        there = _stays(part, facts, question)
        begun += int(np.count_nonzero(there & (entered < first) & ((left >= first) | (left == NEVER))))
        for step, at in ((1, entered), (-1, left)):
            for day, n in wall.by_day(at[there & (at >= first) & (at <= last)], zone):
                change[day] += step * n
    return begun, change


def there_at(facts: Facts, question: Question, till: datetime) -> Listed:
    """The requests that had entered a queue before an instant and not left it by then."""
    by = moment(till - TICK)

    def rows(part: Part) -> Codes:
        entered, left = part.stays["entered"], part.stays["left"]
        found = _stays(part, facts, question)
        found &= (entered <= by) & ((left == NEVER) | (left > by))
        return owner(part)[np.flatnonzero(found)]

    return of_parts(facts, rows)


def _stays(part: Part, facts: Facts, question: Question) -> Flags:
    """The stays that count, in the desk's queues that were chosen, of the requests that were chosen."""
    queues = question.chosen("queue")
    known = np.array(
        [place.desk == question.desk and (not queues or place.queue in queues) for place in facts.places],
        dtype=np.bool_,
    )
    found: Flags = known[part.stays["place"]]
    found &= counted(part, facts)
    chosen = whoever(part, facts, question)
    if not chosen.all():
        found &= chosen[owner(part)]
    return found
