"""A review in words: what its page and each of its files show. Values only."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.web.charts.sankey import Band, Node
from opsdesk.web.findings.links import Link
from opsdesk.web.numbers.tables import Table
from opsdesk.web.review.graph import Graph


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow between queues under its own heading. `legend`: what its lines mean."""

    title: str
    graph: Graph
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bands:
    """A Sankey: its nodes and bands."""

    title: str
    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One statement: a title, a state, what is said, what to do, a tag, the lists behind it.

    `point`: the query by which the form of a point is filled with it; empty: it is none.
    """

    title: str
    said: tuple[str, ...] = ()
    todo: str = ""
    state: str = ""
    chip: str = ""
    tag: str = ""
    links: tuple[Link, ...] = ()
    tables: tuple[Table, ...] = ()
    point: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """Statements under one heading; `empty`: what stands there where there is none."""

    title: str
    items: tuple[Item, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document: sentences first, the picture second, the tables third."""

    key: str
    title: str
    said: tuple[str, ...] = ()
    flows: tuple[Flow, ...] = ()
    bands: Bands | None = None
    tables: tuple[Table, ...] = ()
    items: tuple[Item, ...] = ()
    lists: tuple[Items, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PointLine:
    """A point as it stands: its kind and tag, who has it, until when, in how many reviews it stood."""

    id: int
    kind: str
    tag: str
    words: str
    owner: str
    due: str
    state: str
    chip: str
    stood: str
    is_open: bool
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A meeting note: `text` is Markdown as somebody wrote it."""

    id: int
    title: str
    source: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole document. `first` is the answer in a sentence; `chip` how urgent it is."""

    title: str
    desk: str
    period: str
    as_of: datetime
    written: str
    edition: int
    first: str
    chip: str
    said: tuple[str, ...]
    sections: tuple[Section, ...]
    points: tuple[PointLine, ...] = ()
    closed: tuple[PointLine, ...] = ()
    notes: tuple[NoteLine, ...] = ()
    address: str = ""
