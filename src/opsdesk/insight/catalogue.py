"""Every reported number of both desks by its key, and the one way to ask for it."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType

from opsdesk.cases import queries as cases
from opsdesk.insight.bands import Band, Share
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts.serving import ready
from opsdesk.insight.funnel import last_day
from opsdesk.insight.listed import Listed, Ordered
from opsdesk.insight.metrics import (
    deals_activity,
    deals_disputes,
    deals_evidence,
    deals_flow,
    deals_incidents,
    desk_activity,
    desk_arrivals,
    desk_backlog,
    desk_causes,
    desk_mail,
    desk_silence,
    desk_steps,
    desk_stuck,
    desk_work,
    support_beside,
    support_flow,
    support_times,
)
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, whole_second
from opsdesk.insight.then import is_past
from opsdesk.insight.thresholds import KINDS, book, scope_of
from opsdesk.kernel.refusal import Refusal, gettext_noop

# One line for each family; the order is that of the handbook's page.
FAMILIES: tuple[ModuleType, ...] = (
    support_flow,
    support_times,
    support_beside,
    desk_causes, desk_steps, desk_work, desk_backlog, desk_arrivals, desk_silence, desk_stuck, desk_mail,
    desk_activity,
    deals_flow, deals_disputes, deals_evidence, deals_incidents, deals_activity,
)  # fmt: skip


class NoSuchMetric(Refusal):
    message = gettext_noop("There is no metric called %(metric)s. `opsdesk report` lists them all.")


class NoSuchFilter(Refusal):
    message = gettext_noop("%(metric)s takes no filter %(name)s. It takes: %(known)s.")


class NoSuchDimension(Refusal):
    message = gettext_noop("%(metric)s can't be broken down by %(name)s. It can by: %(known)s.")


class NotOfThisDesk(Refusal):
    message = gettext_noop("%(metric)s is a number of the desk %(known)s, not of %(desk)s.")


class NoListBehind(Refusal):
    message = gettext_noop("There is no list behind %(metric)s.")


def gathered(families: Iterable[ModuleType]) -> dict[str, Metric]:
    """The metrics of the families by key. Two of one key are a mistake: `ValueError`."""
    found: dict[str, Metric] = {}
    for family in families:
        for each in family.METRICS:
            if each.key in found:
                raise ValueError(f"two metrics are called {each.key}")
            found[each.key] = each
    return found


METRICS: dict[str, Metric] = gathered(FAMILIES)


def metric(key: str) -> Metric:
    """The metric of that key. Refuses `NoSuchMetric`."""
    if key not in METRICS:
        raise NoSuchMetric(metric=key)
    return METRICS[key]


def ask(key: str, question: Question) -> Answers:
    """The metric's answers, one for each combination of the dimensions that has something in it; without
    dimensions the one of key (). From the facts where they are ready.
    Refuses `NoSuchMetric`, `NoSuchFilter`, `NoSuchDimension`, `NoSuchDesk`.
    """
    asked, question = metric(key), whole_second(question)
    check_fits(asked, question)
    facts = ready(question.as_of) if asked.columns else None
    if facts is None or asked.columns is None:
        return _held(asked, question, asked.sql(question))
    if not asked.of_now and is_past(question.as_of):
        facts = at(facts, question.as_of)
    return _held(asked, question, asked.columns(facts, question))


def _held(asked: Metric, question: Question, answers: Answers) -> Answers:
    """Shares with the limits that held on the last day they are of, of their scope where they have one."""
    if asked.band not in KINDS or not any(isinstance(answer, Share) for answer in answers.values()):
        return answers
    zone = cases.desk(question.desk).zone
    held = book(question.desk, last_day(question.period, question.as_of).astimezone(zone).date())
    return {
        key: replace(
            answer,
            band=Band(asked.band, held.limits(asked.band, scope_of(question.filters, question.by, key))),
        )
        if isinstance(answer, Share)
        else answer
        for key, answer in answers.items()
    }


def members(key: str, question: Question, answer_key: Key = (), side: Side = Side.COUNTED) -> tuple[int, ...]:
    """The ids of the subjects behind one answer, newest first, of times the longest first.
    Refuses as `ask`, and `NoListBehind`."""
    return behind(key, question, answer_key, side).first()


def behind(key: str, question: Question, answer_key: Key = (), side: Side = Side.COUNTED) -> Listed | Ordered:
    """The same to be read page by page: from the facts where they are ready, else from the records."""
    asked, question = metric(key), whole_second(question)
    check_fits(asked, question)
    if asked.members is None:
        raise NoListBehind(metric=key)
    facts = ready(question.as_of) if asked.listed else None
    if facts is not None and asked.listed is not None:
        past = is_past(question.as_of)
        if not (past and asked.of_now):
            known = at(facts, question.as_of) if past else facts
            return asked.listed(known, question, answer_key, side)
    return Ordered(asked.members(question, answer_key, side))


def check_fits(asked: Metric, question: Question) -> None:
    """Refuses another desk than the metric's, and by name a filter or a dimension that it does not take."""
    if asked.desk and asked.desk != question.desk:
        raise NotOfThisDesk(metric=asked.key, known=asked.desk, desk=question.desk)
    for name in sorted(question.filters):
        if question.chosen(name) and name not in asked.filters:
            raise NoSuchFilter(metric=asked.key, name=name, known=_listed(asked.filters))
    for name in question.by:
        if name not in asked.dimensions:
            raise NoSuchDimension(metric=asked.key, name=name, known=_listed(asked.dimensions))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"
