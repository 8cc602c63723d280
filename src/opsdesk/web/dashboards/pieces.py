"""The pieces of a dashboard: numbers with limits, pictures, tables, below the answer in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsdesk.web.charts.donut import Donut, Slice, donut
from opsdesk.web.charts.histogram import Bin, Histogram, histogram
from opsdesk.web.numbers.tables import Cell, Table

WIDE, NARROW = 520, 300
SERIES = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with what it means. `cell` opens its list."""

    name: str
    cell: Cell
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its title: a donut, or a histogram for broad and for narrow windows."""

    key: str
    title: str
    donut: Donut | None = None
    wide: Histogram | None = None
    narrow: Histogram | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        drawn = self.donut.slices if self.donut else self.wide.bins if self.wide else ()
        return not drawn


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


def ring(key: str, title: str, slices: Sequence[Slice], note: str = "") -> Picture:
    return Picture(key, title, donut=donut(slices), note=note)


def bars(key: str, title: str, bins: Sequence[Bin], note: str = "", most: float = 0) -> Picture:
    return Picture(
        key,
        title,
        wide=histogram(bins, width=WIDE, most=most),
        narrow=histogram(bins, width=NARROW, most=most),
        note=note,
    )
