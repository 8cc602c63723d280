"""The first numbers of a review beside those of the period before, and its answer in words."""

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share, State
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.registry import Unit
from opsdesk.review.document import About, OfRequests
from opsdesk.review.numbers import Change
from opsdesk.web.funnel.words import period_text, requests, share_inside
from opsdesk.web.numbers.cells import measured
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.review.answered import kinds_at, still_open
from opsdesk.web.review.numbers import Source, when
from opsdesk.web.review.paper import Section

LEAST_SHOWN = 0.1


def section(source: Source) -> Section:
    """Every first number, before and now."""
    document = source.document
    before = period_text(document.before, source.desk)
    rows = tuple(
        (
            heading(name_of(each.now.metric)),
            source.cell(each.now),
            source.cell(each.before) if each.before else Cell("–", ""),
            Cell(difference(each)),
        )
        for each in document.headline
    )
    columns = (
        Column(_("Number"), is_number=False),
        Column(when(source)),
        Column(before),
        Column(_("Difference")),
    )
    note = _("Of shares the difference is in percentage points; a range where requests are still open.")
    return Section(
        "numbers",
        _("In numbers, beside the period before"),
        tables=(Table("headline", _("The first numbers"), columns, rows, note=note),),
    )


def name_of(metric: str) -> str:
    """A metric's name; its key where this version has none of that name."""
    return _(METRICS[metric].name) if metric in METRICS else metric


def difference(each: Change) -> str:
    """By how much a number is higher than before: `+12`, `-3.0 points`, `+1.2 to +4.0 points`."""
    found = each.difference
    if found is None:
        return "–"
    metric = METRICS.get(each.now.metric)
    unit = metric.unit if metric else Unit.CASES
    low, high = (_amount(value, unit, each) for value in (found.low, found.high))
    text = low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("%(n)s points") % {"n": text} if isinstance(each.now.answer, Share) else text


def _amount(value: float, unit: Unit, each: Change) -> str:
    # What two numbers that read the same differ by is told.
    places = 1 if abs(value) >= LEAST_SHOWN else 2
    is_time = unit in (Unit.SECONDS, Unit.WORKING_SECONDS)
    shown = int(value) if is_time else round(value, places)
    sign = "+" if shown > 0 else "-" if shown < 0 else "±"
    if is_time:
        return f"{sign}{measured(abs(int(value)), unit)}"
    is_whole = float(value).is_integer() and not isinstance(each.now.answer, Share)
    text = number_format(abs(round(value, places)), 0 if is_whole else places, force_grouping=True)
    return _("%(days)s days") % {"days": f"{sign}{text}"} if unit is Unit.DAYS else f"{sign}{text}"


def first(source: Source) -> str:
    """The answer: how much there was, and how much of it is red."""
    document = source.document
    if document.about is About.DEALS:
        came = ngettext("%(n)d deal was created", "%(n)d deals were created", document.n) % {"n": document.n}
    else:
        came = _("%(requests)s came in") % {"requests": requests(document.n)}
    words = {"came": came, "when": when(source), "red": reds(source), "before": document.n_before}
    return _("In %(when)s, %(came)s, after %(before)d in the period before; %(red)s.") % words


def reds(source: Source) -> str:
    """How many findings are red, and how many are on watch."""
    states = [each.state for each in source.document.findings]
    red, watched = states.count(State.RED), states.count(State.WATCH)
    watch = ngettext("%(n)d is on watch", "%(n)d are on watch", watched) % {"n": watched}
    if not red:
        return (
            _("nothing is red, %(watch)s") % {"watch": watch} if watched else _("nothing is red or on watch")
        )
    said = ngettext("%(n)d finding is red", "%(n)d findings are red", red) % {"n": red}
    return _("%(red)s, %(watch)s") % {"red": said, "watch": watch} if watched else said


def chip(source: Source) -> str:
    """How urgent the whole is."""
    states = {each.state for each in source.document.findings}
    looks = ((State.RED, "is-bad"), (State.WATCH, "is-watch"), (State.HEALTHY, "is-good"))
    return next((look for state, look in looks if state in states), "")


def of_tiers(found: OfRequests, source: Source) -> Iterable[str]:
    """What each tier made of what it received."""
    for tier in found.tiers:
        share = tier.rate.answer if tier.tier > 1 else found.questions.alone.answer
        if not tier.received.n or not isinstance(share, Share):
            continue
        words: dict[str, object] = {
            "tier": tier.tier,
            "resolved": tier.resolved.n,
            "share": share_inside(share),
            "up": tier.escalated.n,
        }
        if tier.escalated.n:
            yield _("Tier %(tier)d resolved %(resolved)d (%(share)s) and handed %(up)d up.") % words
        elif tier.tier == len(found.tiers) and tier.resolved.n:
            words["kinds"] = kinds_at(found.questions.types, tier.tier, source)
            yield _("Tier %(tier)d resolved %(resolved)d (%(share)s): %(kinds)s.") % words
        else:
            yield _("Tier %(tier)d resolved %(resolved)d (%(share)s).") % words
    if still := sum(tier.open.n for tier in found.tiers):
        yield still_open(still)
