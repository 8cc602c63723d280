"""Asking the registry for the numbers of a document."""

from dataclasses import dataclass, replace
from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.findings.finding import DAY_S, state_of_mean
from opsdesk.insight.findings.periods import last_day
from opsdesk.insight.registry import Mean, Question
from opsdesk.insight.thresholds import KINDS, book, scope_of
from opsdesk.kernel.period import Period
from opsdesk.review.comparing import change
from opsdesk.review.numbers import Change, Number


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which desk and period, beside which, as of when a document is asked for."""

    desk: DeskDefinition
    period: Period
    before: Period
    now: datetime

    def question(self, *by: str, period: Period | None = None, as_of: datetime | None = None) -> Question:
        return Question(self.desk.key, period or self.period, as_of or self.now, by=by)


def number(
    asked: Asked, metric: str, *, period: Period | None = None, as_of: datetime | None = None
) -> Number:
    """A metric's one answer; of another period, or as of another instant, where they are given."""
    question = asked.question(period=period, as_of=as_of)
    found = Number(metric, ask(metric, question)[()], period=period, as_of=as_of)
    return judged(asked, found)


def broken(asked: Asked, metric: str, *by: str, period: Period | None = None) -> tuple[Number, ...]:
    """A metric's answers by its dimensions, the most first."""
    answers = ask(metric, asked.question(*by, period=period))
    found = [
        Number(metric, answer, of=dict(zip(by, key, strict=True)), period=period)
        for key, answer in answers.items()
    ]
    return tuple(judged(asked, each) for each in sorted(found, key=_most_first))


def _most_first(each: Number) -> tuple[int, tuple[str, ...]]:
    return -each.n, tuple(each.of.values())


def compared(asked: Asked, metric: str) -> Change:
    """A number of the period beside the one of the period before."""
    return change(number(asked, metric), number(asked, metric, period=asked.before))


def compared_at_ends(asked: Asked, metric: str) -> Change:
    """A snapshot's number at the end of the period, or now while it runs, beside that of the one before."""
    ends = [min(asked.now, each.end - datetime.resolution) for each in (asked.period, asked.before)]
    now, before = (number(asked, metric, as_of=end) for end in ends)
    return change(now, before)


def judged(asked: Asked, found: Number) -> Number:
    """The number with what it says, where it has limits."""
    answer = found.answer
    if isinstance(answer, Share):
        limits = answer.band.limits
        return replace(found, state=answer.state, limits=limits) if limits else found
    if not isinstance(answer, Mean) or found.metric not in KINDS:
        return found
    day = last_day(asked.desk, found.period or asked.period, asked.now)
    scope = scope_of(found.filters, tuple(found.of), tuple(found.of.values()))
    limits = book(asked.desk.key, day).limits(found.metric, scope)
    in_seconds = replace(answer, total=answer.total * DAY_S)
    return replace(found, state=state_of_mean(in_seconds, limits), limits=limits)
