"""The geometry of a histogram: one lying bar a class, its name above it, its value at its end. Pure.

Lying bars keep their names whole at any width. A bar may have a range: from its value to `high`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LETTER = 7.2


@dataclass(frozen=True, slots=True)
class Bin:
    """One class: `value` gives the bar's length, `text` stands at its end, `label` says all in words."""

    name: str
    value: float
    text: str
    label: str
    href: str = ""
    kind: str = "series-1"
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnBin:
    name: str
    text: str
    label: str
    href: str
    kind: str
    y: float
    width: float
    range_width: float

    @property
    def name_y(self) -> float:
        return round(self.y - 6, 2)

    @property
    def text_x(self) -> float:
        return round(self.width + self.range_width + 6, 2)


@dataclass(frozen=True, slots=True)
class Histogram:
    width: float
    height: float
    bar: float
    bins: tuple[DrawnBin, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width:g} {self.height:g}"

    @property
    def text_dy(self) -> float:
        """From a bar's top to the foot of the words beside it."""
        return round(self.bar / 2 + 4.5, 2)


def histogram(
    bins: Sequence[Bin], *, width: float, most: float = 0, bar: float = 20, step: float = 46
) -> Histogram:
    """Draw the classes below one another; the longest bar, or `most`, takes the width beside its words."""
    room = width - max((len(each.text) for each in bins), default=0) * LETTER - 8
    longest = max([most, *(each.high or each.value for each in bins)], default=0) or 1
    drawn = tuple(
        DrawnBin(
            name=each.name,
            text=each.text,
            label=each.label,
            href=each.href,
            kind=each.kind,
            y=round(20 + n * step, 2),
            width=round(each.value / longest * room, 2),
            range_width=round(max((each.high or each.value) - each.value, 0) / longest * room, 2),
        )
        for n, each in enumerate(bins)
    )
    return Histogram(width, len(bins) * step + 4, bar, drawn)
