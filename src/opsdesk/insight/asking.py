"""A question to a desk with requests, as the cohort, the conditions and the columns of its SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from opsdesk.cases import queries as cases
from opsdesk.insight.cohort import COLUMNS, CaseFilters, Cohort, tiers_of
from opsdesk.insight.registry import WITHOUT, Key, Question
from opsdesk.insight.sql import rows
from opsdesk.insight.then import is_past, shadows
from opsdesk.kernel.period import Period, midnight, next_month
from opsdesk.kernel.refusal import Invalid, gettext_noop

# What every number over requests takes, as a filter and as a dimension; `month` as a dimension alone.
OF_REQUESTS = frozenset({"account", "family", "type", "queue"})
BY_REQUESTS = OF_REQUESTS | {"month"}
ACCOUNTS = "SELECT a.id, a.key FROM accounts_account a"


def case_filters(question: Question, *, leaving: Iterable[str] = ()) -> CaseFilters:
    """The question's filters that are of the case itself, without those that are of something else."""
    names = [name for name in COLUMNS if name not in set(leaving) and question.chosen(name)]
    return CaseFilters(tuple((name, question.chosen(name)) for name in names))


def cohort(question: Question, *, leaving: Iterable[str] = ()) -> Cohort:
    """The requests a question is about. Refuses `NoSuchDesk`."""
    return Cohort(
        desk=question.desk,
        period=question.period,
        filters=case_filters(question, leaving=leaving),
        tiers=tiers_of(question.desk, cases.desk(question.desk).top_tier),
        as_of=question.as_of if is_past(question.as_of) else None,
    )


def statement(asked: Cohort, query: str) -> str:
    """A statement on the tables themselves, without the cohort, as of the instant that was asked for."""
    return f"WITH {', '.join(shadows())} {query}" if asked.as_of else query


def tiers(question: Question, highest: int) -> tuple[int, ...]:
    """The tiers chosen, all of the desk's where none is. Refuses `Invalid` what is no tier."""
    chosen = question.chosen("tier")
    if not all(text.isascii() and text.isdigit() for text in chosen):
        raise Invalid("tier", gettext_noop("A tier is a number."))
    known = range(1, highest + 1)
    return tuple(tier for tier in known if not chosen or tier in {int(text) for text in chosen})


def narrowed(question: Question, key: Key) -> Question:
    """The question that one answer alone answers: its values become filters, its month the period."""
    filters, period = dict(question.filters), question.period
    for name, value in zip(question.by, key, strict=True):
        if name == "month":
            period = _month(question, value)
        else:
            filters[name] = (value,)
    return replace(question, period=period, filters=filters, by=())


def _month(question: Question, name: str) -> Period:
    """A month of the question's period, cut to it. Refuses `Invalid` another, as of a link that was kept."""
    for known, period in months(question):
        if known == name:
            return period
    raise Invalid("month", gettext_noop("That month lies outside the period. Choose it as the period."))


def months(question: Question) -> list[tuple[str, Period]]:
    """The months of the desk's zone that the period touches, each cut to it, by their names `2026-10`."""
    zone, period = cases.desk(question.desk).zone, question.period
    first = period.start.astimezone(zone).date().replace(day=1)
    found: list[tuple[str, Period]] = []
    while (start := midnight(first, zone)) < period.end:
        end = midnight(next_month(first), zone)
        found.append((_label(first), Period(max(start, period.start), min(end, period.end))))
        first = next_month(first)
    return found


def _label(first: date) -> str:
    return f"{first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Grouping:
    """SQL columns for the dimensions of a case or a stay, and how their values are read as keys."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Mapping[str, object]
    months: tuple[str, ...]
    accounts: Mapping[int, str]

    def key(self, found: Sequence[Any]) -> Key:
        """The key of a row's first columns."""
        return tuple(self._read(name, value) for name, value in zip(self.names, found, strict=False))

    def _read(self, name: str, value: Any) -> str:
        if name == "month":
            return self.months[int(value)]
        if name == "account":
            return WITHOUT if value is None else str(self.accounts[value])
        return f"{value}" or WITHOUT


def grouping(
    question: Question,
    names: Sequence[str],
    *,
    of: str,
    dated: str,
    own: Mapping[str, str] | None = None,
) -> Grouping:
    """Columns of the row `of` for the dimensions named, but `own` for those it has of its own.

    `dated` is the instant that months are read from.
    """
    cut = months(question) if "month" in names else []
    whens = " ".join(f"WHEN {dated} < %(month_{n})s THEN {n}" for n in range(len(cut)))
    columns = {name: f"{of}.{COLUMNS[name]}" for name in COLUMNS} | {
        "month": f"CASE {whens} END",
        **(own or {}),
    }
    return Grouping(
        names=tuple(names),
        columns=tuple(columns[name] for name in names),
        values={f"month_{n}": period.end for n, (_, period) in enumerate(cut)},
        months=tuple(name for name, _ in cut),
        accounts=dict(rows(ACCOUNTS, {})) if "account" in names else {},
    )
