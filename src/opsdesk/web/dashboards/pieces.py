"""The pieces of a dashboard: numbers with limits, pictures, tables, below the answer in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from opsdesk.web.charts.bar import BarChart
from opsdesk.web.charts.donut import Donut, Slice, donut
from opsdesk.web.charts.histogram import Bin, Histogram, histogram
from opsdesk.web.charts.line import LineChart
from opsdesk.web.numbers.tables import Cell, Table

WIDE, NARROW = 520, 300
SERIES = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with what it means. `cell` opens its list."""

    name: str
    cell: Cell
    meaning: str = ""


Drawing = Histogram | BarChart | LineChart


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its title: a donut, or one of the others for broad and for narrow windows.

    `legend`: the stylesheet's class of each colour, and what it stands for.
    """

    key: str
    title: str
    donut: Donut | None = None
    wide: Drawing | None = None
    narrow: Drawing | None = None
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.donut.slices if self.donut else _marks(self.wide))

    @property
    def template(self) -> str:
        """What draws it."""
        return TEMPLATES[type(self.wide)]


TEMPLATES: dict[type, str] = {
    Histogram: "charts/histogram.html",
    BarChart: "charts/bar.html",
    LineChart: "charts/line.html",
}


def _marks(drawing: Drawing | None) -> Sequence[object]:
    if isinstance(drawing, LineChart):
        return [dot for series in drawing.series for dot in series.dots]
    if isinstance(drawing, BarChart):
        return drawing.columns
    return drawing.bins if drawing else ()


@dataclass(frozen=True, slots=True)
class Content:
    """A dashboard: the answer in words, first what matters most, then numbers, pictures and tables."""

    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    is_urgent: bool = False


def series(number: int) -> str:
    """The stylesheet's class of the n-th of several; they come round again after six."""
    return f"series-{number % SERIES + 1}"


def ring(key: str, title: str, slices: Sequence[Slice], href: str) -> Picture:
    """Parts of a whole; the number in the middle opens all of them."""
    total = sum(each.value for each in slices)
    label = _("%(name)s: %(n)d") % {"name": _("All"), "n": total}
    return Picture(key, title, donut=donut(slices, label=label, href=href if total else ""))


def bars(key: str, title: str, bins: Sequence[Bin], note: str = "", most: float = 0) -> Picture:
    return Picture(
        key,
        title,
        wide=histogram(bins, width=WIDE, most=most),
        narrow=histogram(bins, width=NARROW, most=most),
        note=note,
    )
