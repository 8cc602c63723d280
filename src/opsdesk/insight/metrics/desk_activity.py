"""What happened in a period, whenever the requests were opened, and what its numbers don't know.

Digests are made of these. Where a request was handed up is read from the stay that it left: those are found
by when they ended.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from opsdesk.insight.columns import desk_requests, desk_stays
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listed import Listed
from opsdesk.insight.metrics.desk_backlog import ENDED
from opsdesk.insight.metrics.desk_counting import tally
from opsdesk.insight.metrics.desk_ground import ASKED, Dimension, Grain, of_request
from opsdesk.insight.registry import Answers, Key, Metric, Question, QueueOf, Side, Subject, Tally, Unit
from opsdesk.insight.sql import rows
from opsdesk.insight.then import AT_ONCE
from opsdesk.kernel.period import Period
from opsdesk.kernel.refusal import gettext_noop as _
from opsdesk.mailboxes import queries as mailboxes
from opsdesk.mailboxes.alarms import alarms_of
from opsdesk.mailboxes.cards import MailboxRow

LEAKED = "leaked"
COUNTED = " AND c.state NOT IN ('void', 'merged')"
# The tiers there can be, written out: only so is the index of what ended at a tier of use.
EVERY_TIER = "(1, 2, 3, 4, 5, 6, 7, 8, 9)"
MOVED = f"""
moved AS (
    SELECT c.id, c.opened_at, c.account, c.family, c.type, s.exit,
        n.queue, CAST(n.tier AS TEXT) AS tier
    FROM cases_stay s CROSS JOIN asked c
    JOIN cases_stay n ON n.case_id = s.case_id AND n.number = s.number + 1
    WHERE c.id = s.case_id AND s.desk = %(desk)s AND s.tier IN {EVERY_TIER}
        AND s.exit IN ('escalated', 'returned')
        AND s.left_at >= %(start)s AND s.left_at < %(end)s AND s.left_at <= %(as_of)s
)"""
BACK = """
back AS (
    SELECT c.id, c.opened_at, c.account, c.family, c.type, s.queue
    FROM asked c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
    WHERE c.reopened = 1 AND s.entrance = 'reopened'
        AND s.entered_at >= %(start)s AND s.entered_at < %(end)s AND s.entered_at <= %(as_of)s
)"""
BROUGHT = """
brought AS (
    SELECT c.* FROM asked c WHERE c.id IN (SELECT j.subject_id FROM journal_entry j
        WHERE j.subject_kind = 'case' AND j.kind = 'case.imported')
)"""
MOVES = Grain(
    tables=(ASKED, MOVED),
    rows="moved r",
    dimensions=of_request(queue=Dimension("r.queue"), tier=Dimension("r.tier")),
    once=False,
    scope=COUNTED,
    queue=QueueOf.HANDED_TO,
)
REOPENED = Grain(
    tables=(ASKED, BACK),
    rows="back r",
    dimensions=of_request(queue=Dimension("r.queue")),
    once=False,
    scope=COUNTED,
    queue=QueueOf.WAS_IN,
)
IMPORTED = Grain(tables=(ASKED, BROUGHT), rows="brought r", dimensions=of_request(queue=Dimension("r.queue")))

QUARANTINED = """
SELECT COUNT(*) FROM mail_arrival v JOIN mail_source o ON o.id = v.source_id
WHERE v.outcome = 'quarantined' AND o.desk = %(desk)s
"""

# What is known of a request first is its opening. As of the past a part is there from when it was split off,
# any other request from its opening, however late it became known.
LATE = """
WITH young AS (
    SELECT c.id, c.opened_at, c.split_from_id,
        (SELECT MIN(j.recorded_at) FROM journal_entry j
            WHERE j.subject_kind = 'case' AND j.subject_id = c.id) AS known_at
    FROM cases_case c WHERE {which}
)
SELECT y.id FROM young y
WHERE (y.split_from_id IS NULL AND y.known_at > %(after)s AND y.known_at <= %(by)s)
    OR (y.split_from_id IS NOT NULL AND y.known_at >= %(start)s AND y.known_at < %(end)s
        AND y.known_at <= %(as_of)s)
ORDER BY y.opened_at DESC, y.id DESC
"""
BEFORE = """c.desk = %(desk)s AND c.kind = 'request' AND c.state NOT IN ('void', 'merged')
        AND c.opened_at >= %(early)s AND c.opened_at < %(start)s
        AND NOT EXISTS (SELECT 1 FROM journal_entry j
            WHERE j.subject_kind = 'case' AND j.subject_id = c.id AND j.kind = 'case.imported')"""
LATEST_BY = timedelta(days=14)
TICK = timedelta(microseconds=1)


def late(question: Question, key: Key = (), side: Side = Side.COUNTED) -> tuple[int, ...]:
    """The requests of the time before that became known only in the period."""
    return late_known(question, **_in_period(question))


def late_known(question: Question, *, after: datetime, by: datetime) -> tuple[int, ...]:
    """The requests of the time before that became known after one instant and by another; parts are those
    that were split off in the period.
    """
    return _late(question, BEFORE, after, by)


def _in_period(question: Question) -> dict[str, datetime]:
    last = question.period.end - TICK
    return {"after": question.period.start - TICK, "by": min(last, question.as_of)}


def _late(question: Question, which: str, after: datetime, by: datetime) -> tuple[int, ...]:
    period = question.period
    values = {"desk": question.desk, "as_of": question.as_of, "start": period.start, "end": period.end}
    values |= {"early": period.start - LATEST_BY, "after": after, "by": by}
    return tuple(id for (id,) in rows(LATE.format(which=which), values))


def counted_late(question: Question) -> Answers:
    """How many these are."""
    return {(): Tally(len(late(question)))}


def late_from_facts(facts: Facts, question: Question) -> Answers:
    """The same: the facts know which requests it may be, the records since when these are known."""
    return {(): Tally(len(_among(facts, question)))}


def listed_late(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    """These requests."""
    return desk_requests.those(facts, _among(facts, question))


def _among(facts: Facts, question: Question) -> list[int]:
    start, found = question.period.start, list[int]()
    ids = desk_requests.opened_here(facts, question, Period(start - LATEST_BY, start))
    for first in range(0, len(ids), AT_ONCE):
        which = f"c.id IN ({', '.join(f'{id:d}' for id in ids[first : first + AT_ONCE])})"
        found += _late(question, which, **_in_period(question))
    return found


def quarantined(question: Question) -> Answers:
    """The desk's arrivals that are not understood as things stand now."""
    return {(): Tally(rows(QUARANTINED, {"desk": question.desk})[0][0])}


