"""Stuck cases, as the desk stands now or stood at a past instant.

Stuck on us: open, and no act of ours for 2 business days. Stuck on others: waiting, and past the
time we expected an answer.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from opsdesk.cases import queries as cases_queries
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar
from opsdesk.insight.cohort import UNRESOLVED_NOW, Cohort, FunnelFilters, cohort_of, path, with_cohort
from opsdesk.insight.columns.desk_stuck import OTHERS, US, counted
from opsdesk.insight.columns.whole import facts_of, question_of
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import Period

SILENT_DAYS = 2
LONGEST_CLOSURE = 60
ON_US, ON_OTHERS = "stuck_us", "stuck_others"


@dataclass(frozen=True, slots=True)
class Stuck:
    """How many cases are stuck now, on us and on others, per queue, and both lists' tokens."""

    on_us: int
    on_others: int
    by_queue: tuple[tuple[str, int, int], ...]


def stuck(*, desk: str, filters: FunnelFilters, now: datetime, as_of: datetime | None = None) -> Stuck:
    """Count the stuck cases of a desk now, or at `as_of`. The period of a funnel plays no part.
    Refuses `NoSuchDesk`."""
    cohort = cohort_of(desk, Period(now, now + timedelta(days=1)), filters, as_of)
    now = cohort.as_of or as_of or now
    if (facts := facts_of(cohort, now)) is not None:
        return _from_facts(facts, cohort, now)
    source, on_us, values = sought(cohort, ON_US, now)
    _, on_others, more = sought(cohort, ON_OTHERS, now)
    columns = (f"SUM(CASE WHEN {text} THEN 1 ELSE 0 END)" for text in (on_us, on_others))
    query = BY_QUEUE.format(source=source, columns=", ".join(columns))
    found = [(row[0], int(row[1]), int(row[2])) for row in rows(query, {**values, **more})]
    return Stuck(
        on_us=sum(row[1] for row in found),
        on_others=sum(row[2] for row in found),
        by_queue=tuple(row for row in found if row[1] or row[2]),
    )


def _from_facts(facts: Facts, cohort: Cohort, now: datetime) -> Stuck:
    question = question_of(cohort, now, ("queue",))
    late = cuts(cohort.desk, now)
    on_us, on_others = (
        {queue: answer.n for (queue,), answer in counted(facts, question, late, on=on).items()}
        for on in (US, OTHERS)
    )
    return Stuck(
        on_us=sum(on_us.values()),
        on_others=sum(on_others.values()),
        by_queue=tuple(
            (queue, on_us.get(queue, 0), on_others.get(queue, 0)) for queue in sorted({*on_us, *on_others})
        ),
    )


def sought(cohort: Cohort, measure: str, now: datetime) -> tuple[str, str, dict[str, object]]:
    """The WITH clause, the condition and the values that find stuck cases."""
    source = with_cohort(cohort, path(cohort.tiers), scope=UNRESOLVED_NOW)
    if measure == ON_OTHERS:
        return source, OVERDUE, {**cohort.values, "now": now}
    known = cuts(cohort.desk, now)
    whens = " ".join(f"WHEN p.queue = %(desk_queue_{n})s THEN %(cut_{n})s" for n in range(len(known)))
    values: dict[str, object] = dict(cohort.values)
    for n, (queue, cut) in enumerate(known.items()):
        values |= {f"desk_queue_{n}": queue, f"cut_{n}": cut}
    return source, SILENT.format(cut=f"(CASE {whens} ELSE %(cut_0)s END)"), values


BY_QUEUE = "{source} SELECT p.queue, {columns} FROM path p GROUP BY p.queue ORDER BY p.queue"
# Our silence begins with our last act, but not before the case came to us: opened, entered its
# queue, or woke from waiting.
SILENT = """p.state = 'open' AND EXISTS (
    SELECT 1 FROM cases_case k JOIN cases_stay y ON y.case_id = k.id AND y.left_at IS NULL
    WHERE k.id = p.id AND COALESCE(k.last_touch_at, k.opened_at) <= {cut} AND y.entered_at <= {cut}
        AND NOT EXISTS (SELECT 1 FROM cases_wait w WHERE w.case_id = k.id AND w.ended_at > {cut}))"""
OVERDUE = """p.state = 'waiting' AND EXISTS (
    SELECT 1 FROM cases_case k WHERE k.id = p.id AND k.expected_at <= %(now)s)"""


def cuts(desk: str, now: datetime) -> dict[str, datetime]:
    """Per queue, the end of the second since which 2 business days have passed."""
    definition = cases_queries.desk(desk)
    return {
        queue.key: business_days_before(now, SILENT_DAYS, calendar(queue.calendar)).replace(
            microsecond=999_999
        )
        for queue in definition.queues
    }


def business_days_before(now: datetime, days: int, hours: Calendar) -> datetime:
    """The same wall time so many business days earlier; a closed day counts from the last open one's end.

    A business day is one with open hours. After 60 closed days in a row the search ends there.
    """
    local = now.astimezone(hours.tz)
    day, clock = local.date(), local.time().replace(tzinfo=None)
    if not list(hours.minutes_open(day)):
        day = _open_day_before(day, hours)
        day, clock = day + timedelta(days=1), time()
    for _ in range(days):
        day = _open_day_before(day, hours)
    return datetime.combine(day, clock, hours.tz).astimezone(now.tzinfo)


def _open_day_before(day: date, hours: Calendar) -> date:
    for back in range(1, LONGEST_CLOSURE + 1):
        earlier = day - timedelta(days=back)
        if list(hours.minutes_open(earlier)):
            return earlier
    return day - timedelta(days=LONGEST_CLOSURE)
