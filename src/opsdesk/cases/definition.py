"""A desk as values: its queues, routes, types, reasons and first targets. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

# Why a taken-back part is void: ours alone, no desk may choose it.
SPLIT_UNDONE = "split-undone"
# Where an imported case is that is open and stands in no queue: no desk can have one of this name.
NOWHERE = "(imported)"
# Before the desk of what was withdrawn with its import: such a desk is none, so no list and no number has it.
AWAY = "~"


@dataclass(frozen=True, slots=True)
class QueueDef:
    """One queue. `up` are the queues one tier above it that it may hand to, in order.

    `calendar`: its working hours; `calendars`: those of the cases of one country, where they differ.
    """

    key: str
    name: str
    tier: int
    calendar: str
    up: tuple[str, ...] = ()
    last_resort: bool = False
    calendars: tuple[tuple[str, str], ...] = ()

    def calendar_for(self, country: str) -> str:
        """The name of the calendar by which a country's cases are worked on here."""
        return dict(self.calendars).get(country, self.calendar)

    @property
    def all_calendars(self) -> frozenset[str]:
        return frozenset({self.calendar, *(name for _, name in self.calendars)})


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A leaf of the issue tree: `key` is `family.leaf`."""

    key: str
    family: str
    name: str


@dataclass(frozen=True, slots=True)
class Family:
    """First level of the issue tree. `route` is its Tier 2 queue; empty: the person chooses."""

    key: str
    name: str
    route: str
    types: tuple[TypeDef, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code with the label shown for it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class FirstTarget:
    """First value of a target: `name` of `Target.Name`, tier 0 = whole case, seconds of working time."""

    name: str
    tier: int
    budget_s: int


@dataclass(frozen=True, slots=True)
class TargetValue:
    """A target as it holds on a day: `tier` 0 is the whole case, `budget_s` seconds of working time."""

    name: str
    tier: int
    budget_s: int
    holds_from: date


@dataclass(frozen=True, slots=True)
class Notices:
    """Which automatic messages the requester gets."""

    opening: bool = False
    escalation: bool = True
    resolution: bool = True


class ReplyAddress(StrEnum):
    """Where the customer's answers go: to the desk, or to an address that each case has for itself."""

    DESK = "desk"
    PER_CASE = "per-case"


@dataclass(frozen=True, slots=True)
class DeskDefinition:
    """One published version of a desk. `version` 0 means a draft.

    `address`: where it takes and sends mail; without one it has no requests.
    `subject_token`: subjects of what is sent end with the case's token.
    """

    key: str
    name: str
    version: int
    zone: ZoneInfo
    address: str
    entry_queue: str
    queues: tuple[QueueDef, ...]
    families: tuple[Family, ...]
    escalation_reasons: tuple[Code, ...]
    causes: tuple[Code, ...]
    void_reasons: tuple[Code, ...]
    third_parties: tuple[Code, ...]
    targets: tuple[FirstTarget, ...]
    notices: Notices
    grace_days: int = 14
    reply_address: ReplyAddress = ReplyAddress.DESK
    subject_token: bool = False

    def queue(self, key: str) -> QueueDef:
        """The queue of that key; `KeyError` when the desk has none."""
        for queue in self.queues:
            if queue.key == key:
                return queue
        raise KeyError(key)

    def has_queue(self, key: str) -> bool:
        return any(queue.key == key for queue in self.queues)

    def queues_at(self, tier: int) -> tuple[QueueDef, ...]:
        return tuple(queue for queue in self.queues if queue.tier == tier)

    @property
    def takes_mail(self) -> bool:
        """Whether it has requests, which are asked and answered by mail."""
        return bool(self.address)

    @property
    def top_tier(self) -> int:
        return max(queue.tier for queue in self.queues)

    def family(self, key: str) -> Family | None:
        return next((family for family in self.families if family.key == key), None)

    def type(self, key: str) -> TypeDef | None:
        return next((leaf for family in self.families for leaf in family.types if leaf.key == key), None)
