"""The geometry of a Sankey: nodes whose height is their value, bands between them. Pure.

The caller says in which column a node stands and what stands above it there (in the unit of the
values, and as a number of gaps); so a flow reads the same in every period.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

THINNEST = 1.5
LEGIBLE = 13.0


@dataclass(frozen=True, slots=True)
class Node:
    """`above` and `gaps` say how far from the top it starts: values, and gaps between nodes.

    `value` gives its height; `shown` is the number beside its label.
    """

    key: str
    label: str
    column: int
    value: int
    shown: int
    above: int
    gaps: int
    href: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A flow from one node to another. Bands leave and enter a node in the order given."""

    source: str
    target: str
    value: int
    label: str
    href: str
    kind: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of the drawing, in its own units. `head` is the room a node's two-line label takes."""

    width: float = 960
    height: float = 380
    node: float = 14
    gap: float = 46
    head: float = 38
    foot: float = 6


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A rectangle and where its label stands."""

    label: str
    shown: int
    href: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    text_x: float
    anchor: str

    @property
    def label_y(self) -> float:
        return round(self.y - 23, 2)

    @property
    def value_y(self) -> float:
        return round(self.y - 6, 2)


@dataclass(frozen=True, slots=True)
class DrawnBand:
    """A closed path; `text` is the value where the band is thick enough to carry it."""

    label: str
    href: str
    kind: str
    path: str
    text: str
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Sankey:
    width: float
    height: float
    nodes: tuple[DrawnNode, ...]
    bands: tuple[DrawnBand, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width:g} {self.height:g}"


def sankey(nodes: Sequence[Node], bands: Sequence[Band], frame: Frame) -> Sankey:
    """Lay the nodes and bands out in the frame. Bands of nothing are left out; their nodes stay."""
    unit = _unit(nodes, frame)
    drawn = {node.key: _node(node, unit, frame, nodes) for node in nodes}
    out: defaultdict[str, float] = defaultdict(float)
    into: defaultdict[str, float] = defaultdict(float)
    paths = []
    for band in bands:
        if band.value:
            source, target = drawn[band.source], drawn[band.target]
            thick = band.value * unit
            start_y, end_y = source.y + out[band.source], target.y + into[band.target]
            paths.append(_band(band, source, target, start_y, end_y, thick))
            out[band.source] += thick
            into[band.target] += thick
    return Sankey(frame.width, frame.height, tuple(drawn.values()), tuple(paths))


def _unit(nodes: Sequence[Node], frame: Frame) -> float:
    """The height of a value of 1, so that every node fits."""
    fits = [
        (frame.height - frame.head - frame.foot - node.gaps * frame.gap) / (node.above + node.value)
        for node in nodes
        if node.above + node.value
    ]
    return max(min(fits, default=0.0), 0.0)


def _node(node: Node, unit: float, frame: Frame, nodes: Sequence[Node]) -> DrawnNode:
    last = max(each.column for each in nodes)
    x = node.column * (frame.width - frame.node) / max(last, 1)
    is_last = node.column == last
    return DrawnNode(
        label=node.label,
        shown=node.shown,
        href=node.href,
        kind=node.kind,
        x=round(x, 2),
        y=round(frame.head + node.above * unit + node.gaps * frame.gap, 2),
        width=frame.node,
        height=round(max(node.value * unit, THINNEST), 2),
        text_x=round(x + frame.node if is_last else x, 2),
        anchor="end" if is_last else "start",
    )


def _band(
    band: Band, source: DrawnNode, target: DrawnNode, start_y: float, end_y: float, thick: float
) -> DrawnBand:
    left, right = source.x + source.width, target.x
    middle = (left + right) / 2
    drawn = max(thick, THINNEST)
    start_end, end_end = start_y + drawn, end_y + drawn
    path = (
        f"M{left:.2f} {start_y:.2f}"
        f"C{middle:.2f} {start_y:.2f} {middle:.2f} {end_y:.2f} {right:.2f} {end_y:.2f}"
        f"V{end_end:.2f}C{middle:.2f} {end_end:.2f} {middle:.2f} {start_end:.2f} {left:.2f} {start_end:.2f}Z"
    )
    return DrawnBand(
        label=band.label,
        href=band.href,
        kind=band.kind,
        path=path,
        text=str(band.value) if thick >= LEGIBLE else "",
        text_x=round(left + 8, 2),
        text_y=round(start_y + thick / 2 + 4, 2),
    )
