"""The funnel page's tables: numbers beside the words and links they are shown with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.durations import QueueDurations, TierDurations
from opsdesk.insight.funnel import Funnel, TierRow
from opsdesk.insight.picks import Pick
from opsdesk.insight.waiting import Waited
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.pictures import SERIES_OF_TIER
from opsdesk.web.funnel.words import Clocks, clocks, family_name, share_text, type_name


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier with its queues' names and its rate in words."""

    row: TierRow
    queues: str
    rate: str
    series: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """A family (`kind` its key, `is_family`) or one of its types; received and resolved per tier."""

    name: str
    kind: str
    is_family: bool
    requests: int
    cells: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A tier's or a queue's times in words."""

    tier: int
    first_touch: Clocks
    untouched: int
    untouched_pick: str
    untouched_since: datetime | None
    at_tier: Clocks
    to_resolution: Clocks


@dataclass(frozen=True, slots=True)
class QueueLine:
    name: str
    tier: int
    took: Clocks


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who held requests: for how long, how many, and what part of all time (per cent)."""

    name: str
    is_ours: bool
    time: str
    cases: int
    percent: int


def tier_rows(funnel: Funnel, desk: DeskDefinition) -> list[TierLine]:
    return [
        TierLine(
            row=row,
            queues=", ".join(queue.name for queue in desk.queues_at(row.tier)),
            rate=share_text(row.rate),
            series=SERIES_OF_TIER[(row.tier - 1) % len(SERIES_OF_TIER)],
        )
        for row in funnel.tiers
    ]


def type_rows(funnel: Funnel, desk: DeskDefinition) -> list[KindLine]:
    """Each family with its types below it, where it has more than one."""
    lines: list[KindLine] = []
    families = dict.fromkeys(row.family for row in funnel.types)
    for family in families:
        types = [row for row in funnel.types if row.family == family]
        each = [
            KindLine(
                type_name(desk, row.type), row.type, False, row.requests, _cells(row.received, row.resolved)
            )
            for row in types
        ]
        total = KindLine(
            family_name(desk, family),
            family,
            True,
            sum(row.requests for row in types),
            _cells(_added(row.received for row in types), _added(row.resolved for row in types)),
        )
        lines += [total, *(each if family else [])]
    return lines


def _cells(received: tuple[int, ...], resolved: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Tier, received, resolved."""
    return tuple((tier, *each) for tier, each in enumerate(zip(received, resolved, strict=True), 1))


def _added(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True))


def duration_rows(tiers: Iterable[TierDurations]) -> list[TimeLine]:
    return [
        TimeLine(
            tier=row.tier,
            first_touch=clocks(row.first_touch),
            untouched=row.untouched,
            untouched_pick=Pick("untouched", (row.tier,)).token,
            untouched_since=row.untouched_since,
            at_tier=clocks(row.at_tier),
            to_resolution=clocks(row.to_resolution),
        )
        for row in tiers
    ]


def queue_rows(queues: Iterable[QueueDurations], desk: DeskDefinition) -> list[QueueLine]:
    return [QueueLine(queue_name(desk, row.queue), row.tier, clocks(row.took)) for row in queues]


def holders(waited: Iterable[Waited], desk: DeskDefinition) -> list[Holder]:
    """Who held the requests, the longest first."""
    found = list(waited)
    whole = sum(each.seconds for each in found)
    return [
        Holder(
            name=holder_name(desk, each),
            is_ours=each.who == "queue",
            time=elapsed(each.seconds),
            cases=each.cases,
            percent=round(each.seconds * 100 / whole) if whole else 0,
        )
        for each in found
    ]


def holder_name(desk: DeskDefinition, each: Waited) -> str:
    """Who held requests, by name: a queue of ours, a third party, the customer."""
    if each.who == "queue":
        return queue_name(desk, each.key)
    if each.who == "customer":
        return _("The customer")
    return next((party.name for party in desk.third_parties if party.key == each.key), each.key)


def queue_name(desk: DeskDefinition, key: str) -> str:
    """A queue's name; the key of one that is gone."""
    return desk.queue(key).name if desk.has_queue(key) else key
