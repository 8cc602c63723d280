"""The geometry of a line chart of shares over time, with bounds where they are not known yet. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

TICKS = (0, 25, 50, 75, 100)
WIDEST_LABEL = 44.0


@dataclass(frozen=True, slots=True)
class Point:
    """One value: per cent, from `low` to `high` while some is open; None: nothing to tell."""

    low: float | None
    high: float | None
    hollow: bool
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a class from the stylesheet and its points, one for each place on the axis."""

    name: str
    kind: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and the margins its axes need."""

    width: float = 960
    height: float = 260
    left: float = 44
    right: float = 14
    top: float = 12
    bottom: float = 26

    @property
    def plot_width(self) -> float:
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> float:
        return self.height - self.top - self.bottom

    @property
    def ends(self) -> float:
        """Where the plot ends to the right."""
        return self.width - self.right

    @property
    def words_end(self) -> float:
        """Where the words of the upright axis end."""
        return self.left - 8

    @property
    def floor(self) -> float:
        return self.height - self.bottom

    def x(self, place: int, places: int) -> float:
        """The middle of a place on the axis."""
        return round(self.left + (place + 0.5) * self.plot_width / places, 2)

    def y(self, value: float, most: float) -> float:
        return round(self.floor - value / most * self.plot_height, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, with the words beside it; `is_shown` is false where they would overlap."""

    at: float
    text: str
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    low_y: float
    high_y: float
    hollow: bool
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    name: str
    kind: str
    paths: tuple[str, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    frame: Frame
    series: tuple[DrawnSeries, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.frame.width:g} {self.frame.height:g}"


def line_chart(places: Sequence[str], series: Sequence[Series], frame: Frame) -> LineChart:
    """Draw shares from 0 to 100 over named places; a line breaks where there is nothing to tell."""
    return LineChart(
        frame=frame,
        series=tuple(_series(each, frame) for each in series),
        x_ticks=x_ticks(places, frame),
        y_ticks=tuple(Tick(frame.y(tick, 100), f"{tick} %") for tick in TICKS),
    )


def x_ticks(places: Sequence[str], frame: Frame) -> tuple[Tick, ...]:
    """One tick a place; as many words, counted from the last, as fit beside one another."""
    step = max(1, -(-len(places) * WIDEST_LABEL // frame.plot_width)) if places else 1
    last = len(places) - 1
    return tuple(
        Tick(frame.x(n, len(places)), text, is_shown=(last - n) % step == 0) for n, text in enumerate(places)
    )


def _series(series: Series, frame: Frame) -> DrawnSeries:
    dots = [_dot(point, n, len(series.points), frame) for n, point in enumerate(series.points)]
    return DrawnSeries(
        name=series.name,
        kind=series.kind,
        paths=tuple(_paths(dots)),
        dots=tuple(dot for dot in dots if dot),
    )


def _dot(point: Point, place: int, places: int, frame: Frame) -> Dot | None:
    if point.low is None or point.high is None:
        return None
    return Dot(
        x=frame.x(place, places),
        low_y=frame.y(point.low, 100),
        high_y=frame.y(point.high, 100),
        hollow=point.hollow,
        label=point.label,
        href=point.href,
    )


def _paths(dots: Sequence[Dot | None]) -> list[str]:
    """The runs of known points, each as one open path."""
    runs = (list(run) for known, run in groupby(dots, key=lambda dot: dot is not None) if known)
    return ["M" + "L".join(f"{dot.x:g} {dot.low_y:g}" for dot in run if dot) for run in runs]
