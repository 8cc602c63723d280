"""Month by month: deals created and settled, disputes raised, completion and dispute rate.

A month is whole, whatever day the period begins or ends on. It is drawn hollow while over a tenth of its
deals are not old enough to say whether they are completed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share, State
from opsdesk.insight.catalogue import metric
from opsdesk.insight.funnel import last_day
from opsdesk.insight.thresholds import book
from opsdesk.web.charts import bar, line
from opsdesk.web.dashboards.asking import Asker
from opsdesk.web.dashboards.ground import Ground, brackets
from opsdesk.web.dashboards.pieces import Content, Picture
from opsdesk.web.funnel.pictures import short
from opsdesk.web.funnel.words import CHIPS, share_inside
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.tables import Cell, Column, Table
from opsdesk.web.numbers.words import period_text
from opsdesk.web.phrases import joined, opening, phrase

COUNTS = ("deals_created", "deals_settled", "disputes_raised")
RATES = ("completion", "dispute_rate")
METRICS = (*COUNTS, *RATES)
NOT_OF_PLACE = ("state", "reason")
MOST = 24
WIDE = line.Frame(width=560, height=200)
NARROW = line.Frame(width=360, height=220, left=40, right=6)
KINDS = ("series-1", "series-4", "series-5")


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its ground, and whether over a tenth of its deals are too young to judge it by."""

    first: date
    ground: Ground
    is_hollow: bool

    @property
    def name(self) -> str:
        return period_text(self.ground.place)

    @property
    def is_empty(self) -> bool:
        return not any(self.ground.count(key) for key in COUNTS)

    def rate(self, key: str) -> Share:
        found = self.ground.ask(key)[()]
        assert isinstance(found, Share)
        return found


def content(ground: Ground) -> Content:
    """The page's pieces."""
    found = months(ground)
    return Content(
        sentences=(newest_sentence(found), judged_sentence(found)),
        pictures=(
            *(_counts(key, kind, found) for key, kind in zip(COUNTS, KINDS, strict=True)),
            _rates(found),
        ),
        tables=(_table(ground, found),),
    )


def months(ground: Ground) -> list[Month]:
    """The months of the period that have begun, the oldest first, from the first with anything in it on."""
    place = ground.place
    last = last_day(place.period, place.as_of).astimezone(place.zone).date()
    begin = place.period.start.astimezone(place.zone).date()
    found = [_month(ground, first) for first in _firsts(begin, last)]
    while found and found[0].is_empty:
        found.pop(0)
    return found


def _firsts(begin: date, last: date) -> list[date]:
    """The first days of the months from one day to another, the last two years of them."""
    firsts = [last.replace(day=1)]
    while len(firsts) < MOST and firsts[-1] > begin:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return [first for first in reversed(firsts) if first >= begin.replace(day=1)]


def _month(ground: Ground, first: date) -> Month:
    place = ground.place.in_month(f"{first:%Y-%m}")
    of = last_day(place.period, place.as_of).astimezone(place.zone).date()
    own = _of(replace(ground, book=book(place.desk, of)), place)
    return Month(first, own, _is_young(own))


def _of(ground: Ground, place: Place) -> Ground:
    """The ground of a place of which only whole numbers are asked."""
    return replace(ground, place=place, asker=Asker(place, of_scopes=False))


def _is_young(ground: Ground) -> bool:
    """Whether over a tenth of the deals created are not old enough, of those that only place narrows."""
    narrower = any(ground.place.filters.get(name) for name in NOT_OF_PLACE)
    of_place = _of(ground, ground.place.only(**dict.fromkeys(NOT_OF_PLACE, ""))) if narrower else ground
    created = of_place.count("deals_created")
    completion = of_place.ask("completion")[()]
    assert isinstance(completion, Share)
    old = completion.of + of_place.count("old_never_funded")
    return (created - old) * 10 > created


def newest_sentence(found: Sequence[Month]) -> str:
    """What the newest month has, beside the one before."""
    if not found:
        return _("No deal was created or settled, and no dispute raised.")
    said = [
        phrase(_("%(month)s: %(each)s."), {"month": month.name, "each": _each(month)}) for month in found[-2:]
    ]
    return joined(reversed(said), " ")


