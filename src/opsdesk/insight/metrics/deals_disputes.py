"""Disputes: raised, running, how urgent, why, who ended them and how long that took."""

from functools import partial
from typing import Any

from opsdesk.deals.ground import DESK
from opsdesk.insight.bands import Share
from opsdesk.insight.columns import deals_counting as counting
from opsdesk.insight.columns.deals_numbers import NUMBERS
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.metrics import deals_ground as ground
from opsdesk.insight.metrics.deals_ground import Counted, lasted, within
from opsdesk.insight.metrics.deals_making import BY_DISPUTES, OF_DISPUTES, PLACES, made
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Tally, Unit
from opsdesk.kernel.refusal import gettext_noop as _

RAISED = _("when the issue was raised")
DUE = _("when the dispute's deadline lies")
AS_OF_END = _("none: as things stood at the end of the period")
RUNNING = "x.decided_at IS NULL"
IN_PERIOD = Counted("dispute", within("raised_at"))


def disputes(
    how: str, key: str, name: str, question: str, example: str, counted: Counted, **more: Any
) -> Metric:
    """A number over disputes."""
    given: dict[str, Any] = {
        "dated": RAISED,
        "unit": Unit.DISPUTES,
        "filters": OF_DISPUTES,
        "dimensions": BY_DISPUTES,
        **more,
    }
    return made(how, key, name, question, example, counted, **given)


tally, share = partial(disputes, "tally"), partial(disputes, "share", unit=Unit.SHARE)


def reason_shares(question: Question) -> Answers:
    """Of the disputes raised, the part of each reason; without the dimension `reason` all of them."""
    return _parts(question, ground.tally(question, IN_PERIOD))


def reason_columns(facts: Facts, question: Question) -> Answers:
    """The same from the facts."""
    return _parts(question, counting.tally(facts, question, NUMBERS["disputes_raised"]))


def _parts(question: Question, counts: Answers) -> Answers:
    place = question.by.index("reason") if "reason" in question.by else None
    totals: dict[Key, int] = {}
    for key, found in counts.items():
        assert isinstance(found, Tally)
        rest = _without(key, place)
        totals[rest] = totals.get(rest, 0) + found.n
    return {
        key: Share(found.n, found.n, totals[_without(key, place)])
        for key, found in counts.items()
        if isinstance(found, Tally)
    }


def reason_members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
    """Those of a reason; the whole is all of the same place, whatever the reason."""
    if side in (Side.OPEN, Side.MISSING):
        return ()
    if side is Side.COUNTED or "reason" not in question.by:
        return ground.members(question, key, Side.COUNTED, IN_PERIOD)
    place = question.by.index("reason")
    wider = Question(
        question.desk, question.period, question.as_of, question.filters, _without(question.by, place)
    )
    return ground.members(wider, _without(key, place), Side.COUNTED, IN_PERIOD)


def _without(key: Key, place: int | None) -> Key:
    return key if place is None else (*key[:place], *key[place + 1 :])


METRICS: tuple[Metric, ...] = (
    tally(
        "disputes_raised",
        _("Disputes raised"),
        _("How many disputes were raised, for which reasons?"),
        "6 issues were raised in October, 2 of them are still open: 6.",
        IN_PERIOD,
    ),
    Metric(
        key="dispute_reasons",
        name=_("Share of a reason"),
        question=_("Which part of the disputes has each reason?"),
        unit=Unit.SHARE,
        subject=Subject.DISPUTE,
        dated=RAISED,
        example="Of 20 disputes raised 13 were minor damage: 13 of 20, 65 %.",
        sql=reason_shares,
        members=reason_members,
        columns=reason_columns,
        of_now=True,
        filters=PLACES | {"state"},
        dimensions=PLACES | {"scope", "reason"},
        desk=DESK,
    ),
    tally(
        "disputes_active",
        _("Active disputes"),
        _("How many disputes are not decided, and how much time have they left?"),
        "3 disputes are open: one has 5 hours left, two 60: 1 under 24 hours, 2 over 48.",
        Counted("dispute", RUNNING, of_end=True),
        dated=AS_OF_END,
        dimensions=BY_DISPUTES | {"urgency"},
    ),
    share(
        "intervention",
        _("Intervention"),
        _("Of the disputes whose deadline lies in the period, how many did an operator rule?"),
        "10 deadlines lay in October; operators ruled 4, 5 ran out, 1 lies ahead: 40-50 %.",
        Counted(
            "dispute",
            "x.due_at >= %(start)s AND x.due_at < %(end)s",
            "x.basis = 'ruling'",
            RUNNING,
        ),
        dated=DUE,
        filters=PLACES | {"reason"},
        dimensions=PLACES | {"scope", "reason"},
        band="intervention",
    ),
    disputes(
        "mean",
        "resolution_time",
        _("Mean resolution time"),
        _("How long does a dispute take from raised to decided, by whomever?"),
        "Two disputes raised in October took 20 and 48 hours, one is open: 1 d 10 h, 1 without a time.",
        Counted(
            "dispute",
            within("raised_at"),
            "x.decided_at IS NOT NULL",
            RUNNING,
            lasted("raised_at", "decided_at"),
        ),
        unit=Unit.SECONDS,
    ),
    disputes(
        "spread",
        "resolution_time_ruled",
        _("Resolution time of ruled disputes"),
        _("How long does half of the disputes that an operator rules take at most?"),
        "Operators ruled three disputes raised in October after 10, 20 and 30 hours: the median is 20 hours.",
        Counted(
            "dispute", within("raised_at"), "x.basis = 'ruling'", value=lasted("raised_at", "decided_at")
        ),
        unit=Unit.SECONDS,
    ),
    disputes(
        "spread",
        "dispute_first_response",
        _("First response to a dispute"),
        _("How long does half of the disputes wait at most until an operator first works on them?"),
        "Three disputes were first noted on after 10, 20 and 90 minutes: the median is 20 minutes. Taking "
        "one is no response.",
        Counted(
            "dispute",
            within("raised_at"),
            "x.touched_at IS NOT NULL",
            value=lasted("raised_at", "touched_at"),
        ),
        unit=Unit.SECONDS,
    ),
    tally(
        "disputes_untouched",
        _("Untouched disputes"),
        _("How many of the disputes raised in the period wait for an operator's first touch?"),
        "Of 6 disputes raised 4 were worked on and 1 ran out untouched: 1 waits.",
        Counted("dispute", within("raised_at"), f"x.touched_at IS NULL AND {RUNNING}"),
    ),
)
