"""The records as they stood at an instant: tables of the same names that hide what came later.

Moves, states and waits are as of then; type, family, cause and account as known now. In a statement that
begins with these table expressions every later mention of a table reads it as it was, so a number has one
definition for now and for then. Left out is what the record no longer tells: what a redaction erased.

A case exists from its opening on, a part from when it was split off. A stay and a wait keep what they had
begun; what ended later has not ended. An end that was taken back later is read from the journal.
"""

from collections.abc import Iterable
from datetime import datetime
from math import floor
from typing import NamedTuple

from django.db import connection

from opsdesk.cases.lifecycle import ROWS, TABLE, Move
from opsdesk.insight.sql import at, instant, rows
from opsdesk.kernel.memory import remembered

LATEST = (
    "SELECT MAX(e.recorded_at) FROM (SELECT recorded_at FROM journal_entry ORDER BY id DESC LIMIT {many:d}) e"
)
AT_ONCE = 5_000
# Clocks of several machines differ: the newest entry need not be the last one.
LAST_ENTRIES = 100
# The columns of a stay that its end writes.
OF_ITS_END = (
    "left_by_id",
    "elapsed_s",
    "business_s",
    "waiting_customer_s",
    "waiting_third_party_s",
)


@remembered
def is_past(as_of: datetime) -> bool:
    """Whether something was recorded after that instant, so that the tables as they stand say more."""
    last = instant(rows(LATEST.format(many=LAST_ENTRIES), {})[0][0])
    return last is not None and last > as_of


def shadows() -> tuple[str, ...]:
    """The table expressions, each with its name; they need the place `%(as_of)s`."""
    texts = (UNDONE, CASES, STAYS, WAITS, MESSAGES)
    return tuple(text.format(**_names(), of_cases="") for text in texts)


def conversations(case_ids: str) -> tuple[str, ...]:
    """The table expressions of the messages, and of the stays of a few cases, whose ids these are in SQL."""
    of_cases = f" AND s.case_id IN ({case_ids})"
    return tuple(text.format(**_names(), of_cases=of_cases) for text in (UNDONE, STAYS, MESSAGES))


class Undone(NamedTuple):
    """An end that was taken back later: `void` or `merged`, since when, in seconds, and why."""

    state: str
    ended: int
    reason: str


def undone(as_of: datetime) -> dict[int, Undone]:
    """The cases whose end held then and was taken back since."""
    query = f"WITH {UNDONE.format(**_names())} SELECT case_id, state, ended_at, reason FROM undone_since"
    return {
        case: Undone(state, floor(at(ended).timestamp()), reason or "")
        for case, state, ended, reason in rows(query, {"as_of": as_of})
    }


def last_acts(case_ids: Iterable[int], as_of: datetime) -> dict[int, int]:
    """When we had last acted on each of these cases by then, in seconds; without those we had not."""
    found: dict[int, int] = {}
    ordered = sorted(case_ids)
    for start in range(0, len(ordered), AT_ONCE):
        listed = ", ".join(f"{id:d}" for id in ordered[start : start + AT_ONCE])
        query = LAST_ACTS.format(ids=listed, of_us=_kinds_of_touches())
        for id, when in rows(query, {"as_of": as_of}):
            if (acted := instant(when)) is not None:
                found[id] = floor(acted.timestamp())
    return found


def split_later(as_of: datetime) -> frozenset[int]:
    """The parts that were split off since, of messages that had come by then."""
    return frozenset(id for (id,) in rows(SPLIT_LATER, {"as_of": as_of}))


def _names() -> dict[str, str]:
    real = "main." if connection.vendor == "sqlite" else ""
    return {"real": real, **_kinds(), "ended": _ended(), "of_us": _kinds_of_touches()}


def _kinds() -> dict[str, str]:
    return {
        "void": ROWS[Move.VOID].event,
        "void_undone": ROWS[Move.UNDO_VOID].event,
        "merged": ROWS[Move.MERGE].event,
        "merge_undone": ROWS[Move.UNDO_MERGE].event,
    }


def _kinds_of_touches() -> str:
    """The facts that an act of ours leaves, as a list of SQL."""
    return ", ".join(sorted({f"'{row.event}'" for row in TABLE if row.touches}))


def _ended() -> str:
    return ", ".join(f"CASE WHEN s.left_at <= %(as_of)s THEN s.{name} END AS {name}" for name in OF_ITS_END)


LAST_ACTS = """
SELECT k.id, CASE WHEN k.last_touch_at <= %(as_of)s THEN k.last_touch_at ELSE (
    SELECT MAX(e.happened_at) FROM journal_entry e
    WHERE e.subject_kind = 'case' AND e.subject_id = k.id AND e.kind IN ({of_us})
        AND e.actor_kind = 'person' AND e.happened_at <= %(as_of)s) END
FROM cases_case k WHERE k.id IN ({ids})
"""
# The bound of the parts is one that an index takes: of all cases few are parts.
SPLIT_LATER = """
SELECT k.id FROM cases_case k
WHERE k.split_from_id > 0 AND k.opened_at <= %(as_of)s AND k.recorded_at > %(as_of)s
"""
# Ends that held then and were taken back since: the last of such facts up to then is an end.
UNDONE = """
undone_since AS (
    SELECT e.subject_id AS case_id, CASE WHEN e.kind = '{void}' THEN 'void' ELSE 'merged' END AS state,
        e.happened_at AS ended_at, e.payload ->> 'reason' AS reason
    FROM journal_entry e
    WHERE e.id IN (
        SELECT MAX(b.id) FROM journal_entry b
        WHERE b.subject_kind = 'case' AND b.happened_at <= %(as_of)s
            AND b.kind IN ('{void}', '{void_undone}', '{merged}', '{merge_undone}')
            AND b.subject_id IN (SELECT u.subject_id FROM journal_entry u
                WHERE u.kind IN ('{void_undone}', '{merge_undone}') AND u.subject_kind = 'case'
                    AND u.happened_at > %(as_of)s)
        GROUP BY b.subject_id)
    AND e.kind IN ('{void}', '{merged}')
)"""

