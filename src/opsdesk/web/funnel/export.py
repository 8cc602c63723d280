"""The funnel as plain records: one number a line, for files and other programs."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from opsdesk.insight.bands import Share
from opsdesk.insight.counts import Count
from opsdesk.insight.durations import QueueDurations, TierDurations, Took
from opsdesk.insight.followups import FollowUps
from opsdesk.insight.funnel import Funnel
from opsdesk.insight.responses import FirstResponses
from opsdesk.insight.statistics import Spread
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.waiting import Waited

Value = int | float | str | bool | None
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything the funnel page is made of."""

    funnel: Funnel
    tiers: tuple[TierDurations, ...]
    queues: tuple[QueueDurations, ...]
    responses: FirstResponses
    follow_ups: FollowUps
    waited: tuple[Waited, ...]
    stuck: Stuck


def records(numbers: Numbers) -> Iterator[tuple[str, Value]]:
    """Each number's name and value; durations in seconds, shares as counts with their bounds."""
    funnel = numbers.funnel
    whole = (
        funnel.requests, funnel.resolved, funnel.open, funnel.void, funnel.merged, funnel.entered_above,
        funnel.skipped, funnel.reopened, funnel.untyped, funnel.last_resort,
    )  # fmt: skip
    yield from _counts(whole)
    yield "live_accounts", funnel.live_accounts
    yield "per_100_live_accounts", funnel.per_100_accounts
    yield from _share("tier_1_share", funnel.tier_1_share)
    yield from _share("tier_3_share", funnel.tier_3_share)
    yield from _share("last_resort_share", funnel.last_resort_share)
    for row in funnel.tiers:
        of_tier = (
            row.received, row.resolved, row.escalated, row.open, row.returned, row.finished_below,
            row.entered, row.untouched,
        )  # fmt: skip
        yield from _counts(of_tier)
        yield from _share(f"rate:{row.tier}", row.rate)
        yield f"people:{row.tier}", len(row.people)
    yield from _counts(flow.cases for flow in funnel.flows)
    for kind in funnel.types:
        for tier, n in enumerate(kind.resolved, 1):
            yield f"resolved:{tier}/{kind.type or '-'}", n
    yield from _durations(numbers)
    yield "follow_ups", numbers.follow_ups.times
    yield "follow_ups_per_case", numbers.follow_ups.per_case
    yield "stuck_us", numbers.stuck.on_us
    yield "stuck_others", numbers.stuck.on_others
    for each in numbers.waited:
        yield f"held_s:{each.who}{':' + each.key if each.key else ''}", each.seconds


def _counts(counts: Iterable[Count]) -> Iterator[tuple[str, Value]]:
    yield from ((count.pick, count.n) for count in counts)


def _share(name: str, share: Share) -> Iterator[tuple[str, Value]]:
    yield f"{name}.low", share.low
    yield f"{name}.high", share.high
    yield f"{name}.of", share.of
    yield f"{name}.state", share.state.value


def _durations(numbers: Numbers) -> Iterator[tuple[str, Value]]:
    yield from _took("first_response_s", numbers.responses.took)
    yield numbers.responses.pick, numbers.responses.unanswered
    for row in numbers.tiers:
        yield from _took(f"first_touch_s:{row.tier}", row.first_touch)
        yield from _took(f"at_tier_s:{row.tier}", row.at_tier)
        yield from _took(f"to_resolution_s:{row.tier}", row.to_resolution)
    for queue in numbers.queues:
        yield from _took(f"in_queue_s:{queue.queue}", queue.took)


def _took(name: str, took: Took) -> Iterator[tuple[str, Value]]:
    yield from _spread(f"{name}.elapsed", took.elapsed)
    yield from _spread(f"{name}.working", took.working)


def _spread(name: str, spread: Spread) -> Iterator[tuple[str, Value]]:
    yield f"{name}.n", spread.n
    for label, figure in (("median", spread.median), ("p90", spread.p90)):
        yield f"{name}.{label}", figure.value if figure else None
        yield f"{name}.{label}.at_least", figure.at_least if figure else None
    yield f"{name}.missing", spread.missing


def csv_text(head: Iterable[str], lines: Iterable[Iterable[Value]]) -> str:
    """A CSV file. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(list(head))
    writer.writerows([[_safe(value) for value in line] for line in lines])
    return file.getvalue()


def _safe(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
