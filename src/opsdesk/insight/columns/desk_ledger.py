"""How the backlog moved, from the facts: what was there at the start, and what came and went each day."""

from collections import Counter
from datetime import datetime, timedelta

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import wall
from opsdesk.insight.columns.grain import moment, whoever
from opsdesk.insight.columns.marks import counted
from opsdesk.insight.columns.paths import Flags, owner
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.registry import Question

TICK = timedelta(microseconds=1)


def moved(facts: Facts, question: Question, start: datetime, end: datetime) -> tuple[int, Counter[str]]:
    """How many requests were in a queue at `start`, and by how many they became more on each day up to `end`.

    A request that is there twice counts twice, as in the stays.
    """
    begun, change = 0, Counter[str]()
    first, last = moment(start), moment(end - TICK)
    zone = cases.desk(question.desk).zone
    for part in facts.parts:
        entered, left = part.stays["entered"], part.stays["left"]
        there = _stays(part, facts, question)
        over, early = left != NEVER, entered < first
        begun += int(np.count_nonzero(there & early & (~over | (left >= first))))
        for step, found, at in ((1, ~early, entered), (-1, over & (left >= first), left)):
            for day, n in wall.by_day(at[found & there & (at <= last)], zone):
                change[day] += step * n
    return begun, change


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