CASES = """
cases_case AS (
    SELECT k.id, k.desk, k.kind, k.account_id, k.family, k.type, k.cause, k.severity, k.subject,
        k.requester_email, k.requester_name, k.assignee_id, k.opened_at, k.recorded_at, l.queue, l.tier,
        COALESCE(z.state, CASE
            WHEN l.left_at IS NULL OR l.left_at > %(as_of)s
                THEN CASE WHEN w.id IS NULL THEN 'open' ELSE 'waiting' END
            WHEN l.exit IN ('resolved', 'withdrawn') THEN 'resolved'
            WHEN l.exit IN ('void', 'merged') THEN l.exit
            ELSE 'open' END) AS state,
        COALESCE(z.reason,
            CASE WHEN l.exit = 'void' AND l.left_at <= %(as_of)s THEN k.void_reason ELSE '' END
        ) AS void_reason,
        (SELECT COUNT(*) FROM {real}cases_stay r WHERE r.case_id = k.id AND r.entrance = 'reopened'
            AND r.entered_at <= %(as_of)s AND NOT (r.exit = 'withdrawn' AND r.left_at <= %(as_of)s)
        ) AS reopened_count,
        (SELECT MAX(r.left_at) FROM {real}cases_stay r WHERE r.case_id = k.id AND r.exit = 'resolved'
            AND r.left_at <= %(as_of)s) AS resolved_at,
        CASE WHEN k.first_response_at <= %(as_of)s THEN k.first_response_at END AS first_response_at,
        w.expected_at, w."on" AS waiting_on, w.party AS waiting_party, w.began_at AS waiting_since,
        CASE WHEN k.last_touch_at <= %(as_of)s THEN k.last_touch_at ELSE (
            SELECT MAX(e.happened_at) FROM journal_entry e
            WHERE e.subject_kind = 'case' AND e.subject_id = k.id AND e.kind IN ({of_us})
                AND e.actor_kind = 'person' AND e.happened_at <= %(as_of)s) END AS last_touch_at
    FROM {real}cases_case k
    JOIN {real}cases_stay l ON l.id = (
        SELECT s.id FROM {real}cases_stay s WHERE s.case_id = k.id AND s.entered_at <= %(as_of)s
        ORDER BY s.number DESC LIMIT 1)
    LEFT JOIN {real}cases_wait w ON w.id = (
        SELECT v.id FROM {real}cases_wait v WHERE v.case_id = k.id AND v.began_at <= %(as_of)s
            AND (v.ended_at IS NULL OR v.ended_at > %(as_of)s)
        ORDER BY v.id DESC LIMIT 1)
    LEFT JOIN undone_since z ON z.case_id = k.id
    WHERE k.opened_at <= %(as_of)s AND (k.split_from_id IS NULL OR k.recorded_at <= %(as_of)s)
)"""

STAYS = """
cases_stay AS (
    SELECT s.id, s.case_id, s.number, s.desk, s.queue, s.tier, s.last_resort, s.entrance, s.entered_at,
        s.entered_by_id, s.reason, s.assignee_id,
        CASE WHEN s.first_touch_at <= %(as_of)s THEN s.first_touch_at END AS first_touch_at,
        CASE WHEN s.first_touch_at <= %(as_of)s THEN s.first_touch_by_id END AS first_touch_by_id,
        CASE WHEN s.left_at <= %(as_of)s THEN s.left_at ELSE z.ended_at END AS left_at,
        CASE WHEN s.left_at <= %(as_of)s THEN s.exit ELSE COALESCE(z.state, '') END AS exit,
        CASE WHEN s.left_at <= %(as_of)s THEN s.next_queue ELSE '' END AS next_queue,
        CASE WHEN s.left_at <= %(as_of)s THEN s.calendar_version ELSE '' END AS calendar_version,
        {ended}
    FROM {real}cases_stay s LEFT JOIN undone_since z ON z.case_id = s.case_id
    WHERE s.entered_at <= %(as_of)s{of_cases}
)"""

WAITS = """
cases_wait AS (
    SELECT w.id, w.case_id, w.stay_id, w."on", w.party, w.expected_at, w.began_at,
        CASE WHEN w.ended_at <= %(as_of)s THEN w.ended_at END AS ended_at
    FROM {real}cases_wait w WHERE w.began_at <= %(as_of)s
)"""

MESSAGES = """
mail_casemessage AS (
    SELECT m.id, m.case_id, m.message_id,
        CASE WHEN m.removed_at <= %(as_of)s THEN m.removed_at END AS removed_at
    FROM {real}mail_casemessage m WHERE m.linked_at <= %(as_of)s
)"""
