"""The findings of a desk, the most urgent first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.findings import deals, requests
from opsdesk.insight.findings.finding import Finding, urgency
from opsdesk.insight.findings.gather import request_answers
from opsdesk.insight.findings.gather_deals import deal_answers
from opsdesk.insight.findings.outcomes import outcomes
from opsdesk.insight.findings.periods import last_day
from opsdesk.insight.thresholds import Book, book
from opsdesk.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Findings:
    """A desk's findings of a period and of now. `n`: how much there is to speak of, requests or deals."""

    desk: DeskDefinition
    period: Period
    as_of: datetime
    n: int
    found: tuple[Finding, ...]

    @property
    def red(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.found if each.is_red)


Changed = Callable[[Book], Book]


def unchanged(held: Book) -> Book:
    """The limits as they hold."""
    return held


def findings(
    desk: DeskDefinition, period: Period, *, now: datetime, changed: Changed = unchanged
) -> Findings:
    """What the numbers of a period say, and those of now. `changed`: what if the limits were others."""
    held = changed(book(desk.key, last_day(desk, period, now)))
    if desk.key == DEALS:
        about = deal_answers(period, now=now)
        return Findings(
            desk, period, now, about.created, tuple(sorted(deals.findings(about, held), key=urgency))
        )
    if not desk.takes_mail:
        return Findings(desk, period, now, 0, ())
    answers = request_answers(desk, period, held, now=now)
    found = sorted([*requests.findings(answers, held), *outcomes(answers, held)], key=urgency)
    return Findings(desk, period, now, answers.funnel.requests.n, tuple(found))
