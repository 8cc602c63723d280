"""What the facts hold: five tables of small-integer columns, and the SQL that each column is read with.

Rows of a case lie together, cases in the order of their ids; so do a deal and its dispute.

`cases`, one row each. `id`. `desk`, `kind`, `state`, `void_reason`, `cause`, `family`, `type`, `severity`,
`country`, `account` (the account's id in digits): codes of the books of the same name. `opened`, `resolved`
(NEVER unless it is resolved as it stands), `answered` (first response): instants. `reopened`: how often, at
most 255. Worked out of the stays, of which withdrawn ones count nowhere: `entry`, the lowest tier it was
opened at (0 without a stay that opened it), `tiers`, those it was at (bit 0 for Tier 1), `back`, those it was
returned from. `first`: the row of its first stay.

`stays`, in the order of their numbers. `place` (desk, queue, tier and whether the queue is a last resort),
`arrival` (entrance and, where one was given, the reason), `exit` ("" while it is open), `calendar` (the label
that a closed stay keeps), `touched_by` and `left_by` (book `person`: the id in digits): codes. `entered`,
`left`, `touched`: instants. `business`: working seconds, UNKNOWN while it is open or where none are known.
`carried`: 1 where it took a second less than its cut instants say (`Part.elapsed` has taken it off).

`waits`. `stay`, the row of its stay; `who` (customer or third_party, and the party): a code; `began`,
`ended`, `expected`: instants.

`deals`. `id`; `scope` (`MN.USED_CAR_PRIVATE`), `state` (book `deal_state`), `reason`, `ending`, `currency`:
codes; `template`: the version; `created`, `funded`, `delivered` (when it entered INSPECTION), `approved`,
`issue` (when it entered ISSUE), `settled`, `since` (in its state), `auto_approve`, `due` (its dispute's):
instants; `total`, `held`: minor units.

`disputes`. `id`, `deal`, `case`: ids; `scope`, `reason`, `basis` ("" while it is open), `outcome`: codes;
`raised`, `due`, `decided`, `ruled`: instants; `complete`: 1 where all evidence was there at the ruling;
`second_look`.

Instants are whole seconds since 1970, each cut to its second; NEVER where there is none. They are unsigned:
take differences as int64. Code 0 of every book is "". A row that is out of date has 0 as its desk, place, who
or scope: choose by these, and it is in no number.
"""

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from django.db import connection
from numpy.typing import DTypeLike

VERSION = 1
NEVER = 0
UNKNOWN = -1
FIRST_INSTANT, LAST_INSTANT = 1, 2**32 - 1
LONGEST = 2**31 - 1


class Kind(Enum):
    """How a column is read: whole seconds, a number, or a code of a book."""

    INSTANT = auto()
    NUMBER = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the SQL expressions it is read with (a code may be made of several), and its smallest type.

    Numbers are held between `low` and `high`. `book`: where a code is looked up. A column whose values don't
    fit its type gets a wider one.
    """

    name: str
    kind: Kind
    sql: tuple[str, ...]
    dtype: DTypeLike
    book: str = ""
    low: int = 0
    high: int = 2**62


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, where they are read, which id says what is read together, and in what order."""

    name: str
    columns: tuple[Column, ...]
    source: str
    whole: str
    order: str


def _code(name: str, *sql: str, book: str = "") -> Column:
    return Column(name, Kind.CODE, sql, np.uint8, book or name)


def _instant(name: str, sql: str) -> Column:
    return Column(name, Kind.INSTANT, (sql,), np.uint32)


def _number(name: str, sql: str, dtype: DTypeLike, low: int = 0, high: int = 2**62) -> Column:
    return Column(name, Kind.NUMBER, (sql,), dtype, low=low, high=high)


def _id(name: str, sql: str) -> Column:
    return _number(name, sql, np.uint32)


