"""The backlog at the end of each day: the requests that had entered a queue by then and not left it.

Read from the stays, so a void or a merge that was taken back later never left.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import accumulate

from opsdesk.cases import queries as cases
from opsdesk.insight.columns.desk_ledger import moved, there_at
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listed import NONE, Listed
from opsdesk.insight.metrics.desk_counting import AS_OF
from opsdesk.insight.metrics.desk_ground import (
    ASKED,
    QUARTER_S,
    Dimension,
    Grain,
    Values,
    of_request,
    quarter,
)
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Tally, Unit
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import midnight
from opsdesk.kernel.refusal import gettext_noop as _

# A cross join, which SQLite walks in the order written: the stays of the period are few, the requests many.
TICK = timedelta(microseconds=1)
STAYED = Grain(
    tables=(
        ASKED,
        """
stayed AS (
    SELECT c.id, c.opened_at, c.account, c.family, c.type, s.queue, s.entered_at, s.left_at
    FROM cases_stay s CROSS JOIN asked c
    WHERE c.id = s.case_id AND s.desk = %(desk)s AND s.exit <> 'withdrawn'
        AND (s.left_at IS NULL OR s.left_at >= %(start)s)
)""",
    ),
    rows="stayed r",
    dimensions=of_request(queue=Dimension("r.queue")),
    once=False,
    scope="",
)
THERE = "r.entered_at < %(till)s AND (r.left_at IS NULL OR r.left_at >= %(till)s)"


def days(question: Question) -> list[date]:
    """The days of the desk's zone in the period that have begun by `as_of`."""
    zone, (start, end) = cases.desk(question.desk).zone, _span(question)
    if end <= start:
        return []
    first, last = start.astimezone(zone).date(), (end - TICK).astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def by_day(question: Question) -> Answers:
    """The backlog at the end of each day, the last one's at `as_of`; without dimensions the last day's."""
    known, (start, end) = days(question), _span(question)
    if not known:
        return {} if question.by else {(): Tally(0)}
    zone = cases.desk(question.desk).zone
    begun = _rows(question, "COUNT(*)", THERE, till=start)[0][0]
    change = dict.fromkeys(known, 0)
    for column, step in (("r.entered_at", 1), ("r.left_at", -1)):
        within = f"{column} >= %(start)s AND {column} < %(till)s GROUP BY 1"
        for at, n in _rows(question, f"{quarter(column)}, COUNT(*)", within, till=end):
            change[datetime.fromtimestamp(int(at) * QUARTER_S, zone).date()] += step * n
    return _stood(question, begun, change)


def from_facts(facts: Facts, question: Question) -> Answers:
    """The same from the facts."""
    known, (start, end) = days(question), _span(question)
    if not known:
        return {} if question.by else {(): Tally(0)}
    begun, change = moved(facts, question, start, end)
    return _stood(question, begun, {day: change[day.isoformat()] for day in known})


def _stood(question: Question, begun: int, change: Mapping[date, int]) -> Answers:
    stood = list(accumulate(change.values(), initial=begun))[1:]
    if not question.by:
        return {(): Tally(stood[-1])}
    return {(day.isoformat(),): Tally(n) for day, n in zip(change, stood, strict=True) if n}


def members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
    """The requests that were open at the end of a day, those opened last first."""
    till = _till(question, key)
    if till is None:
        return ()
    found = _rows(question, "DISTINCT r.opened_at, r.id", f"{THERE} ORDER BY 1 DESC, 2 DESC", till=till)
    return tuple(row[1] for row in found)


def listed(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    """The same requests from the facts."""
    till = _till(question, key)
    return there_at(facts, question, till) if till else NONE


def _till(question: Question, key: Key) -> datetime | None:
    """The end of the day that an answer is of; None of a day that the question has not."""
    known, (_start, end) = days(question), _span(question)
    asked = [each for each in known if each.isoformat() == key[0]] if key else known[-1:]
    if not asked:
        return None
    return min(midnight(asked[0] + timedelta(days=1), cases.desk(question.desk).zone), end)


def _span(question: Question) -> tuple[datetime, datetime]:
    """The half-open part of the period that is over at `as_of`."""
    return question.period.start, min(question.period.end, question.as_of + TICK)


def _rows(question: Question, columns: str, where: str, *, till: datetime) -> list[tuple[int, ...]]:
    source, values = STAYED.source(question)
    narrowed, more = STAYED.narrowed(question)
    query = f"{source} SELECT {columns} FROM {STAYED.rows} WHERE 1 = 1{narrowed} AND {where}"
    given: Values = {**values, **more, "till": till}
    return rows(query, given)


BACKLOG_BY_DAY = Metric(
    key="backlog_by_day",
    name=_("Backlog at the end of the day"),
    question=_("How did the backlog move?"),
    unit=Unit.CASES,
    subject=Subject.CASE,
    dated=AS_OF,
    example=_("30 open on Sunday night, 12 came in on Monday and 9 were resolved: 33."),
    sql=by_day,
    columns=from_facts,
    members=members,
    listed=listed,
    filters=STAYED.filters,
    dimensions=frozenset({"day"}),
)
