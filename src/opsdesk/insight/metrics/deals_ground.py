"""What the deals desk's numbers are counted on: deals, disputes and required items, as of an instant.

A deal's state is worked out from its instants, so that then and now are one definition. A number and the
list behind it share one condition (`Counted`): they can't disagree. A question is as of the end of a
second; ages are compared from its beginning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsdesk.deals.queries import TEMPLATE, terms
from opsdesk.deals.terms import Terms
from opsdesk.insight.bands import Share
from opsdesk.insight.registry import WITHOUT, Answers, Key, Mean, Question, Side, Tally
from opsdesk.insight.sql import Row, rows, seconds_between
from opsdesk.insight.statistics import spread

DAY = 86400
GRACE = timedelta(days=7)
EVERYTHING, NOTHING = "1 = 1", "1 = 0"
# From how many days on, and below how many; 0: however many.
SETTLED_IN = {"under_3": (0, 3), "3_to_5": (3, 5), "5_to_7": (5, 7), "7_and_more": (7, 0)}

# A deal is at rest in five states; the other two pass within a transaction.
STATE = (
    "CASE WHEN d.settled_at <= %(as_of)s THEN 'SETTLED' WHEN d.issue_at <= %(as_of)s THEN 'ISSUE'"
    " WHEN d.delivered_at <= %(as_of)s THEN 'INSPECTION' WHEN d.funded_at <= %(as_of)s THEN 'FUNDED'"
    " ELSE 'CREATED' END"
)
SINCE = (
    "CASE WHEN d.settled_at <= %(as_of)s THEN d.settled_at WHEN d.issue_at <= %(as_of)s THEN d.issue_at"
    " WHEN d.delivered_at <= %(as_of)s THEN d.delivered_at WHEN d.funded_at <= %(as_of)s THEN d.funded_at"
    " ELSE d.created_at END"
)
DEAL = f"""
deal AS (
    SELECT d.id, d.created_at AS listed_at, s.country, s.category, s.country || '.' || s.category AS scope,
        {STATE} AS state, {SINCE} AS since,
        d.created_at, d.funded_at, d.delivered_at, d.issue_at, d.settled_at,
        CASE WHEN d.issue_at <= %(as_of)s THEN d.reason ELSE '{WITHOUT}' END AS reason,
        CASE WHEN d.settled_at <= %(as_of)s THEN d.ending ELSE '{WITHOUT}' END AS ending,
        t.old_before, t.inspected_before, t.auto_approve, t.inspection_s
    FROM deals_deal d
    JOIN deals_scope s ON s.id = d.scope_id
    JOIN terms t ON t.scope_id = d.scope_id AND t.version = d.template_version
    WHERE d.created_at <= %(as_of)s{{standing}}
)"""
# What stands at an instant is found by index: what has not ended now, and what ended after it.
STANDING = """ AND d.id IN (
        SELECT u.id FROM deals_deal u WHERE u.scope_id IN (SELECT v.id FROM deals_scope v)
            AND u.state IN ('CREATED', 'FUNDED', 'INSPECTION', 'ISSUE')
        UNION ALL SELECT u.id FROM deals_deal u WHERE u.settled_at > %(as_of)s)"""
DISPUTE = f"""
dispute AS (
    SELECT p.id, p.raised_at AS listed_at, s.country, s.category, s.country || '.' || s.category AS scope,
        p.reason, p.raised_at, p.due_at, p.deal_id, p.scope_id, d.template_version AS version,
        CASE WHEN p.decided_at <= %(as_of)s THEN p.decided_at END AS decided_at,
        CASE WHEN p.decided_at <= %(as_of)s THEN 'SETTLED' ELSE 'ISSUE' END AS state,
        CASE WHEN p.decided_at <= %(as_of)s THEN r.basis ELSE '{WITHOUT}' END AS basis,
        CASE WHEN p.decided_at <= %(as_of)s THEN r.outcome ELSE '{WITHOUT}' END AS outcome,
        (SELECT MIN(t.first_touch_at) FROM cases_stay t
            WHERE t.case_id = p.case_id AND t.first_touch_at <= %(as_of)s) AS touched_at,
        CASE WHEN p.due_at < %(in_24)s THEN '<24' WHEN p.due_at <= %(in_48)s THEN '24-48' ELSE '>48' END
            AS urgency
    FROM disputes_dispute p
    JOIN deals_deal d ON d.id = p.deal_id
    JOIN deals_scope s ON s.id = p.scope_id
    LEFT JOIN disputes_ruling r ON r.dispute_id = p.id
    WHERE p.raised_at <= %(as_of)s
)"""
# The evidence of a decided dispute: each item its terms ask for, as it stood at the decision; one row without
# an item where they ask for none.
EXHIBIT = """
exhibit AS (
    SELECT p.id, p.listed_at, p.country, p.category, p.scope, p.reason, p.state, p.decided_at, p.basis,
        i.item, i.required,
        CASE WHEN EXISTS (SELECT 1 FROM disputes_evidence e JOIN vault_blob b ON b.digest = e.blob_id
            WHERE e.deal_id = p.deal_id AND e.item = i.item AND e.added_at <= p.decided_at
            AND (e.withdrawn_at IS NULL OR e.withdrawn_at > p.decided_at)
            AND (b.redacted_at IS NULL OR b.redacted_at > p.decided_at)) THEN 1 ELSE 0 END AS present,
        CASE WHEN EXISTS (SELECT 1 FROM disputes_waiver w WHERE w.dispute_id = p.id AND w.item = i.item
            AND w.waived_at <= p.decided_at
            AND (w.withdrawn_at IS NULL OR w.withdrawn_at > p.decided_at)) THEN 1 ELSE 0 END AS waived
    FROM dispute p LEFT JOIN item i ON i.scope_id = p.scope_id AND i.version = p.version
    WHERE p.basis = 'ruling' AND p.decided_at >= %(start)s AND p.decided_at < %(end)s
)"""
INCIDENT = """
incident AS (
    SELECT c.id, c.opened_at AS listed_at, c.severity, c.opened_at,
        CASE WHEN c.first_response_at <= %(as_of)s THEN c.first_response_at END AS answered_at,
        CASE WHEN c.resolved_at <= %(as_of)s THEN c.resolved_at END AS resolved_at
    FROM cases_case c
    WHERE c.desk = %(desk)s AND c.kind = 'incident' AND c.opened_at <= %(as_of)s
        AND (c.voided_at IS NULL OR c.voided_at > %(as_of)s)
)"""
BODIES: Mapping[str, tuple[str, ...]] = {
    "deal": (DEAL,),
    "dispute": (DISPUTE,),
    "exhibit": (DISPUTE, EXHIBIT),
    "incident": (INCIDENT,),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number counts: rows `x` of a body that meet `whole`; of these `hit`, or not yet, `open`.

    A record that has several rows of the body, as a dispute has items, counts once. `value`: SQL for the
    seconds that a mean or a spread is of. `of_end`: a snapshot, of the end of the period; of deals those that
    are not settled then.
    """

    body: str
    whole: str
    hit: str = EVERYTHING
    open: str = NOTHING
    value: str = ""
    of_end: bool = False

    @property
    def is_many(self) -> bool:
        """Whether a record may have several rows."""
        return self.body == "exhibit"

    @property
    def condition(self) -> str:
        return f"({self.whole}) AND ({self.hit})"

    def side(self, side: Side) -> str:
        """The condition of those counted, of the whole, or of those still open; MISSING of a share: of the
        whole what is neither counted nor open."""
        if side is Side.WHOLE:
            return self.whole
        if side is Side.MISSING and not self.value:
            return f"({self.whole}) AND ({self.hit}) IS NOT TRUE AND ({self.open}) IS NOT TRUE"
        return self.condition if side is Side.COUNTED else f"({self.whole}) AND ({self.open})"