def _each(month: Month) -> SafeString:
    created, _settled, raised = counts = [month.ground.count(key) for key in COUNTS]
    texts = (
        ngettext("%(n)d deal created", "%(n)d deals created", created),
        _("%(n)d settled"),
        ngettext("%(n)d dispute raised", "%(n)d disputes raised", raised),
    )
    links = (month.ground.opening(n, key) for key, n in zip(COUNTS, counts, strict=True))
    return joined(phrase(text, {"n": link}) for text, link in zip(texts, links, strict=True))


def judged_sentence(found: Sequence[Month]) -> str:
    """The newest month that is old enough, and its two rates."""
    old = [month for month in found if not month.is_hollow and month.rate("completion").of]
    if not old:
        return _("No month is old enough yet to say how many of its deals are completed.") if found else ""
    words = {
        "month": old[-1].name,
        "completion": _rate(old[-1], "completion"),
        "disputes": _rate(old[-1], "dispute_rate"),
    }
    text = _(
        "The newest month that is old enough to judge is %(month)s: completion %(completion)s, dispute rate"
        " %(disputes)s."
    )
    return phrase(text, words)


def _rate(month: Month, key: str) -> SafeString:
    share = month.rate(key)
    return opening(share_inside(share), month.ground.href(key) if share.low else "")


def _counts(key: str, kind: str, found: Sequence[Month]) -> Picture:
    columns = [
        bar.Column(
            (bar.Part(n := month.ground.count(key), kind),),
            _("%(name)s: %(n)d") % {"name": month.name, "n": n},
            month.ground.href(key),
        )
        for month in found
    ]
    places = [short(month.first) for month in found]
    wide, narrow = (bar.bar_chart(places, columns, frame) for frame in (WIDE, NARROW))
    return Picture(key.replace("_", "-"), _(metric(key).name), wide=wide, narrow=narrow)


def _rates(found: Sequence[Month]) -> Picture:
    series = [
        line.Series(_(metric(key).name), kind, tuple(_point(month, key) for month in found))
        for key, kind in zip(RATES, (KINDS[1], KINDS[2]), strict=True)
    ]
    places = [short(month.first) for month in found]
    wide, narrow = (line.line_chart(places, series, frame) for frame in (WIDE, NARROW))
    legend = [(f"is-line {each.kind}", each.name) for each in series]
    return Picture(
        "rates",
        _("Completion and dispute rate, by the month deals were created in"),
        wide=wide,
        narrow=narrow,
        legend=(*legend, ("is-hollow", _("over 10 % of its deals are not old enough yet"))),
    )


def _point(month: Month, key: str) -> line.Point:
    share = month.rate(key)
    href = month.ground.href(key)
    if share.of == 0:
        return line.Point(None, None, hollow=False, label="", href=href)
    words = {"month": month.name, "name": _(metric(key).name), "n": share.low, "of": share.of}
    label = _("%(month)s, %(name)s: %(n)d of %(of)d (%(share)s)") % {**words, "share": brackets(share)}
    low, high = (hits * 100 / share.of for hits in (share.low, share.high))
    return line.Point(low, high, month.is_hollow, label, href)


def _table(ground: Ground, found: Sequence[Month]) -> Table:
    columns = (
        Column(_("Month"), is_number=False),
        *(Column(_(metric(key).name)) for key in METRICS),
        Column(_("Old enough"), is_number=False),
    )
    empty = _("No deal was created or settled, and no dispute raised.")
    note = _("Months are whole. Rates count the deals created in the month that are old enough.")
    return ground.table("months", _("Month by month"), columns, tuple(_rows(found)), note, empty)


def _rows(found: Sequence[Month]) -> Iterator[tuple[Cell, ...]]:
    """A row a month, the newest first."""
    for month in reversed(found):
        overview = month.ground.place.at(reverse("dashboard", args=["overview"])).address
        yield (
            Cell(month.name, f"{month.first:%Y-%m}", overview),
            *(_cell(month, key) for key in METRICS),
            Cell(_("not yet") if month.is_hollow else _("yes"), int(not month.is_hollow)),
        )


def _cell(month: Month, key: str) -> Cell:
    """A number of a month; one that is not old enough has no verdict yet."""
    cell = month.ground.cell(key, month.ground.ask(key))
    if not (month.is_hollow and cell.state):
        return cell
    return replace(cell, chip=CHIPS[State.NOT_YET_KNOWN], state=_("not old enough yet"))