def of_mailboxes(number: Callable[[MailboxRow, Question], int]) -> Callable[[Question], Answers]:
    """A number summed over the desk's mailboxes that are to be read, as they stand now."""

    def sql(question: Question) -> Answers:
        found = [row for row in mailboxes.mailboxes(question.as_of) if row.desk == question.desk]
        read = [row for row in found if not (row.is_off or row.source_closed)]
        return {(): Tally(sum(number(row, question) for row in read))}

    return sql


def leaked(row: MailboxRow, question: Question) -> int:
    """How many mails the server has and we don't."""
    return row.leaked


def silent(row: MailboxRow, question: Question) -> int:
    """1 for a mailbox from which no mail comes in: in trouble, refused, or not looked at."""
    return int(any(each.is_bad and each.code != LEAKED for each in alarms_of(row, question.as_of)))


def standing(
    key: str, name: str, question: str, example: str, unit: Unit, sql: Callable[[Question], Answers]
) -> Metric:
    """What is amiss with the desk's mail as it stands; its page lists it."""
    return Metric(
        key=key,
        name=name,
        question=question,
        unit=unit,
        subject=Subject.NONE,
        dated=_("none: as things stand now"),
        example=example,
        sql=sql,
    )


METRICS: tuple[Metric, ...] = (
    tally(
        "handed_up_in_period",
        name=_("Handed up in the period"),
        question=_("How many requests were handed up to each tier, whenever they came in?"),
        example=_("Came in on Monday, handed up to Tier 2 on Tuesday and again on Friday: 1, under Tier 2."),
        grain=MOVES,
        where="r.exit = 'escalated'",
        columns=partial(desk_stays.moves, exit="escalated"),
        dated=_("when it was handed up"),
    ),
    tally(
        "handed_down_in_period",
        name=_("Handed down in the period"),
        question=_("How many requests were handed down to each tier, whenever they came in?"),
        example=_("Returned from Tier 2 to Tier 1 on Tuesday: 1, under Tier 1."),
        grain=MOVES,
        where="r.exit = 'returned'",
        columns=partial(desk_stays.moves, exit="returned"),
        dated=_("when it was handed down"),
    ),
    tally(
        "reopened_in_period",
        name=_("Reopened in the period"),
        question=_("How many requests came back after they were resolved, whenever they came in?"),
        example=_("Resolved in March, reopened on Tuesday: 1 on Tuesday. A mere thanks counts nowhere."),
        grain=REOPENED,
        columns=desk_stays.reopenings,
        dated=_("when it was reopened"),
    ),
    tally(
        "resolved_without_cause",
        name=_("Resolved without a cause"),
        question=_("Of what was resolved in the period, how much has no cause?"),
        example=_("9 were resolved on Tuesday, one of them brought in from another tool without a cause: 1."),
        grain=ENDED,
        where="EXISTS (SELECT 1 FROM cases_case k WHERE k.id = r.id AND k.cause = '')",
        columns=partial(desk_stays.resolutions, causeless=True),
        dated=_("when it was resolved last in the period"),
    ),
    tally(
        "imported_requests",
        name=_("Brought in from another tool"),
        question=_("How many of the requests of the period come from another tool?"),
        example=_("In September 40 were opened here and 60 in the old tool, of which an export came in: 60."),
        grain=IMPORTED,
        columns=desk_requests.imported,
    ),
    Metric(
        key="known_late",
        name=_("Came to light late"),
        question=_("How many requests of the 14 days before the period became known only in it?"),
        unit=Unit.CASES,
        subject=Subject.CASE,
        dated=_("when the request was recorded"),
        example=_("A mail reached the server on Monday at 17:50, was fetched on Tuesday: 1 on Tuesday."),
        sql=counted_late,
        columns=late_from_facts,
        of_now=True,
        members=late,
        listed=listed_late,
    ),
    standing(
        "mail_leaked",
        _("Leaked mail"),
        _("How many mails does a server have that the desk has not?"),
        _("The comparison of a mailbox with its server found 2 mails that never arrived: 2."),
        Unit.MESSAGES,
        of_mailboxes(leaked),
    ),
    standing(
        "quarantine_open",
        _("Mail in quarantine"),
        _("How much of the desk's mail was not understood and waits to be run again?"),
        _("A mail of garbled bytes came in and stays in quarantine: 1."),
        Unit.MESSAGES,
        quarantined,
    ),
    standing(
        "mailboxes_silent",
        _("Silent mailboxes"),
        _("From how many mailboxes of the desk does no mail come in?"),
        _("Of two mailboxes one refuses the password since Monday: 1."),
        Unit.MAILBOXES,
        of_mailboxes(silent),
    ),
)
