"""Messages and threads of people that reached the desk, to stand beside the requests made of them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import mail as columns
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listed import NONE, Listed
from opsdesk.insight.metrics.desk_backlog import day_of
from opsdesk.insight.metrics.desk_ground import QUARTER_S, quarter
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Tally, Unit
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import Period, days, month
from opsdesk.kernel.refusal import Invalid
from opsdesk.kernel.refusal import gettext_noop as _

WHEN = "{at} >= %(start)s AND {at} < %(end)s AND {at} <= %(as_of)s"
# Each half has an index; of the first instant of the two there is none.
RECEIVED = (
    f"(({WHEN.format(at='v.received_at')}) OR (v.received_at IS NULL AND {WHEN.format(at='v.recorded_at')}))"
)
# A message with two arrivals counts once, by the first that became requests or joined one. Nearly all did, so
# their outcome is kept from the planner, which would look by it rather than by the instants.
COUNTED = f"""(
    SELECT v.message_id, MIN(COALESCE(v.received_at, v.recorded_at)) AS at
    FROM mail_arrival v JOIN mail_source o ON o.id = v.source_id
    WHERE o.desk = %(desk)s AND COALESCE(v.outcome, '') IN ('requests', 'joined')
        AND {RECEIVED}
    GROUP BY v.message_id
) a JOIN mail_message m ON m.id = a.message_id"""
FOUND = f"SELECT {{what}}, {{quarter}} FROM {COUNTED} GROUP BY 1, 2"
BEHIND = f"""
SELECT {{what}} FROM {COUNTED}
WHERE a.at >= %(first)s AND a.at < %(until)s
GROUP BY 1 ORDER BY MAX(a.at) DESC, 1 DESC
"""


def month_of(second: int, zone: ZoneInfo) -> str:
    """The month in a zone, as 2026-10."""
    return f"{datetime.fromtimestamp(second, zone):%Y-%m}"


READ: dict[str, Callable[[int, ZoneInfo], str]] = {"day": day_of, "month": month_of}


def counting(what: str) -> Callable[[Question], Answers]:
    """Count each message, or each thread, once in every day or month in which it has one."""

    def sql(question: Question) -> Answers:
        zone, values = cases.desk(question.desk).zone, _values(question)
        found: defaultdict[Key, set[int]] = defaultdict(set)
        if not question.by:
            found[()] = set()
        for subject, at in rows(FOUND.format(what=what, quarter=quarter("a.at")), values):
            found[tuple(READ[name](int(at) * QUARTER_S, zone) for name in question.by)].add(subject)
        return {key: Tally(len(subjects)) for key, subjects in found.items()}

    return sql


def _span(question: Question, key: Key) -> Period | None:
    """The part of the period that an answer is of; None of a key that no answer has."""
    zone = cases.desk(question.desk).zone
    try:
        parts = [SPANS[name](value, zone) for name, value in zip(question.by, key, strict=True)]
    except (ValueError, Invalid):
        return None
    spans = [question.period, *parts]
    first, until = max(each.start for each in spans), min(each.end for each in spans)
    return Period(first, until) if first < until else None


def behind(what: str) -> Callable[[Question, Key, Side], tuple[int, ...]]:
    """The messages, or the threads, behind one answer: what came last first."""

    def members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
        span = _span(question, key)
        if span is None:
            return ()
        values = {**_values(question), "first": span.start, "until": span.end}
        return tuple(id for (id,) in rows(BEHIND.format(what=what), values))

    return members


def listing(
    found: Callable[[Facts, Question, Period], Listed],
) -> Callable[[Any, Question, Key, Side], Listed]:
    """The same from the facts."""

    def listed(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
        span = _span(question, key)
        return found(facts, question, span) if span else NONE

    return listed


def _values(question: Question) -> dict[str, object]:
    period = question.period
    return {"desk": question.desk, "start": period.start, "end": period.end, "as_of": question.as_of}


def _day(text: str, zone: ZoneInfo) -> Period:
    return days(date.fromisoformat(text), date.fromisoformat(text), zone)


SPANS: dict[str, Callable[[str, ZoneInfo], Period]] = {"day": _day, "month": month}


METRICS: tuple[Metric, ...] = (
    Metric(
        key="messages_in",
        name=_("Messages"),
        question=_("How many messages of people reached the desk?"),
        unit=Unit.MESSAGES,
        subject=Subject.MESSAGE,
        dated=_("when the mail reached the server"),
        example=_("One e-mail with three requests and its answer: 2 messages, 1 thread, 3 requests."),
        sql=counting("m.id"),
        columns=columns.messages,
        of_now=True,
        members=behind("m.id"),
        listed=listing(columns.messages_in),
        dimensions=frozenset(READ),
    ),
    Metric(
        key="threads_in",
        name=_("Threads"),
        question=_("In how many threads?"),
        unit=Unit.THREADS,
        subject=Subject.THREAD,
        dated=_("when the mail reached the server"),
        example=_(
            "A thread with messages in two months counts once in each of them, and once in both together."
        ),
        sql=counting("m.thread_id"),
        columns=columns.threads,
        of_now=True,
        members=behind("m.thread_id"),
        listed=listing(columns.threads_in),
        dimensions=frozenset(READ),
    ),
)