def within(column: str) -> str:
    """An instant of the record lies in the period, and had happened."""
    return f"x.{column} >= %(start)s AND x.{column} < %(end)s AND x.{column} <= %(as_of)s"


def lasted(start: str, end: str) -> str:
    """SQL for the seconds between two instants of a record."""
    return seconds_between(f"x.{start}", f"x.{end}")


def tally(question: Question, counted: Counted) -> Answers:
    """How many records are counted."""
    return {key: Tally(n) for key, (n,) in _sums(question, counted, _number(counted))}


def share(question: Question, counted: Counted) -> Answers:
    """How many of the whole are counted, with what is open between the bounds."""
    columns = f"{_number(counted, counted.hit)}, {_number(counted, counted.open)}, {_number(counted)}"
    found = _sums(question, counted, columns, counted.whole)
    return {key: Share(hit, hit + open, of) for key, (hit, open, of) in found}


def mean(question: Question, counted: Counted, *, per: int = 1) -> Answers:
    """The mean of the value, `per` seconds each; those of the whole that are open have none yet."""
    value = f"CASE WHEN {counted.hit} THEN {counted.value} END"
    columns = f"COALESCE(SUM({value}), 0), COUNT({value}), {_number(counted, counted.open)}"
    found = _sums(question, counted, columns, counted.whole)
    return {key: Mean(float(total) / per, n, missing) for key, (total, n, missing) in found}


def spreads(question: Question, counted: Counted, *, per: int = 1) -> Answers:
    """Median and p90 of the value, `per` seconds each."""
    found: dict[Key, list[float]] = {} if question.by else {(): []}
    for key, value in _values(question, counted):
        found.setdefault(key, []).append(value / per)
    return {key: spread(values) for key, values in found.items()}


def members(question: Question, key: Key, side: Side, counted: Counted) -> tuple[int, ...]:
    """The ids behind one answer, newest first."""
    source, values = _source(question, counted)
    of = "".join(f" AND x.{name} = %(of_{name})s" for name in question.by)
    values |= {f"of_{name}": value for name, value in zip(question.by, key, strict=True)}
    query = (
        f"{source} SELECT x.id FROM {counted.body} x WHERE {counted.side(side)}{_kept(question)}{of}"
        " GROUP BY x.id, x.listed_at ORDER BY x.listed_at DESC, x.id DESC"
    )
    return tuple(row[0] for row in rows(query, values))


