"""Answers by some of their dimensions alone, added up instead of asked for anew."""

from collections.abc import Iterable

from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Answer, Answers, Key, Tally, Unit


def by_fewer(answers: Answers, by: tuple[str, ...], fewer: Iterable[str], unit: Unit) -> Answers:
    """Counts and shares by `fewer` of the dimensions `by`: no record may be in two of the answers.

    Shares must be held against nothing, for the limits depend on the dimensions.
    """
    places = [by.index(name) for name in fewer]
    found: dict[Key, Tally | Share] = {}
    if not places:
        found[()] = Share(0, 0, 0) if unit is Unit.SHARE else Tally(0)
    for key, answer in answers.items():
        of = tuple(key[place] for place in places)
        found[of] = _sum(found[of], answer) if of in found else _sum(answer)
    return found


def _sum(*answers: Answer) -> Tally | Share:
    if all(isinstance(each, Tally) for each in answers):
        return Tally(sum(each.n for each in answers if isinstance(each, Tally)))
    shares = [each for each in answers if isinstance(each, Share)]
    assert len(shares) == len(answers)
    low, high, of = (sum(parts) for parts in zip(*((s.low, s.high, s.of) for s in shares), strict=True))
    return Share(low, high, of)
