"""The funnel page's tables: numbers beside the words and links they are shown with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.insight.durations import QueueDurations, TierDurations
from opsdesk.insight.funnel import Funnel, TierRow
from opsdesk.insight.picks import Pick
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.trend import Month
from opsdesk.insight.waiting import Waited
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.behind import NOWHERE, Behind
from opsdesk.web.funnel.pictures import SERIES_OF_TIER, SHARE_PICKS
from opsdesk.web.funnel.words import DASH, Clocks, clocks, family_name, share_text, type_name
from opsdesk.web.phrases import opening, phrase


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier with its queues' names and its rate in words; `href` lists what the rate counts."""

    row: TierRow
    queues: str
    rate: str
    series: str
    href: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month, the address of its funnel, its counts and its shares, each with the address of its cases."""

    month: Month
    href: str
    counts: tuple[tuple[int, str], ...]
    shares: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StuckLine:
    """What is stuck in a queue now, in words."""

    queue: str
    text: SafeString


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
    href: str


def tier_rows(funnel: Funnel, desk: DeskDefinition, place: Place | None = None) -> list[TierLine]:
    return [
        TierLine(
            row=row,
            queues=", ".join(queue.name for queue in desk.queues_at(row.tier)),
            rate=share_text(row.rate),
            series=SERIES_OF_TIER[(row.tier - 1) % len(SERIES_OF_TIER)],
            href=place.cases(row.resolved.pick) if place and row.resolved.n else "",
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


def month_rows(months: Iterable[Month], place: Place) -> list[MonthLine]:
    return [_month(each, place.in_month(each.label)) for each in months]


def _month(month: Month, place: Place) -> MonthLine:
    counts = [("in", month.requests)]
    counts += [(Pick("resolved", (tier,)).token, n) for tier, n in enumerate(month.resolved, 1)]
    counts.append(("open_all", month.open))
    shares = zip(SHARE_PICKS, (month.tier_1_share, month.tier_2_rate, month.tier_3_share), strict=True)
    return MonthLine(
        month=month,
        href=place.page(),
        counts=tuple((n, place.cases(pick) if n else "") for pick, n in counts),
        shares=tuple(_share(share, place.cases(pick)) for pick, share in shares),
    )


def _share(share: Share | None, href: str) -> tuple[str, str]:
    """A share in words, and the address of what it counts."""
    return (share_text(share), href if share.low else "") if share else (DASH, "")


def stuck_rows(stuck: Stuck, desk: DeskDefinition, behind: Behind) -> list[StuckLine]:
    return [
        StuckLine(
            queue_name(desk, queue),
            phrase(
                _("%(on_us)s on us, %(on_others)s on others"),
                {
                    "on_us": opening(on_us, behind.now("stuck_on_us", queue=queue) if on_us else ""),
                    "on_others": opening(
                        on_others, behind.now("stuck_on_others", queue=queue) if on_others else ""
                    ),
                },
            ),
        )
        for queue, on_us, on_others in stuck.by_queue
    ]


def duration_rows(tiers: Iterable[TierDurations], behind: Behind = NOWHERE) -> list[TimeLine]:
    return [
        TimeLine(
            tier=row.tier,
            first_touch=clocks(row.first_touch, behind.times("first_touch", tier=str(row.tier))),
            untouched=row.untouched,
            untouched_pick=Pick("untouched", (row.tier,)).token,
            untouched_since=row.untouched_since,
            at_tier=clocks(row.at_tier, behind.times("at_tier", tier=str(row.tier))),
            to_resolution=clocks(row.to_resolution, behind.times("to_resolution", tier=str(row.tier))),
        )
        for row in tiers
    ]


def queue_rows(
    queues: Iterable[QueueDurations], desk: DeskDefinition, behind: Behind = NOWHERE
) -> list[QueueLine]:
    return [
        QueueLine(
            queue_name(desk, row.queue),
            row.tier,
            clocks(row.took, behind.times("in_queue", tier=str(row.tier), queue=row.queue)),
        )
        for row in queues
    ]


def holders(waited: Iterable[Waited], desk: DeskDefinition, behind: Behind = NOWHERE) -> list[Holder]:
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
            href=behind.of("held_by", who=f"{each.who}:{each.key}" if each.key else each.who),
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