def _number(counted: Counted, condition: str = EVERYTHING) -> str:
    """SQL for how many records meet a condition."""
    return f"COUNT({'DISTINCT ' if counted.is_many else ''}CASE WHEN {condition} THEN x.id END)"


def _sums(question: Question, counted: Counted, columns: str, where: str = "") -> Iterable[tuple[Key, Row]]:
    """The columns for each combination of the dimensions that has something in it."""
    source, values = _source(question, counted)
    names = [f"x.{name}" for name in question.by]
    group = f" GROUP BY {', '.join(names)} ORDER BY {', '.join(names)}" if names else ""
    query = (
        f"{source} SELECT {', '.join([*names, columns])} FROM {counted.body} x"
        f" WHERE {where or counted.condition}{_kept(question)}{group}"
    )
    return [(row[: len(names)], row[len(names) :]) for row in rows(query, values)]


def _values(question: Question, counted: Counted) -> Iterable[tuple[Key, float]]:
    source, values = _source(question, counted)
    columns = ", ".join([*(f"x.{name}" for name in question.by), counted.value])
    query = f"{source} SELECT {columns} FROM {counted.body} x WHERE {counted.condition}{_kept(question)}"
    return [(row[:-1], float(row[-1])) for row in rows(query, values)]


def _kept(question: Question) -> str:
    """The condition of the filters."""
    return "".join(
        f" AND x.{name} IN ({', '.join(f'%({name}_{n})s' for n in range(len(chosen)))})"
        for name, chosen in question.filters.items()
        if chosen
    )


def _source(question: Question, counted: Counted) -> tuple[str, dict[str, object]]:
    """The body with everything it stands on, and the values of its places."""
    as_of = known_at(question, of_end=counted.of_end)
    second = as_of.replace(microsecond=0)
    values: dict[str, object] = {
        "desk": question.desk,
        "start": question.period.start,
        "end": question.period.end,
        "as_of": as_of,
        "in_24": second + timedelta(hours=24),
        "in_48": as_of + timedelta(hours=48),
        "week_ago": second - GRACE,
    }
    for name, chosen in question.filters.items():
        values |= {f"{name}_{n}": value for n, value in enumerate(chosen)}
    known = published()
    standing = STANDING if counted.of_end else ""
    bodies = [body.replace("{standing}", standing) for body in BODIES[counted.body]]
    items = [_items(known)] if counted.body == "exhibit" else []
    return f"WITH {', '.join([_terms(known, as_of, values), *items, *bodies])}", values


def known_at(question: Question, *, of_end: bool) -> datetime:
    """As of when a question is; a snapshot no later than the end of the period, that second included."""
    end = question.period.end.replace(microsecond=999_999)
    return min(question.as_of, end) if of_end else question.as_of


def published() -> list[tuple[int, Terms]]:
    """Every published version of every scope's terms, with the id of its scope."""
    return [(id, terms(key, version)) for id, key, version in rows(PUBLISHED, {"kind": TEMPLATE})]


PUBLISHED = """
SELECT s.id, v.name, v.version FROM vault_document v
JOIN deals_scope s ON v.name = s.country || '.' || s.category
WHERE v.kind = %(kind)s ORDER BY s.id, v.version
"""


def _terms(known: list[tuple[int, Terms]], as_of: datetime, values: dict[str, object]) -> str:
    """The terms as a table: what each version says of the deals pinned to it, as instants."""
    lines = []
    for n, (scope, each) in enumerate(known):
        inspection = timedelta(days=each.inspection_days)
        values[f"old_{n}"] = as_of - GRACE - inspection - timedelta(hours=each.dispute_hours)
        values[f"seen_{n}"] = as_of - inspection
        lines.append(
            f"({scope:d}, {each.version:d}, %(old_{n})s, %(seen_{n})s, {int(each.auto_approve)},"
            f" {each.inspection_days * DAY:d})"
        )
    columns = "scope_id, version, old_before, inspected_before, auto_approve, inspection_s"
    return _written("terms", columns, lines, "(0, 0, %(as_of)s, %(as_of)s, 0, 0)")


def _items(known: list[tuple[int, Terms]]) -> str:
    """The items of each version's checklist. Their keys are small letters, digits and hyphens."""
    lines = [
        f"({scope:d}, {each.version:d}, '{item.key}', {int(item.required)})"
        for scope, each in known
        for item in each.checklist
    ]
    return _written("item", "scope_id, version, item, required", lines, "(0, 0, '', 0)")


def _written(name: str, columns: str, lines: list[str], empty: str) -> str:
    """Rows as a table. As values, of which there may be many: SQLite takes 500 selects in one at most."""
    return f"{name}({columns}) AS (VALUES {', '.join(lines or [empty])})"
