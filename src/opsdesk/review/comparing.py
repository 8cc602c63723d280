"""Numbers and findings beside those of before. Pure."""

from collections.abc import Sequence

from opsdesk.insight.bands import Share
from opsdesk.insight.findings.finding import Finding
from opsdesk.insight.limits import State
from opsdesk.insight.registry import Answer, Mean, Tally
from opsdesk.insight.statistics import Spread
from opsdesk.review.document import Turned
from opsdesk.review.numbers import Change, Difference, Number

# In which order what turned is told; a state that is no verdict is no news.
VERDICTS = (State.RED, State.WATCH, State.HEALTHY)


def change(now: Number, before: Number | None) -> Change:
    """A number with its difference to the one before."""
    return Change(now, before, difference(now.answer, before.answer) if before else None)


def difference(now: Answer, before: Answer) -> Difference | None:
    """now - before; None where one has no value, or could still rise."""
    ours, theirs = ends_of(now), ends_of(before)
    if ours is None or theirs is None:
        return None
    return Difference(ours[0] - theirs[1], ours[1] - theirs[0])


def ends_of(answer: Answer) -> tuple[float, float] | None:
    """Between which values a number lies, a share in per cent; None: it has none, or could still rise."""
    if isinstance(answer, Share):
        whole = answer.of
        return (answer.low * 100 / whole, answer.high * 100 / whole) if whole else None
    value = _value(answer)
    return None if value is None else (value, value)


def _value(answer: Tally | Mean | Spread) -> float | None:
    if isinstance(answer, Tally):
        return answer.n
    if isinstance(answer, Mean):
        return answer.value
    return None if answer.median is None or answer.median.at_least else answer.median.value


def turned(now: Sequence[Finding], before: Sequence[Finding]) -> tuple[Turned, ...]:
    """The findings with another verdict than before: red, watch, healthy, then those that are gone."""
    ours, theirs = ({each.key: each for each in found} for found in (now, before))
    found = [_turned(ours.get(key), theirs.get(key)) for key in dict.fromkeys([*ours, *theirs])]
    news = [each for each in found if each]
    return tuple(each for state in (*VERDICTS, None) for each in news if each.now is state)


def _turned(now: Finding | None, before: Finding | None) -> Turned | None:
    """What is told: what became red; what was judged before and is judged otherwise, or made no more."""
    state, earlier = (each.state if each else None for each in (now, before))
    finding = now or before
    was_judged = earlier in VERDICTS
    gone = now is None and earlier in (State.RED, State.WATCH)
    if finding is None or state == earlier:
        return None
    is_news = state is State.RED or gone or (was_judged and state in VERDICTS)
    return Turned(finding, earlier, state) if is_news else None
