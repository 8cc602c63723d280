"""What a question is asked of, and what its answer is made of. Values only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.period import Period
from opsdesk.web.findings.links import Link


@dataclass(frozen=True, slots=True)
class Asked:
    """A desk, the period in question (with its words), and the moment. `month`: the one asked for, if any."""

    desk: DeskDefinition
    period: Period
    when: str
    now: datetime
    month: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table below an answer: a name, cells of text, each with its address or none."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a sentence first, what belongs to it, a table, the pages behind. Its numbers are links."""

    sentence: str
    more: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    links: tuple[Link, ...] = ()


Answerer = Callable[[Asked], Said]
