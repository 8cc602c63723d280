"""What came in: arrivals by outcome, and messages, threads and requests apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsdesk.cases import queries as cases_queries
from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.insight.columns.mail import ended
from opsdesk.insight.facts.serving import ready
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.sql import rows
from opsdesk.kernel.period import Period
from opsdesk.mail.models import Outcome

LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Arrivals of one outcome, and of one reason where the outcome has reasons."""

    outcome: str
    reason: str
    arrivals: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of a period's arrivals: how many, by outcome, and those still in hand."""

    arrivals: int
    outcomes: tuple[OutcomeRow, ...]
    in_hand: int
    in_hand_late: int


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """A period's intake as it stands at `as_of`.

    `messages` are those of people that became requests or joined one, each once; `threads` are the
    threads they belong to. `requests` are the requests opened, by mail or by hand.
    """

    desk: str
    period: Period
    as_of: datetime
    arrivals: int
    outcomes: tuple[OutcomeRow, ...]
    in_hand: int
    in_hand_late: int
    messages: int
    threads: int
    requests: int
    void: int
    merged: int


ARRIVED = """
    FROM mail_arrival v JOIN mail_source o ON o.id = v.source_id
    WHERE o.desk = %(desk)s AND COALESCE(v.received_at, v.recorded_at) >= %(start)s
        AND COALESCE(v.received_at, v.recorded_at) < %(end)s
"""
BY_OUTCOME = f"""
SELECT v.outcome, v.reason, COUNT(*), SUM(CASE WHEN v.recorded_at < %(late)s THEN 1 ELSE 0 END)
{ARRIVED}
GROUP BY v.outcome, v.reason
"""
IN_HAND = f"""
SELECT COUNT(*), COALESCE(SUM(CASE WHEN v.recorded_at < %(late)s THEN 1 ELSE 0 END), 0)
{ARRIVED} AND v.outcome = ''
"""
OF_PEOPLE = f"""
SELECT COUNT(DISTINCT m.id), COUNT(DISTINCT m.thread_id) FROM mail_message m
WHERE m.id IN (SELECT v.message_id {ARRIVED} AND v.outcome IN ('requests', 'joined'))
"""
OPENED = """
SELECT COALESCE(SUM(CASE WHEN c.state NOT IN ('void', 'merged') THEN 1 ELSE 0 END), 0),
    COALESCE(SUM(CASE WHEN c.state = 'void' AND c.void_reason <> %(undone)s THEN 1 ELSE 0 END), 0),
    COALESCE(SUM(CASE WHEN c.state = 'merged' THEN 1 ELSE 0 END), 0)
FROM cases_case c
WHERE c.desk = %(desk)s AND c.kind = 'request' AND c.opened_at >= %(start)s AND c.opened_at < %(end)s
"""


def ledger(*, desk: str, period: Period, now: datetime) -> Ledger:
    """What became of what arrived, by when the mail reached the server. Refuses `NoSuchDesk`."""
    cases_queries.desk(desk)
    values = {"desk": desk, "start": period.start, "end": period.end, "late": now - LATE_AFTER}
    if (facts := ready(now)) is not None:
        return _from_facts(facts, desk, period, values)
    found = rows(BY_OUTCOME, values)
    return Ledger(
        arrivals=sum(row[2] for row in found),
        outcomes=_outcomes([(outcome, reason, n) for outcome, reason, n, _ in found if outcome]),
        in_hand=sum(n for outcome, _, n, _ in found if not outcome),
        in_hand_late=sum(int(late) for outcome, _, _, late in found if not outcome),
    )


def _from_facts(facts: Facts, desk: str, period: Period, values: Mapping[str, object]) -> Ledger:
    """The same from the facts; those in hand are few, and found by an index."""
    found = [(outcome, reason, n) for (outcome, reason), n in ended(facts, desk, period).items()]
    in_hand, late = rows(IN_HAND, values)[0]
    return Ledger(
        arrivals=sum(n for _, _, n in found) + in_hand,
        outcomes=_outcomes(found),
        in_hand=in_hand,
        in_hand_late=int(late),
    )


def report(*, desk: str, period: Period, now: datetime) -> IntakeReport:
    """Count a period's intake: arrivals by when the mail reached the server. Refuses `NoSuchDesk`."""
    arrived = ledger(desk=desk, period=period, now=now)
    values = {"desk": desk, "start": period.start, "end": period.end, "undone": SPLIT_UNDONE}
    messages, threads = rows(OF_PEOPLE, values)[0]
    requests, void, merged = rows(OPENED, values)[0]
    return IntakeReport(
        desk=desk,
        period=period,
        as_of=now,
        arrivals=arrived.arrivals,
        outcomes=arrived.outcomes,
        in_hand=arrived.in_hand,
        in_hand_late=arrived.in_hand_late,
        messages=messages,
        threads=threads,
        requests=int(requests),
        void=int(void),
        merged=int(merged),
    )


def _outcomes(found: list[tuple[str, str, int]]) -> tuple[OutcomeRow, ...]:
    """Every outcome in the ledger's order, also with none; its reasons, the most frequent first."""
    result: list[OutcomeRow] = []
    for outcome in Outcome.values:
        of_it = sorted(((reason, n) for name, reason, n in found if name == outcome), key=lambda row: -row[1])
        result += [OutcomeRow(outcome, reason, n) for reason, n in of_it] or [OutcomeRow(outcome, "", 0)]
    return tuple(result)
