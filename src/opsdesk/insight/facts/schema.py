"""What the facts hold: seven tables of small-integer columns, and the SQL that each column is read with.

Rows of a case lie together, in the order of ids; so do a deal and its dispute. Arrivals of mail stand alone.

`cases`, one row each. `id`. `desk`, `kind`, `state`, `void_reason`, `cause`, `family`, `type`, `severity`,
`account` (the account's id in digits), `queue` (where it stands; its book knows those of all places): codes
of the books of the same name; `assignee`: of the book `person`. `opened`, `last` (when it was resolved or
void; while it is neither, our last act), `answered` (first response): instants. `reopened`: how often, at
most 255; `imported`: 1 for what comes from another tool. Worked out of the stays, of which withdrawn ones
count nowhere: `entry`, the lowest tier it was opened at (0 without a stay that opened it), `tiers`, those it
was at (bit 0 for Tier 1), `back`, those it was returned from. `first`: the row of its first stay.

`stays`, in the order of their numbers. `place` (desk, queue, tier and whether the queue is a last resort),
`arrival` (entrance and, where one was given, the reason), `exit` ("" while it is open), `calendar` (the label
that a closed stay keeps), `touched_by` and `left_by` (book `person`: the id in digits): codes. `entered`,
`left`, `touched`: instants. `business`: working seconds, UNKNOWN while it is open or where none are known.
`carried`: 1 where it took a second less than its cut instants say (`Part.elapsed` has taken it off).

`waits`. `stay`, the row of its stay; `who` (customer or third_party, and the party): a code; `began`,
`ended`, `expected`: instants.

`again`, a message of ours behind one of ours. `case`, the row of its case; `queue`, from which it was sent
("" while the case stood resolved): a code.

`deals`. `id`; `scope` (`MN.USED_CAR_PRIVATE`), `state` (book `deal_state`), `reason`, `ending`, `currency`,
`terms` (the scope and the version of its template): codes; `template`: that version; `created`, `funded`,
`delivered` (when it entered INSPECTION), `approved`, `issue` (when it entered ISSUE), `settled`, `since` (in
its state), `auto_approve`, `due` (its dispute's): instants; `total`, `held`: minor units.

`disputes`. `id`, `deal`, `case`: ids; `scope`, `reason`, `basis` ("" while it is open), `outcome`, `terms`
(its deal's): codes; `present` and `waived` (book `items`): the items of which a file was there, and those let
go, at the decision, in one text with commas; `raised`, `due`, `decided`, `ruled`, `touched` (the first touch
of any stay of its case): instants; `complete`: 1 where all evidence was there at the ruling; `second_look`.

`arrivals`, one row each. `id`; `source` (the source's id in digits), `sorted` (outcome and reason): codes;
`came`, when it reached the server: instant; `message` and its `thread`: ids, 0 without one.

Instants are whole seconds since 1970, each cut to its second; NEVER where there is none. They are unsigned:
take differences as int64. Code 0 of every book is "". A row that is out of date has 0 as its desk, place,
who, scope or source: choose by these, and it is in no number.
"""

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from django.db import connection
from numpy.typing import DTypeLike

from opsdesk.insight.facts.cases_sql import IMPORTED, LAST
from opsdesk.insight.facts.deals_sql import PRESENT, SCOPE, TOUCHED, WAIVED
from opsdesk.insight.facts.mail_sql import FOLLOW_UPS

VERSION = 4
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
    """One table: its columns, where they are read, which id says what is read together, and in what order.

    The source may have to know itself which cases are read: `{within}` stands there for it.
    """

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
        _code("account", "c.account_id"),
        _code("queue", "c.queue"),
        _code("assignee", "c.assignee_id", book="person"),
        _instant("opened", "c.opened_at"),
        _instant("last", LAST),
        _instant("answered", "c.first_response_at"),
        _number("reopened", "c.reopened_count", np.uint8, high=255),
        _number("imported", IMPORTED, np.uint8),
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
AGAIN = Table(
    "again",
    (
        _id("case", "f.case_id"),
        _code("queue", "f.queue"),
    ),
    FOLLOW_UPS,
    "f.case_id",
    "f.case_id, f.id",
)
DEALS = Table(
    "deals",
    (
        _id("id", "d.id"),
        _code("scope", SCOPE),
        _code("state", "d.state", book="deal_state"),
        _code("reason", "d.reason"),
        _code("ending", "d.ending"),
        _code("currency", "d.currency"),
        _code("terms", SCOPE, "d.template_version"),
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
        _code("scope", SCOPE),
        _code("reason", "i.reason"),
        _code("basis", "r.basis"),
        _code("outcome", "r.outcome"),
        _code("terms", SCOPE, "d.template_version"),
        _code("present", PRESENT, book="items"),
        _code("waived", WAIVED, book="items"),
        _number("complete", "CASE WHEN r.evidence_complete THEN 1 ELSE 0 END", np.uint8),
        _number("second_look", "CASE WHEN r.second_look THEN 1 ELSE 0 END", np.uint8),
        _instant("raised", "i.raised_at"),
        _instant("due", "i.due_at"),
        _instant("decided", "i.decided_at"),
        _instant("ruled", "r.ruled_at"),
        _instant("touched", TOUCHED),
    ),
    "disputes_dispute i JOIN deals_deal d ON d.id = i.deal_id JOIN deals_scope o ON o.id = i.scope_id"
    " LEFT JOIN disputes_ruling r ON r.dispute_id = i.id",
    "i.deal_id",
    "i.deal_id, i.id",
)
ARRIVALS = Table(
    "arrivals",
    (
        _id("id", "v.id"),
        _code("source", "v.source_id"),
        _code("sorted", "v.outcome", "v.reason"),
        _instant("came", "COALESCE(v.received_at, v.recorded_at)"),
        _id("message", "COALESCE(v.message_id, 0)"),
        _id("thread", "COALESCE(m.thread_id, 0)"),
    ),
    "mail_arrival v LEFT JOIN mail_message m ON m.id = v.message_id",
    "v.id",
    "v.id",
)
OF_CASES, OF_DEALS, OF_MAIL = (CASES, STAYS, WAITS, AGAIN), (DEALS, DISPUTES), (ARRIVALS,)
EVERY = (*OF_CASES, *OF_DEALS, *OF_MAIL)
BOOKS = sorted({column.book for table in EVERY for column in table.columns if column.book})

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
    if connection.vendor == "sqlite":
        return sql.replace("string_agg", "group_concat")
    return f"CAST({sql} AS TEXT)"
