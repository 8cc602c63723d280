"""For which deals a timer is armed: chosen by the facts, their timers read from the tasks.

A task may die, or go, without a word of its deal. So the tasks themselves are asked, for the few deals that a
timer must end: those that are armed now, and of the others the tasks of their keys.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
from django.db import connection

from opsdesk.deals.timers import AUTO_APPROVE, DISPUTE_TTL
from opsdesk.insight.columns.deals_rows import Deals
from opsdesk.insight.columns.deals_terms import is_timed
from opsdesk.insight.columns.paths import Flags, Numbers
from opsdesk.insight.sql import rows

AT_ONCE = 500
# All of a kind in one text: a row for each of many takes several times as long to read.
ARMED = (
    "SELECT k.kind, {subjects} FROM clock_task k WHERE k.state = 'armed' AND k.kind IN (%(approve)s, %(ttl)s)"
    " AND k.created_at <= %(as_of)s GROUP BY k.kind"
)
SUBJECTS = {
    "sqlite": "group_concat(k.subject_id)",
    "postgresql": "string_agg(CAST(k.subject_id AS TEXT), ',')",
}
OVER = (
    "SELECT k.unique_key FROM clock_task k WHERE k.unique_key IN ({places}) AND k.created_at <= %(as_of)s"
    " AND k.finished_at > %(as_of)s"
)


def is_armed(deals: Deals) -> Flags:
    """Whether the timer of each that one must end was armed; those that none must are not asked for."""
    timed = np.flatnonzero(is_timed(deals))
    ids, issues = deals.column("id")[timed], deals.is_in("ISSUE")[timed]
    as_of = datetime.fromtimestamp(deals.at, UTC).replace(microsecond=999_999)
    armed = _armed(as_of) if len(timed) else {}
    there = np.where(issues, _among(ids, armed.get(DISPUTE_TTL)), _among(ids, armed.get(AUTO_APPROVE)))
    rest = np.flatnonzero(~there)
    keys = [
        f"{DISPUTE_TTL if issue else AUTO_APPROVE}:{id}"
        for id, issue in zip(ids[rest].tolist(), issues[rest].tolist(), strict=True)
    ]
    then = set(_armed_then(keys, as_of))
    there[rest] = [key in then for key in keys]
    found = np.zeros(deals.size, dtype=np.bool_)
    found[timed] = there
    return found


def _among(ids: Numbers, armed: Numbers | None) -> Flags:
    return np.zeros(len(ids), dtype=np.bool_) if armed is None else np.isin(ids, armed)


def _armed(as_of: datetime) -> dict[str, Numbers]:
    """By kind the deals whose timers are armed, and were there then."""
    given = {"approve": AUTO_APPROVE, "ttl": DISPUTE_TTL, "as_of": as_of}
    found = rows(ARMED.format(subjects=SUBJECTS[connection.vendor]), given)
    return {kind: np.fromstring(subjects, dtype=np.int64, sep=",") for kind, subjects in found}


def _armed_then(keys: list[str], as_of: datetime) -> Iterable[str]:
    """Those of the keys whose timer was there, and ended later."""
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        names = {f"key_{n}": key for n, key in enumerate(some)}
        places = ", ".join(f"%({name})s" for name in names)
        yield from (key for (key,) in rows(OVER.format(places=places), {**names, "as_of": as_of}))
