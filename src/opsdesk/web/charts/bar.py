"""The geometry of a stacked bar chart: one column a place, parts from the bottom up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from opsdesk.web.charts.line import Frame, Tick, x_ticks

BROADEST = 46.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a column: its value and the stylesheet's class for it; `href` lists it, where it has a list
    of its own."""

    value: int
    kind: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `label` says in words what it shows."""

    parts: tuple[Part, ...]
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Block:
    y: float
    height: float
    kind: str
    href: str


@dataclass(frozen=True, slots=True)
class DrawnColumn:
    x: float
    width: float
    y: float
    height: float
    label: str
    href: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    frame: Frame
    columns: tuple[DrawnColumn, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.frame.width:g} {self.frame.height:g}"


def bar_chart(places: Sequence[str], columns: Sequence[Column], frame: Frame) -> BarChart:
    """Draw counts over named places, on an axis from 0 to a round number."""
    ticks = count_ticks(max((_total(column) for column in columns), default=0))
    return BarChart(
        frame=frame,
        columns=tuple(_column(column, n, len(columns), frame, ticks[-1]) for n, column in enumerate(columns)),
        x_ticks=x_ticks(places, frame),
        y_ticks=tuple(Tick(frame.y(tick, ticks[-1]), str(tick)) for tick in ticks),
    )


def count_ticks(most: int) -> tuple[int, ...]:
    """Whole numbers from 0 to a round one at or above `most`, 3 to 6 of them."""
    if most < 4:
        return tuple(range(max(most, 1) + 1))
    power = 10 ** int(log10(most))
    steps = (power / 5, power / 2, power, power * 2, power * 5)
    step = next(each for each in steps if each >= 1 and ceil(most / each) <= 5)
    return tuple(int(step * n) for n in range(ceil(most / step) + 1))


def _total(column: Column) -> int:
    return sum(part.value for part in column.parts)


def _column(column: Column, place: int, places: int, frame: Frame, most: int) -> DrawnColumn:
    room = frame.plot_width / places
    width = round(min(room * 0.68, BROADEST), 2)
    blocks, below = [], 0
    for part in column.parts:
        top = frame.y(below + part.value, most)
        if part.value:
            blocks.append(Block(top, round(frame.y(below, most) - top, 2), part.kind, part.href))
        below += part.value
    return DrawnColumn(
        x=round(frame.x(place, places) - width / 2, 2),
        width=width,
        y=frame.y(below, most),
        height=round(frame.floor - frame.y(below, most), 2),
        label=column.label,
        href=column.href,
        blocks=tuple(blocks),
    )
