"""What the support desk's numbers are counted on: requests and their stays, as of an instant, in plain SQL.

Moves and states are those of `as_of` (`insight.then`); type, cause and account are as known now. A withdrawn
stay is in no number; void and merged requests are out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import connection

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.insight.registry import WITHOUT, Question, QueueOf
from opsdesk.insight.then import is_past, shadows

Values = dict[str, object]
# Every zone's offset is a whole number of these.
QUARTER_S = 900
OF_THE_CASE = ("account", "family", "type")

ASKED = f"""
asked AS (
    SELECT c.id, c.opened_at, c.state, c.queue, c.tier, c.cause, COALESCE(a.key, '{WITHOUT}') AS account,
        CASE WHEN c.family = '' THEN '{WITHOUT}' ELSE c.family END AS family,
        CASE WHEN c.type = '' THEN '{WITHOUT}' ELSE c.type END AS type,
        CASE WHEN c.state = 'resolved' THEN 1 ELSE 0 END AS resolved,
        CASE WHEN c.reopened_count > 0 THEN 1 ELSE 0 END AS reopened
    FROM cases_case c LEFT JOIN accounts_account a ON a.id = c.account_id
    WHERE c.desk = %(desk)s AND c.kind = 'request' AND c.void_reason <> '{SPLIT_UNDONE}'{{filters}}{{scope}}
)"""
# Conditions on a request `r`. They look its stays up one by one: of a million requests that is the quickest.
OWN = "FROM cases_stay s WHERE s.case_id = r.id AND s.exit <> 'withdrawn'"
ABOVE_TIER_1 = f"EXISTS (SELECT 1 {OWN} AND s.tier > 1)"
OPENED = (
    " AND c.opened_at >= %(start)s AND c.opened_at < %(end)s AND c.opened_at <= %(as_of)s"
    " AND c.state NOT IN ('void', 'merged')"
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """Where a row falls: SQL for a text, made when it is asked where the engines differ.

    With `read`: SQL for an instant, and what its second since 1970 says in a zone.
    """

    sql: str | Callable[[], str]
    read: Callable[[int, ZoneInfo], str] | None = None

    @property
    def text(self) -> str:
        return self.sql if isinstance(self.sql, str) else self.sql()

    def column(self) -> str:
        """SQL for the value that is grouped by."""
        return f"CAST({quarter(self.text)} AS TEXT)" if self.read else self.text

    def value(self, raw: str, zone: ZoneInfo) -> str:
        return self.read(int(raw) * QUARTER_S, zone) if self.read else raw


@dataclass(frozen=True, slots=True)
class Grain:
    """What is counted: rows `r`, each of one request `r.id`. `once`: no request has two of them.

    `tables` are the table expressions of the WITH clause, `rows` the FROM clause over them, `scope` what
    more than the desk and the filters decides which requests are looked at. `queue`: which one the dimension
    of that name is.
    """

    tables: tuple[str, ...]
    rows: str
    dimensions: Mapping[str, Dimension]
    once: bool = True
    scope: str = OPENED
    values: Mapping[str, object] = field(default_factory=dict)
    queue: QueueOf = QueueOf.STANDS

    @property
    def filters(self) -> frozenset[str]:
        """An account, a family and a type of the request; a queue and a person of the row."""
        return frozenset(OF_THE_CASE) | ({"queue", "person"} & set(self.dimensions))

    def source(self, question: Question) -> tuple[str, Values]:
        """The WITH clause of a question and its values."""
        filters, values = of_the_case(question)
        own = ",".join(self.tables).format(filters=filters, scope=self.scope)
        then = shadows() if is_past(question.as_of) else ()
        known = {"desk": question.desk, "as_of": question.as_of}
        period = {"start": question.period.start, "end": question.period.end}
        return f"WITH{','.join((*then, own))}", {**self.values, **known, **period, **values}

    def narrowed(self, question: Question) -> tuple[str, Values]:
        """The filters of the row as more conditions, and their values."""
        texts, values = [], Values()
        for name in sorted(self.filters - set(OF_THE_CASE)):
            if chosen := question.chosen(name):
                texts.append(f" AND {_among(self.dimensions[name].text, name, chosen)}")
                values |= _named(name, chosen)
        return "".join(texts), values


def of_the_case(question: Question) -> tuple[str, Values]:
    """The filters by account, family and type on a case `c`, and their values."""
    texts, values = [], Values()
    for name in OF_THE_CASE:
        if chosen := question.chosen(name):
            column = "a.key" if name == "account" else f"c.{name}"
            nothing = f"COALESCE({column}, '')"
            texts.append(f" AND {_among(_or_without(nothing), name, chosen)}")
            values |= _named(name, chosen)
    return "".join(texts), values


def _or_without(column: str) -> str:
    return f"CASE WHEN {column} = '' THEN '{WITHOUT}' ELSE {column} END"


def _among(column: str, name: str, chosen: Iterable[str]) -> str:
    places = ", ".join(f"%({key})s" for key in _named(name, chosen))
    return f"{column} IN ({places})"


def _named(name: str, chosen: Iterable[str]) -> dict[str, str]:
    return {f"{name}_{n}": value for n, value in enumerate(chosen)}


def quarter(column: str) -> str:
    """SQL for the quarter hours from 1970 to an instant: in SQL no zone is known, and these fit into all.

    SQLite would round the last half millisecond of a second up.
    """
    if connection.vendor == "sqlite":
        return f"(CAST(strftime('%%s', substr({column}, 1, 19)) AS INTEGER) / {QUARTER_S})"
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {column}) / {QUARTER_S}) AS BIGINT)"


def of_request(**more: Dimension) -> dict[str, Dimension]:
    """The dimensions that every row `r` with a request's columns has, and more."""
    return {name: Dimension(f"r.{name}") for name in OF_THE_CASE} | more
