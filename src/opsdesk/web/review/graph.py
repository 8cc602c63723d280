"""The geometry of a flow between queues: boxes in columns, an arrow for every way between them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

LETTER, SMALL_LETTER = 7.4, 6.2
LINES = 2
BEND = 46.0


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its name, what stands small below it, and the list behind it. Columns count from the left."""

    key: str
    label: str
    column: int
    below: str = ""
    href: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one box to another. `text` stands beside it, `label` says the same in words."""

    source: str
    target: str
    text: str = ""
    label: str = ""
    href: str = ""
    kind: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes, in the order in which each column stacks them, and arrows, each between two of the boxes."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of the drawing, in its own units."""

    width: float = 960
    box: float = 172
    height: float = 64
    gap: float = 30
    edge: float = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box's name, and where its middle stands."""

    text: str
    y: float


@dataclass(frozen=True, slots=True)
class DrawnNode:
    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Line, ...]
    below: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)

    @property
    def below_y(self) -> float:
        return round(self.y + self.height - 10, 2)


@dataclass(frozen=True, slots=True)
class DrawnArrow:
    """A curve, the triangle at its end, and where its text stands."""

    arrow: Arrow
    path: str
    head: str
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    nodes: tuple[DrawnNode, ...]
    arrows: tuple[DrawnArrow, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width:g} {self.height:g}"


@dataclass(frozen=True, slots=True)
class _End:
    """One end of an arrow: at a side of a box (1 the right one, -1 the left), at some height."""

    x: float
    y: float
    side: int


def draw(graph: Graph, frame: Frame | None = None) -> Drawing:
    """Boxes in their columns, each column in the middle of the height; arrows apart from one another."""
    frame = frame or Frame()
    columns = _columns(graph.nodes)
    most = max((len(column) for column in columns.values()), default=1)
    height = 2 * frame.edge + most * frame.height + (most - 1) * frame.gap
    boxes = {each.node.key: each for each in _boxes(columns, height, frame)}
    ends = _ends(graph.arrows, boxes)
    arrows = tuple(_arrow(arrow, *ends[n]) for n, arrow in enumerate(graph.arrows))
    return Drawing(frame.width, round(height, 2), tuple(boxes.values()), arrows)


def _columns(nodes: Iterable[Node]) -> dict[int, list[Node]]:
    found: defaultdict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        found[node.column].append(node)
    return found


def _boxes(columns: dict[int, list[Node]], height: float, frame: Frame) -> Iterable[DrawnNode]:
    last = max(columns, default=0)
    step = (frame.width - frame.box - 2 * frame.edge) / max(last, 1)
    for column, nodes in sorted(columns.items()):
        room = (height - 2 * frame.edge) / len(nodes)
        for row, node in enumerate(nodes):
            x = frame.edge + column * step
            y = frame.edge + (row + 0.5) * room - frame.height / 2
            yield _box(node, round(x, 2), round(y, 2), frame)


def _box(node: Node, x: float, y: float, frame: Frame) -> DrawnNode:
    texts = wrapped(node.label, int(frame.box / LETTER) - 1)
    room = frame.height - (18 if node.below else 0)
    first = y + room / 2 + 5 - (len(texts) - 1) * 7.5
    lines = tuple(Line(text, round(first + n * 15, 2)) for n, text in enumerate(texts))
    below = _cut(node.below, int(frame.box / SMALL_LETTER))
    return DrawnNode(node, x, y, frame.box, frame.height, lines, below)


def wrapped(text: str, room: int) -> list[str]:
    """A name in two lines at most of so many letters; wide ones count twice. What does not fit is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _wide(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = lines[:LINES]
    if len(lines) > LINES:
        shown[-1] = f"{shown[-1]} …"
    return [_cut(line, room) for line in shown]


def _cut(text: str, room: int) -> str:
    if _wide(text) <= room:
        return text
    while text and _wide(text) > room - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _ends(arrows: Sequence[Arrow], boxes: dict[str, DrawnNode]) -> dict[int, tuple[_End, _End]]:
    """Where each arrow leaves and arrives: those at one side of a box stand apart, by where they lead."""
    at: defaultdict[tuple[str, int], list[tuple[float, int, bool]]] = defaultdict(list)
    for n, arrow in enumerate(arrows):
        source, target = boxes[arrow.source], boxes[arrow.target]
        out, into = _sides(source, target)
        at[(arrow.source, out)].append((target.y, n, True))
        at[(arrow.target, into)].append((source.y, n, False))
    found: dict[tuple[int, bool], _End] = {}
    for (key, side), meeting in at.items():
        box = boxes[key]
        x = box.x + box.width if side > 0 else box.x
        for place, (_y, n, leaves) in enumerate(sorted(meeting), 1):
            found[(n, leaves)] = _End(x, box.y + box.height * place / (len(meeting) + 1), side)
    return {n: (found[(n, True)], found[(n, False)]) for n in range(len(arrows))}


def _sides(source: DrawnNode, target: DrawnNode) -> tuple[int, int]:
    """Forward from right to left, back from left to right; within a column from right to right."""
    if source.node.column < target.node.column:
        return 1, -1
    return (-1, 1) if source.node.column > target.node.column else (1, 1)


def _arrow(arrow: Arrow, start: _End, end: _End) -> DrawnArrow:
    bend = BEND if start.side == end.side else max(abs(end.x - start.x) / 2, BEND)
    path = (
        f"M{start.x:.1f} {start.y:.1f}"
        f"C{start.x + start.side * bend:.1f} {start.y:.1f}"
        f" {end.x + end.side * bend:.1f} {end.y:.1f}"
        f" {end.x + end.side * 6:.1f} {end.y:.1f}"
    )
    tip = end.x + end.side * 9
    head = f"M{end.x:.1f} {end.y:.1f}L{tip:.1f} {end.y - 4.5:.1f}V{end.y + 4.5:.1f}Z"
    return DrawnArrow(
        arrow,
        path,
        head,
        text_x=round(start.x + start.side * 8, 1),
        text_y=round(start.y - 4, 1),
        anchor="start" if start.side > 0 else "end",
    )
