"""The cohort in SQL: requests opened in a period, and the way each has taken through the tiers.

A request counts by `opened_at` in the half-open period, as it stands now or stood at a past instant; void
and merged ones are kept apart (`counts` = 0). Withdrawn stays are in no number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import NOWHERE
from opsdesk.insight.sql import rows
from opsdesk.insight.then import is_past, shadows
from opsdesk.kernel.period import Period

NONE = "-"
# A case's columns by the filters of that name.
COLUMNS = {"account": "account_id", "family": "family", "type": "type", "queue": "queue"}
Chosen = tuple[tuple[str, tuple[str, ...]], ...]


class Filters(Protocol):
    """Which cases: the values chosen by filter, SQL conditions on a case `c`, the values of their places."""

    @property
    def chosen(self) -> Chosen: ...

    def conditions(self) -> Iterable[str]: ...

    @property
    def values(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """The values chosen for a case's columns, by filter: any of them fits, `-` what has none."""

    chosen: Chosen = ()

    def conditions(self) -> Iterable[str]:
        for name, given in self.chosen:
            yield f"({' OR '.join(_texts(name, given))})"

    @property
    def values(self) -> Mapping[str, object]:
        return {
            f"{name}_{n}": value
            for name, given in self.chosen
            for n, value in enumerate(given)
            if value != NONE
        }


def _texts(name: str, given: Sequence[str]) -> Iterable[str]:
    column = f"c.{COLUMNS[name]}"
    places = ", ".join(f"%({name}_{n})s" for n, value in enumerate(given) if value != NONE)
    if NONE in given:
        yield f"{column} IS NULL" if name == "account" else f"{column} = ''"
    if places and name == "account":
        yield f"{column} IN (SELECT a.id FROM accounts_account a WHERE a.key IN ({places}))"
    elif places:
        yield f"{column} IN ({places})"


@dataclass(frozen=True, slots=True)
class FunnelFilters:
    """Keys of accounts, families, types, queues that requests stand in; none of a kind: any; `-`: those
    without one."""

    account: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()

    @property
    def chosen(self) -> Chosen:
        return tuple((name, values) for name in COLUMNS if (values := getattr(self, name)))

    def conditions(self) -> Iterable[str]:
        return CaseFilters(self.chosen).conditions()

    @property
    def values(self) -> Mapping[str, object]:
        return CaseFilters(self.chosen).values

    def only(self, name: str, value: str) -> "FunnelFilters":
        """The same with one value of a filter alone."""
        return replace(self, **{name: (value,)})


@dataclass(frozen=True, slots=True)
class Cohort:
    """Whose requests: of which desk, opened when, filtered how, over how many tiers.

    `as_of`: an instant since which the desk has moved on, at which its records are read; None: as they stand.
    """

    desk: str
    period: Period
    filters: Filters
    tiers: int
    as_of: datetime | None = None

    @property
    def values(self) -> dict[str, object]:
        return {
            "desk": self.desk,
            "start": self.period.start,
            "end": self.period.end,
            "as_of": self.as_of,
            **self.filters.values,
        }


def cohort_of(desk: str, period: Period, filters: Filters, as_of: datetime | None = None) -> Cohort:
    """The requests of a desk and a period as they stood at `as_of`, its whole second included; None: as the
    records stand. Refuses `NoSuchDesk`."""
    then = None if as_of is None else as_of.replace(microsecond=999_999)
    tiers = tiers_of(desk, cases.desk(desk).top_tier)
    return Cohort(desk, period, filters, tiers, then if then is not None and is_past(then) else None)


OPENED_IN_PERIOD = "c.opened_at >= %(start)s AND c.opened_at < %(end)s"
# What an import left open and nobody has put into a queue is nobody's to act on.
UNRESOLVED_NOW = f"c.state IN ('open', 'waiting') AND c.queue <> '{NOWHERE}'"

COHORT = """
cohort AS (
    SELECT c.id, c.state, c.tier, c.queue, c.account_id, c.family, c.type, c.opened_at, c.void_reason,
        c.reopened_count,
        CASE WHEN c.state IN ('void', 'merged') THEN 0 ELSE 1 END AS counts,
        CASE WHEN c.state = 'resolved' THEN 1 ELSE 0 END AS resolved,
        CASE WHEN c.first_response_at IS NULL THEN 0 ELSE 1 END AS answered
    FROM cases_case c
    WHERE c.desk = %(desk)s AND c.kind = 'request' AND {scope}{filters}
)"""

PATH = """
path AS (
    SELECT c.id, c.state, c.tier, c.queue, c.account_id, c.family, c.type, c.opened_at, c.void_reason,
        c.reopened_count, c.counts, c.resolved, c.answered,
        MIN(CASE WHEN s.entrance = 'opened' THEN s.tier END) AS entry,
        MAX(s.tier) AS h,
        MAX(CASE WHEN s.last_resort THEN 1 ELSE 0 END) AS last_resort,
        MAX(CASE WHEN s.left_at IS NULL AND s.first_touch_at IS NULL THEN s.tier ELSE 0 END) AS untouched,
        {tiers}
    FROM cohort c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
    GROUP BY c.id, c.state, c.tier, c.queue, c.account_id, c.family, c.type, c.opened_at, c.void_reason,
        c.reopened_count, c.counts, c.resolved, c.answered
)"""

AT_TIER = """MAX(CASE WHEN s.tier = {tier} THEN 1 ELSE 0 END) AS at_{tier},
        MAX(CASE WHEN s.tier = {tier} AND s.exit = 'returned' THEN 1 ELSE 0 END) AS back_{tier}"""

# A follow-up is a message of ours whose predecessor in the conversation is ours. Automatic mail,
# theirs and ours, is no part of a conversation. A message of two parts of a case is said once.
FOLLOW_UP = """
said AS (
    SELECT k.case_id, m.id, m.received_at, m.direction
    FROM cohort c
    JOIN mail_casemessage k ON k.case_id = c.id AND k.removed_at IS NULL
    JOIN mail_message m ON m.id = k.message_id
    WHERE c.counts = 1 AND NOT m.automatic AND m.machine = ''
),
turn AS (
    SELECT case_id, id, direction, LAG(id) OVER before AS previous_id, LAG(direction) OVER before AS previous
    FROM said WINDOW before AS (PARTITION BY case_id ORDER BY received_at, id)
),
followup AS (
    SELECT case_id, COUNT(*) AS times FROM turn
    WHERE direction = 'out' AND previous = 'out' AND previous_id <> id GROUP BY case_id
)"""


def with_cohort(cohort: Cohort, *more: str, scope: str = OPENED_IN_PERIOD) -> str:
    """The WITH clause up to and with `more`, each a table expression built on `cohort`."""
    base = COHORT.format(scope=scope, filters=filtered(cohort.filters))
    then = shadows() if cohort.as_of else ()
    return "WITH" + ",".join([*then, base, *more])


def path(tiers: int) -> str:
    """The table expression `path`, one row a case, with its columns per tier."""
    each = ",\n        ".join(AT_TIER.format(tier=tier) for tier in range(1, tiers + 1))
    return PATH.format(tiers=each)


def filtered(filters: Filters) -> str:
    """The filters as more conditions on a case `c`, each with its AND."""
    return "".join(f" AND {text}" for text in filters.conditions())


def tiers_of(desk: str, defined: int) -> int:
    """How many tiers to count: those of the desk as defined, and any that a stay once had."""
    found = rows("SELECT MAX(s.tier) FROM cases_stay s WHERE s.desk = %(desk)s", {"desk": desk})
    return max(defined, found[0][0] or 0)
