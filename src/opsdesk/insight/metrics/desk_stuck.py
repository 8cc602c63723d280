"""How long stuck requests have been silent: on us since our last act, on others since the time expected."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from opsdesk.insight.asking import OF_REQUESTS, cohort
from opsdesk.insight.columns import desk_stuck
from opsdesk.insight.columns.desk_stuck import OTHERS, US
from opsdesk.insight.columns.lists import of_silences
from opsdesk.insight.columns.then import known_at
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listed import Listed
from opsdesk.insight.metrics.desk_counting import AS_OF
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Unit, whole_second
from opsdesk.insight.sql import at, instant, rows
from opsdesk.insight.statistics import spread
from opsdesk.insight.stuck import ON_OTHERS, ON_US, cuts, sought
from opsdesk.kernel.refusal import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Silence:
    """A stuck request: `on` us or others, in which queue, silent since when."""

    case_id: int
    on: str
    queue: str
    since: datetime


LAST_ACT = """
{source} SELECT p.id, p.queue, COALESCE(k.last_touch_at, k.opened_at), y.entered_at,
    (SELECT MAX(w.ended_at) FROM cases_wait w WHERE w.case_id = p.id)
FROM path p JOIN cases_case k ON k.id = p.id JOIN cases_stay y ON y.case_id = p.id AND y.left_at IS NULL
WHERE {condition}
"""
EXPECTED = """
{source} SELECT p.id, p.queue, k.expected_at, NULL, NULL
FROM path p JOIN cases_case k ON k.id = p.id WHERE {condition}
"""


def silences(question: Question) -> list[Silence]:
    """Every request stuck at `as_of`, the longest silent first."""
    found = []
    for measure, on, query in ((ON_US, US, LAST_ACT), (ON_OTHERS, OTHERS, EXPECTED)):
        source, condition, values = sought(cohort(question), measure, question.as_of)
        for case, queue, *since in rows(query.format(source=source, condition=condition), values):
            last = max(at(each) for each in since if instant(each) is not None)
            found.append(Silence(case, on, queue, last))
    return sorted(found, key=lambda each: (each.since, each.case_id))


def longest(question: Question, limit: int) -> list[Silence]:
    """The first of them; from the facts once they stand, then with `since` cut to its second."""
    question = whole_second(question)
    facts = known_at(question.as_of)
    if facts is None:
        return silences(question)[:limit]
    found = desk_stuck.longest(facts, question, cuts(question.desk, question.as_of), limit)
    return [Silence(id, on, queue, datetime.fromtimestamp(since, UTC)) for id, on, queue, since in found]


def lengths(question: Question) -> Answers:
    """Median and 90th percentile of the seconds by the wall."""
    found: defaultdict[Key, list[float]] = defaultdict(list)
    if not question.by:
        found[()] = []
    for each in silences(question):
        key = tuple(getattr(each, name) for name in question.by)
        found[key].append(int((question.as_of - each.since).total_seconds()))
    return {key: spread(seconds) for key, seconds in found.items()}


def from_facts(facts: Facts, question: Question) -> Answers:
    """The same from the facts."""
    return desk_stuck.lengths(facts, question, cuts(question.desk, question.as_of))


def listed(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    """The same requests from the facts."""
    return of_silences(facts, question, key, side, cuts=cuts(question.desk, question.as_of))


def members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
    """The requests behind one answer, the longest silent first; each has a time."""
    if side is Side.MISSING:
        return ()
    known = dict(zip(question.by, key, strict=True))
    return tuple(
        each.case_id
        for each in silences(question)
        if all(getattr(each, name) == value for name, value in known.items())
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        key="stuck_for",
        name=_("Stuck for"),
        question=_("How long have stuck requests been silent?"),
        unit=Unit.SECONDS,
        subject=Subject.CASE,
        dated=AS_OF,
        example=_("Our last act was on Tuesday at 10:00, now it is Friday at 10:00: 3 days."),
        sql=lengths,
        columns=from_facts,
        members=members,
        listed=listed,
        filters=OF_REQUESTS,
        dimensions=frozenset({"queue", "on"}),
    ),
)
