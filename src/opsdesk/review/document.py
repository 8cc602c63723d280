"""The meeting document of a review: the numbers of a period as they were when it was written. Values only.

Each number says which metric it is the answer of, so that the list behind it can be opened. Nothing in it is
by person, and nothing in it was written by one: names are those of the desk's definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from opsdesk.insight.findings.finding import Finding
from opsdesk.insight.limits import State
from opsdesk.kernel.period import Period
from opsdesk.review.numbers import Change, Number, Timed
from opsdesk.review.packing import packed, unpacked

# The ends of arrows that are no queue, and of the Sankey's links that are no tier; no queue has such a name.
OPENED, RESOLVED, OPEN = "(opened)", "(resolved)", "(open)"


class About(StrEnum):
    """What a desk's document is about."""

    REQUESTS = "requests"
    DEALS = "deals"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as configured. `is_entry`: where what comes in begins."""

    key: str
    name: str
    tier: int
    up: tuple[str, ...] = ()
    is_last_resort: bool = False
    is_entry: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """To which queue requests of a family are handed; empty: the person chooses."""

    family: str
    name: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Configured:
    """The flow as the desk's definition of that version has it."""

    version: int
    queues: tuple[Queue, ...] = ()
    routes: tuple[Route, ...] = ()

    def queue(self, key: str) -> Queue | None:
        return next((each for each in self.queues if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Arrow:
    """How many requests went from one queue to another, or `OPENED`, `RESOLVED`, `OPEN`.

    A request that went that way twice counts once. `move`: `escalated`, `returned` or `rerouted` between
    queues, else empty.
    """

    start: str
    end: str
    number: Number
    move: str = ""
    is_last_resort: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A band of the Sankey, each request once: `OPENED` or a tier, to a tier, `RESOLVED` or `OPEN`."""

    start: str
    end: str
    number: Number


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier. received = resolved + escalated + open; `returned` is a thereof, `finished_below` of the
    resolved."""

    tier: int
    entered: Number
    received: Number
    resolved: Number
    escalated: Number
    returned: Number
    open: Number
    finished_below: Number
    untouched: Number
    rate: Number
    first_touch: Timed
    at_tier: Timed
    to_resolution: Timed


@dataclass(frozen=True, slots=True)
class OfType:
    """Requests of one type: in; received, resolved and open by tier, from Tier 1 on."""

    family: str
    type: str
    requests: Number
    received: tuple[Number, ...]
    resolved: tuple[Number, ...]
    open: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """For how many seconds somebody held requests, and how many: `customer`, `third_party` or `queue`, with
    the key of the last two."""

    who: str
    key: str
    number: Number
    cases: int


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of a review of requests, answered.

    `split`: resolved by tier. `alone`: Tier 1's share. `paths` and `reasons`: what Tier 1 handed up, by the
    queue and by the reason, `direct` what entered at Tier 2. `past_tier_2`: what Tier 2 handed up,
    `at_tier_3` what came there. `waits`: the longest first. `volume`: requests, messages and threads of
    `last_month`, the last that had ended. `causes`: of what went `above_tier_1` and is resolved; `standing`:
    of the rest, why it was last handed up, never added to causes.
    """

    split: tuple[Number, ...]
    alone: Number
    types: tuple[OfType, ...]
    to_tier_2: Number | None
    direct: Number | None
    paths: tuple[Number, ...]
    reasons: tuple[Number, ...]
    past_tier_2: Number | None
    at_tier_3: Number | None
    waits: tuple[Held, ...]
    last_month: Period
    volume: tuple[Number, ...]
    above_tier_1: Number
    causes: tuple[Number, ...]
    standing: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class OfRequests:
    """What only a desk of requests has. `last_resort`: how many came to a queue of last resort."""

    configured: Configured
    arrows: tuple[Arrow, ...]
    last_resort: Number
    links: tuple[Link, ...]
    tiers: tuple[Tier, ...]
    first_response: Timed
    questions: Questions


@dataclass(frozen=True, slots=True)
class Category:
    """The headline numbers of the deals of one category."""

    key: str
    numbers: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class OfDeals:
    """What only the deals desk has.

    `states`: deals created in the period by where they stand; `running`: deals not settled at its end, by
    state: on whom they wait; `endings`: deals settled, by how; `days`: by how many days they took; `reasons`:
    disputes raised by category and reason; `stuck` by state, `stuck_in` by scope; `urgent`: disputes with
    under 24 hours left, by scope; `volume`: deals and disputes of `last_month`, the last that had ended.
    """

    states: tuple[Number, ...]
    running: tuple[Number, ...]
    endings: tuple[Number, ...]
    days: tuple[Number, ...]
    categories: tuple[Category, ...]
    reasons: tuple[Number, ...]
    stuck: tuple[Number, ...]
    stuck_in: tuple[Number, ...]
    urgent: tuple[Number, ...]
    last_month: Period
    volume: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Turned:
    """A finding that says another than in the last review. None: it was not, or is no longer, made.

    `finding`: as it is now; as it was, where it is no longer made.
    """

    finding: Finding
    before: State | None
    now: State | None


@dataclass(frozen=True, slots=True)
class SinceLast:
    """What is different since the review before. `turned`: to red first, then to watch, to healthy, gone."""

    review: int
    edition: int
    period: Period
    turned: tuple[Turned, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The document of a desk and a period, as things stood at `as_of`. `made_by` None: the system.

    `n` and `n_before`: how much there is to speak of, requests or deals. `before`: the period before, as
    long. `red_since`: of findings that stood as red, by key.
    """

    desk: str
    about: About
    period: Period
    before: Period
    as_of: datetime
    made_by: int | None
    n: int
    n_before: int
    headline: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    red_since: Mapping[str, datetime] = field(default_factory=dict)
    since_last: SinceLast | None = None
    requests: OfRequests | None = None
    deals: OfDeals | None = None

    @property
    def has_data(self) -> bool:
        return self.n > 0

    @property
    def is_running(self) -> bool:
        """Whether the period had not ended when it was written."""
        return self.period.end > self.as_of


def to_json(document: Document) -> dict[str, Any]:
    """The document as JSON holds it."""
    found: dict[str, Any] = packed(document)
    return found


def from_json(data: Mapping[str, Any]) -> Document:
    """The document that `to_json` was given."""
    return unpacked(Document, data)
