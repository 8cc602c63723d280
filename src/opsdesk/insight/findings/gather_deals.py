"""Asking for what the rules over deals need."""

from collections.abc import Mapping
from datetime import datetime

from opsdesk.deals import overview
from opsdesk.deals.queries import terms
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.findings.deals import DESK, SHARES, UNDER_24, DealAnswers
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Question, Tally
from opsdesk.insight.thresholds import Scope
from opsdesk.kernel.period import Period

PLACE = ("country", "category")


def deal_answers(period: Period, *, now: datetime) -> DealAnswers:
    """Everything that the rules over deals are asked over."""

    def asked(metric: str, *by: str) -> Answers:
        return ask(metric, Question(DESK, period, now, by=by))

    timers = asked("timer_visibility").get(())
    return DealAnswers(
        period=period,
        created=counted(asked("deals_created").get(())),
        shares={rule: _shares(asked(rule, *PLACE)) for rule in SHARES},
        time_to_settle={
            Scope(*key): each
            for key, each in asked("time_to_settle", *PLACE).items()
            if isinstance(each, Mean)
        },
        windows=windows(),
        reasons=_nested(asked("disputes_raised", "category", "reason")),
        stuck={key[0]: counted(each) for key, each in asked("deals_stuck", "state").items()},
        never_funded=counted(asked("deals_never_funded").get(())),
        urgent={
            Scope(*key[:2]): counted(each)
            for key, each in asked("disputes_active", *PLACE, "urgency").items()
            if key[2] == UNDER_24
        },
        timers=timers if isinstance(timers, Share) else Share(0, 0, 0),
    )


def counted(answer: Answer | None) -> int:
    return answer.n if isinstance(answer, Tally) else 0


def _shares(answers: Answers) -> dict[Scope, Share]:
    return {Scope(*key): each for key, each in answers.items() if isinstance(each, Share)}


def _nested(answers: Mapping[Key, Answer]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (category, reason), each in answers.items():
        found.setdefault(category, {})[reason] = counted(each)
    return found


def windows() -> dict[Scope, int]:
    """Each scope's inspection in days, as its newest terms have it."""
    return {
        Scope(row.country, row.category): terms(row.key, row.version).inspection_days
        for row in overview.scopes()
        if row.version
    }