CASES = Table(
    "cases",
    (
        _id("id", "c.id"),
        _code("desk", "c.desk"),
        _code("kind", "c.kind"),
        _code("state", "c.state"),
        _code("void_reason", "c.void_reason"),
        _code("cause", "c.cause"),
        _code("family", "c.family"),
        _code("type", "c.type"),
        _code("severity", "c.severity"),
        _code("country", "c.country"),
        _code("account", "c.account_id"),
        _instant("opened", "c.opened_at"),
        _instant("resolved", "c.resolved_at"),
        _instant("answered", "c.first_response_at"),
        _number("reopened", "c.reopened_count", np.uint8, high=255),
    ),
    "cases_case c",
    "c.id",
    "c.id",
)
STAYS = Table(
    "stays",
    (
        _id("case", "s.case_id"),
        _number("number", "s.number", np.uint32),
        _code("place", "s.desk", "s.queue", "s.tier", "CASE WHEN s.last_resort THEN 1 ELSE 0 END"),
        _code("arrival", "s.entrance", "s.reason"),
        _code("exit", "s.exit"),
        _code("calendar", "s.calendar_version"),
        _code("touched_by", "s.first_touch_by_id", book="person"),
        _code("left_by", "s.left_by_id", book="person"),
        _instant("entered", "s.entered_at"),
        _instant("left", "s.left_at"),
        _instant("touched", "s.first_touch_at"),
        _number("business", f"COALESCE(s.business_s, {UNKNOWN})", np.int32, UNKNOWN, LONGEST),
        _number("elapsed", f"COALESCE(s.elapsed_s, {UNKNOWN})", np.int64, UNKNOWN),
    ),
    "cases_stay s",
    "s.case_id",
    "s.case_id, s.number",
)
WAITS = Table(
    "waits",
    (
        _id("case", "w.case_id"),
        _number("number", "s.number", np.uint32),
        _code("who", 'w."on"', "w.party"),
        _instant("began", "w.began_at"),
        _instant("ended", "w.ended_at"),
        _instant("expected", "w.expected_at"),
    ),
    "cases_wait w JOIN cases_stay s ON s.id = w.stay_id",
    "w.case_id",
    "w.case_id, s.number, w.id",
)
DEALS = Table(
    "deals",
    (
        _id("id", "d.id"),
        _code("scope", "o.country || '.' || o.category"),
        _code("state", "d.state", book="deal_state"),
        _code("reason", "d.reason"),
        _code("ending", "d.ending"),
        _code("currency", "d.currency"),
        _number("template", "d.template_version", np.uint16, high=2**16 - 1),
        _instant("created", "d.created_at"),
        _instant("funded", "d.funded_at"),
        _instant("delivered", "d.delivered_at"),
        _instant("approved", "d.approved_at"),
        _instant("issue", "d.issue_at"),
        _instant("settled", "d.settled_at"),
        _instant("since", "d.state_since"),
        _instant("auto_approve", "d.auto_approve_at"),
        _instant("due", "d.dispute_due_at"),
        _number("total", "d.total_minor", np.int64),
        _number("held", "d.held_minor", np.int64),
    ),
    "deals_deal d JOIN deals_scope o ON o.id = d.scope_id",
    "d.id",
    "d.id",
)
DISPUTES = Table(
    "disputes",
    (
        _id("id", "i.id"),
        _id("deal", "i.deal_id"),
        _id("case", "i.case_id"),
        _code("scope", "o.country || '.' || o.category"),
        _code("reason", "i.reason"),
        _code("basis", "r.basis"),
        _code("outcome", "r.outcome"),
        _number("complete", "CASE WHEN r.evidence_complete THEN 1 ELSE 0 END", np.uint8),
        _number("second_look", "CASE WHEN r.second_look THEN 1 ELSE 0 END", np.uint8),
        _instant("raised", "i.raised_at"),
        _instant("due", "i.due_at"),
        _instant("decided", "i.decided_at"),
        _instant("ruled", "r.ruled_at"),
    ),
    "disputes_dispute i JOIN deals_scope o ON o.id = i.scope_id"
    " LEFT JOIN disputes_ruling r ON r.dispute_id = i.id",
    "i.deal_id",
    "i.deal_id, i.id",
)
OF_CASES = (CASES, STAYS, WAITS)
OF_DEALS = (DEALS, DISPUTES)
BOOKS = sorted({column.book for table in (*OF_CASES, *OF_DEALS) for column in table.columns if column.book})

# Between the parts of a code, and between the codes of a column.
PART, ROW = "\x1f", "\x1e"
# An instant as SQLite has it, cut to its second.
NO_INSTANT = "1970-01-01 00:00:00"
LENGTH = len(NO_INSTANT)


def expression(column: Column, *, cleaned: bool = False) -> str:
    """The SQL of a column: codes as text, instants as text to be cut or as whole seconds.

    `cleaned`: no code holds our mark between the rows, which imported words might.
    """
    if column.kind is Kind.INSTANT:
        return _seconds(column.sql[0])
    if column.kind is Kind.NUMBER:
        return column.sql[0]
    code = f" || '{PART}' || ".join(f"COALESCE({_text(sql)}, '')" for sql in column.sql)
    return f"REPLACE({code}, '{ROW}', ' ')" if cleaned else code


def gathered(column: Column) -> str:
    """The SQL of all values of a column as one text, in the order of the rows."""
    mark = {Kind.CODE: ROW, Kind.NUMBER: ",", Kind.INSTANT: "" if as_text() else ","}[column.kind]
    if connection.vendor == "sqlite":
        return f"group_concat(\"{column.name}\", '{mark}')"
    return f"string_agg(\"{column.name}\"::text, '{mark}')"


def as_text() -> bool:
    """Whether instants come as text: SQLite has them so, and is slow to make seconds of them."""
    return connection.vendor == "sqlite"


def _seconds(sql: str) -> str:
    if as_text():
        return f"COALESCE(substr({sql}, 1, {LENGTH}), '{NO_INSTANT}')"
    return f"COALESCE(CAST(FLOOR(EXTRACT(EPOCH FROM {sql})) AS BIGINT), {NEVER})"


def _text(sql: str) -> str:
    return sql if connection.vendor == "sqlite" else f"CAST({sql} AS TEXT)"
