"""One answer of a metric as a cell that opens its list: counts, shares, means, percentiles."""

from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Metric, Side, Tally, Unit
from opsdesk.insight.statistics import Figure, Spread
from opsdesk.web.formats import elapsed, working
from opsdesk.web.funnel.export import Value
from opsdesk.web.funnel.words import CHIPS, DASH, share_parts, state_text
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.tables import PARTS, Cell
from opsdesk.web.phrases import opening

DAY = 86400


def cell(
    metric: Metric,
    answers: Answers,
    place: Place,
    *,
    by: tuple[str, ...] = (),
    key: Key = (),
    side: Side = Side.COUNTED,
) -> Cell:
    """The answer for `key` as a cell; no answer is a dash. A spread is its median."""
    answer = answers.get(key)
    href = place.members(metric.key, by=by, key=key, side=side) if metric.members else ""
    left_out = ""
    if isinstance(answer, Mean) and answer.missing and href:
        left_out = place.members(metric.key, by=by, key=key, side=Side.MISSING)
    return drawn(answer, metric.unit, href, side, left_out)


def drawn(
    answer: Answer | None, unit: Unit, href: str = "", side: Side = Side.COUNTED, left_out: str = ""
) -> Cell:
    """An answer in words; it opens its list unless it counts nothing. `left_out` is the list of what has no
    such time."""
    if answer is None:
        return Cell(DASH, "")
    if isinstance(answer, Tally):
        return counted(answer.n, href)
    if isinstance(answer, Share):
        return _share(answer, href, side)
    if isinstance(answer, Mean):
        return _mean(answer, unit, href, left_out)
    return figure(answer, answer.median, unit, href)


def counted(n: int, href: str = "") -> Cell:
    """A count that opens what it counts."""
    return Cell(_grouped(n, get_language()), n, href if n else "")


@lru_cache(maxsize=4096)
def _grouped(n: int, language: str | None) -> str:
    """A count as the language in use writes it: a page has the same ones hundreds of times."""
    return number_format(n, 0, force_grouping=True)


def _share(share: Share, href: str, side: Side) -> Cell:
    if side is not Side.COUNTED:
        return counted(share.of if side is Side.WHOLE else share.open, href)
    text, range_ = share_parts(share)
    low, high = (round(hits / share.of, 6) if share.of else "" for hits in (share.low, share.high))
    chip, state = CHIPS.get(share.state, ""), state_text(share)
    beside = (("low", low), ("high", high), ("of", share.of))
    return Cell(text, low, href if share.low else "", range_, chip, state, beside=beside)


def _mean(mean: Mean, unit: Unit, href: str, left_out: str) -> Cell:
    if mean.value is None:
        return Cell(DASH, "")
    words = _("%(n)d without a time") % {"n": mean.missing} if mean.missing else ""
    note = opening(words, left_out) if left_out else words
    value = round(mean.value, 3)
    beside = ((unit.value, value), ("missing", mean.missing)) if unit.value in PARTS else ()
    return Cell(measured(mean.value, unit), value, href, note, beside=beside)


def figure(spread: Spread, found: Figure | None, unit: Unit, href: str = "") -> Cell:
    """One percentile of a spread; the median's has its range where there are few."""
    if found is None:
        return Cell(DASH, "")
    value, few = round(found.value, 3), ""
    beside: tuple[tuple[str, Value], ...] = ((unit.value, value), ("at_least", int(found.at_least)))
    low, high = spread.median_low, spread.median_high
    if found is spread.median and low is not None and high is not None:
        few = f"{measured(low.value, unit)} {DASH} {measured(high.value, unit)}"
        beside = (*beside, ("range_low", round(low.value, 3)), ("range_high", round(high.value, 3)))
    text = measured(found.value, unit)
    return Cell(f">= {text}" if found.at_least else text, value, href, few, beside=beside)


def measured(value: float, unit: Unit) -> str:
    """A value in its unit, for people: seconds become days and hours, of working time hours alone; days have
    one decimal.
    """
    if unit is Unit.SECONDS:
        return elapsed(int(value))
    if unit is Unit.WORKING_SECONDS:
        return working(int(value))
    if unit is Unit.DAYS:
        return _("%(days)s days") % {"days": number_format(round(value, 1), 1)}
    return number_format(round(value, 1), 1 if value % 1 else 0)
