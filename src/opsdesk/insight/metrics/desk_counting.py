"""Counting rows of a grain: numbers, shares, and the requests behind them by the same condition."""

from collections.abc import Callable, Mapping
from functools import partial
from zoneinfo import ZoneInfo

from opsdesk.cases import queries as cases
from opsdesk.insight.bands import Share
from opsdesk.insight.columns import grain as from_facts
from opsdesk.insight.columns.lists import of_rows
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.metrics.desk_ground import Grain, Values
from opsdesk.insight.registry import Answer, Answers, Key, Metric, Question, Side, Subject, Tally, Unit
from opsdesk.insight.sql import Row, rows
from opsdesk.kernel.refusal import gettext_noop as _

Sides = Mapping[Side, str]
SIDES = (Side.COUNTED, Side.OPEN, Side.WHOLE)
Form = Callable[[Facts, Question], Answers]
OPENED_AT = _("when the request was opened")
AS_OF = _("as of")
NOTHING = "1 = 0"


def tally(
    key: str,
    *,
    name: str,
    question: str,
    example: str,
    grain: Grain,
    where: str = "1 = 1",
    unit: Unit = Unit.CASES,
    dated: str = OPENED_AT,
    columns: from_facts.Gather | None = None,
) -> Metric:
    """A metric that counts the requests with a row of the grain that meets a condition.

    `columns`: the same rows out of the facts.
    """
    sides = dict.fromkeys(SIDES, where)

    def answered(counts: tuple[int, ...]) -> Tally:
        return Tally(counts[0])

    return Metric(
        key=key,
        name=name,
        question=question,
        unit=unit,
        subject=Subject.CASE,
        dated=dated,
        example=example,
        sql=_counting(grain, (where,), answered),
        columns=_columnar(columns, answered),
        members=_listing(grain, sides),
        listed=partial(of_rows, gather=columns) if columns else None,
        filters=grain.filters,
        dimensions=frozenset(grain.dimensions),
        queue=grain.queue,
    )


def share(
    key: str,
    *,
    name: str,
    question: str,
    example: str,
    grain: Grain,
    hits: str,
    of: str,
    maybe: str = NOTHING,
    band: str = "",
    columns: from_facts.Gather | None = None,
) -> Metric:
    """A share of requests: `hits` among `of`; those that meet `maybe` may still become hits.

    `columns`: the rows of `of` out of the facts, of which these are the sides.
    """
    low, whole = f"({of}) AND ({hits})", f"({of})"
    still = f"({of}) AND NOT ({hits}) AND ({maybe})"

    def answered(counts: tuple[int, ...]) -> Share:
        return Share(counts[0], counts[0] + counts[1], counts[2])

    return Metric(
        key=key,
        name=name,
        question=question,
        unit=Unit.SHARE,
        subject=Subject.CASE,
        dated=OPENED_AT,
        example=example,
        sql=_counting(grain, (low, still, whole), answered),
        columns=_columnar(columns, answered),
        members=_listing(grain, dict(zip(SIDES, (low, still, whole), strict=True))),
        listed=partial(of_rows, gather=columns) if columns else None,
        filters=grain.filters,
        dimensions=frozenset(grain.dimensions),
        queue=grain.queue,
        band=band,
    )


def _columnar(gather: from_facts.Gather | None, answered: Callable[[tuple[int, ...]], Answer]) -> Form | None:
    return partial(from_facts.answers, gather=gather, answered=answered) if gather else None


def _counting(
    grain: Grain, conditions: tuple[str, ...], answered: Callable[[tuple[int, ...]], Answer]
) -> Callable[[Question], Answers]:
    def sql(question: Question) -> Answers:
        zone = cases.desk(question.desk).zone
        found: dict[Key, tuple[int, ...]] = {}
        for *raw, counts in _counts(grain, conditions, question):
            key = _key(grain, question, tuple(raw), zone)
            before = found.get(key, (0,) * len(conditions))
            found[key] = tuple(a + b for a, b in zip(before, counts, strict=True))
        if not question.by:
            found.setdefault((), (0,) * len(conditions))
        return {key: answered(counts) for key, counts in found.items() if any(counts) or not key}

    return sql


def _counts(grain: Grain, conditions: tuple[str, ...], question: Question) -> list[Row]:
    """By the dimensions' raw values, how many requests meet each condition."""
    source, values = grain.source(question)
    narrowed, more = grain.narrowed(question)
    by = [grain.dimensions[name].column() for name in question.by]
    columns = [*by, *(_count(grain, condition) for condition in conditions)]
    group = f" GROUP BY {', '.join(str(n) for n in range(1, len(by) + 1))}" if by else ""
    query = f"{source} SELECT {', '.join(columns)} FROM {grain.rows} WHERE 1 = 1{narrowed}{group}"
    n = len(by)
    return [(*row[:n], tuple(int(each or 0) for each in row[n:])) for row in rows(query, {**values, **more})]


def _count(grain: Grain, condition: str) -> str:
    if grain.once:
        return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"
    return f"COUNT(DISTINCT CASE WHEN {condition} THEN r.id END)"


def _key(grain: Grain, question: Question, raw: tuple[str, ...], zone: ZoneInfo) -> Key:
    return tuple(
        grain.dimensions[name].value(value, zone) for name, value in zip(question.by, raw, strict=True)
    )


def _listing(grain: Grain, sides: Sides) -> Callable[[Question, Key, Side], tuple[int, ...]]:
    def members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
        zone = cases.desk(question.desk).zone
        query, values, read = _members_query(grain, sides.get(side, NOTHING), question, key)
        wanted = tuple(key[question.by.index(name)] for name in read)
        found = dict.fromkeys(
            row[0]
            for row in rows(query, values)
            if tuple(grain.dimensions[name].value(raw, zone) for name, raw in zip(read, row[2:], strict=True))
            == wanted
        )
        return tuple(found)

    return members


def _members_query(
    grain: Grain, where: str, question: Question, key: Key
) -> tuple[str, Values, tuple[str, ...]]:
    """The requests of one answer, those opened last first; dimensions that SQL can't read are columns."""
    source, values = grain.source(question)
    narrowed, more = grain.narrowed(question)
    read = tuple(name for name in question.by if grain.dimensions[name].read)
    known = [(name, value) for name, value in zip(question.by, key, strict=True) if name not in read]
    fixed = "".join(f" AND {grain.dimensions[name].text} = %(key_{name})s" for name, _ in known)
    columns = ", ".join(["r.id", "r.opened_at", *(grain.dimensions[name].column() for name in read)])
    query = (
        f"{source} SELECT DISTINCT {columns} FROM {grain.rows} WHERE ({where}){narrowed}{fixed}"
        " ORDER BY r.opened_at DESC, r.id DESC"
    )
    return query, {**values, **more, **{f"key_{name}": value for name, value in known}}, read
