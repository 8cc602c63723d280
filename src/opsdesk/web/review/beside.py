"""A number beside the same of the period before, and their difference: all three with as many digits."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.registry import Answer, Mean, Unit
from opsdesk.insight.statistics import Figure, Spread
from opsdesk.review.comparing import ends_of
from opsdesk.review.numbers import Change, Number
from opsdesk.web.funnel.words import percent
from opsdesk.web.numbers.cells import measured
from opsdesk.web.numbers.tables import Cell
from opsdesk.web.review.numbers import DASHED, Source

# Below that two numbers that read the same differ by nothing that is seen.
LEAST_SHOWN = 0.1
TIMES = (Unit.SECONDS, Unit.WORKING_SECONDS)


def cells(each: Change, source: Source) -> tuple[Cell, Cell, Cell]:
    """The number now, before, and by how much it is higher."""
    now = _cell(each.now, each, source)
    return now, _cell(each.before, each, source) if each.before else DASHED, Cell(difference(each))


def difference(each: Change) -> str:
    """By how much a number is higher than before: `+12`, `-3.0 points`, `+1.2 to +4.0 points`."""
    if each.difference is None:
        return "–"
    low, high = (_amount(value, each) for value in _ends(each))
    text = low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("%(n)s points") % {"n": text} if isinstance(each.now.answer, Share) else text


def _ends(each: Change) -> tuple[float, float]:
    """The difference of the two numbers as they are written: whoever subtracts finds the same."""
    found, now = each.difference, ends_of(each.now.answer)
    before = ends_of(each.before.answer) if each.before else None
    if found is None or now is None or before is None or _unit(each) in TIMES:
        return (found.low, found.high) if found else (0, 0)
    ours, theirs = ([round(value, digits(each)) for value in ends] for ends in (now, before))
    return ours[0] - theirs[1], ours[1] - theirs[0]


def _amount(value: float, each: Change) -> str:
    unit, places = _unit(each), digits(each)
    shown = int(value) if unit in TIMES else round(value, places)
    sign = "+" if shown > 0 else "-" if shown < 0 else "±"
    if unit in TIMES:
        return f"{sign}{measured(abs(int(value)), unit)}"
    text = number_format(abs(shown), places, force_grouping=True)
    return _("%(days)s days") % {"days": f"{sign}{text}"} if unit is Unit.DAYS else f"{sign}{text}"


def _unit(each: Change) -> Unit:
    metric = METRICS.get(each.now.metric)
    return metric.unit if metric else Unit.CASES


def digits(each: Change) -> int:
    """With how many decimals a row is written: one, two where the difference is less than 0.1, and as many as
    a share needs to stay on its side of a threshold; none where everything is whole.
    """
    found = each.difference
    ends = (abs(found.low), abs(found.high)) if found else ()
    answers = [number.answer for number in (each.now, each.before) if number]
    shares = [answer for answer in answers if isinstance(answer, Share) and answer.of]
    if not shares and all(value.is_integer() for value in (*map(float, ends), *_values(answers))):
        return 0
    small = 2 if any(0 < value < LEAST_SHOWN for value in ends) else 1
    return max([small, *map(_decimals, shares)])


def _values(answers: Iterable[Answer]) -> Iterator[float]:
    for answer in answers:
        if isinstance(answer, Mean) and answer.value is not None:
            yield float(answer.value)
        elif isinstance(answer, Spread) and answer.median is not None:
            yield float(answer.median.value)


def _decimals(share: Share) -> int:
    return max(len(percent(hits, share).partition(".")[2]) for hits in (share.low, share.high))


def _cell(number: Number, each: Change, source: Source) -> Cell:
    """A number as everywhere, but with as many digits as its difference."""
    cell = source.cell(number)
    if each.difference is None or _unit(each) in TIMES:
        return cell
    answer, places = number.answer, digits(each)
    if isinstance(answer, Share) and answer.of and not answer.is_small:
        low, high = (f"{hits * 100 / answer.of:.{places}f}" for hits in (answer.low, answer.high))
        return replace(cell, text=f"{low} %" if low == high else f"{low}-{high} %")
    if isinstance(answer, Mean) and answer.value is not None:
        return replace(cell, text=_written(answer.value, places, _unit(each)))
    median = answer.median if isinstance(answer, Spread) else None
    return replace(cell, text=_of_median(median, places, _unit(each))) if median else cell


def _of_median(median: Figure, places: int, unit: Unit) -> str:
    text = _written(median.value, places, unit)
    return f">= {text}" if median.at_least else text


def _written(value: float, places: int, unit: Unit) -> str:
    text = number_format(round(value, places), places, force_grouping=True)
    return _("%(days)s days") % {"days": text} if unit is Unit.DAYS else text
