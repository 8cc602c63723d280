"""The geometry of a donut: parts of a whole as a ring, clockwise from the top. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

# What is thinner than this, as a part of the ring, carries no number of its own.
LEGIBLE = 0.06


@dataclass(frozen=True, slots=True)
class Slice:
    """One part: its value, the words a reader hears, the list it opens, the stylesheet's class."""

    name: str
    value: int
    label: str
    href: str
    kind: str


@dataclass(frozen=True, slots=True)
class DrawnSlice:
    """A closed path; `text` is the value where the part is broad enough to carry it."""

    name: str
    value: int
    label: str
    href: str
    kind: str
    path: str
    text: str
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Donut:
    """A square drawing with the total in its middle. `href`: the list of all, which `label` says in words."""

    size: float
    total: int
    slices: tuple[DrawnSlice, ...]
    label: str = ""
    href: str = ""

    @property
    def view_box(self) -> str:
        return f"0 0 {self.size:g} {self.size:g}"

    @property
    def middle(self) -> float:
        return self.size / 2


def donut(
    slices: Sequence[Slice], *, label: str = "", href: str = "", size: float = 220, thickness: float = 46
) -> Donut:
    """Draw the parts in their order; what is nothing is left out."""
    total = sum(each.value for each in slices)
    drawn, before = [], 0
    for each in slices:
        if each.value:
            drawn.append(_drawn(each, before / total, (before + each.value) / total, size, thickness))
        before += each.value
    return Donut(size, total, tuple(drawn), label, href)


def _drawn(each: Slice, start: float, end: float, size: float, thickness: float) -> DrawnSlice:
    outer, inner = size / 2 - 2, size / 2 - 2 - thickness
    text_x, text_y = _point((start + end) / 2, (outer + inner) / 2, size)
    return DrawnSlice(
        name=each.name,
        value=each.value,
        label=each.label,
        href=each.href,
        kind=each.kind,
        path=_ring(size, outer, inner) if end - start == 1 else _arc(start, end, size, outer, inner),
        text=str(each.value) if end - start >= LEGIBLE else "",
        text_x=text_x,
        text_y=round(text_y + 4.5, 2),
    )


def _arc(start: float, end: float, size: float, outer: float, inner: float) -> str:
    """A piece of the ring between two turns (0 to 1)."""
    large = int(end - start > 0.5)
    (ax, ay), (bx, by) = _point(start, outer, size), _point(end, outer, size)
    (cx, cy), (dx, dy) = _point(end, inner, size), _point(start, inner, size)
    return (
        f"M{ax:g} {ay:g}A{outer:g} {outer:g} 0 {large} 1 {bx:g} {by:g}"
        f"L{cx:g} {cy:g}A{inner:g} {inner:g} 0 {large} 0 {dx:g} {dy:g}Z"
    )


def _ring(size: float, outer: float, inner: float) -> str:
    """The whole ring: an arc can't end where it begins, so each circle is two halves."""
    top, middle = size / 2 - outer, size / 2
    hole = size / 2 - inner
    return (
        f"M{middle:g} {top:g}A{outer:g} {outer:g} 0 1 1 {middle:g} {size - top:g}"
        f"A{outer:g} {outer:g} 0 1 1 {middle:g} {top:g}Z"
        f"M{middle:g} {hole:g}A{inner:g} {inner:g} 0 1 0 {middle:g} {size - hole:g}"
        f"A{inner:g} {inner:g} 0 1 0 {middle:g} {hole:g}Z"
    )


def _point(turn: float, radius: float, size: float) -> tuple[float, float]:
    """The point at a turn (0 is the top, clockwise) of a circle round the middle."""
    angle = 2 * pi * turn
    return round(size / 2 + radius * sin(angle), 2), round(size / 2 - radius * cos(angle), 2)
