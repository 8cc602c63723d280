"""Counting a cohort: every number in one pass, and the shares made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsdesk.insight.bands import NO_BAND, Share
from opsdesk.insight.picks import Pick, condition, counted
from opsdesk.insight.sql import Row
from opsdesk.insight.thresholds import SHIPPED, Book

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Count:
    """A number and the token that opens the cases behind it."""

    n: int
    pick: str


def counting(tiers: int) -> tuple[list[Pick], str]:
    """Every number of one pass, and the SQL columns that count them in that order."""
    picks = list(counted(tiers))
    columns = (f"SUM(CASE WHEN {condition(pick, tiers)} THEN 1 ELSE 0 END)" for pick in picks)
    return picks, ",\n    ".join(columns)


def summed(groups: Sequence[Mapping[str, int]], tiers: int) -> Counts:
    """Counts added up, with a 0 for every number of a desk with that many tiers."""
    return {pick.token: sum(group[pick.token] for group in groups) for pick in counted(tiers)}


def tier_1_share(counts: Mapping[str, int], book: Book = SHIPPED) -> Share:
    """resolved(1) / requests in; while open, up to resolved(1) + open(1)."""
    resolved = counts["resolved:1"]
    return Share(resolved, resolved + counts["open:1"], counts["in"], book.band("tier_1_share"))


def tier_rate(counts: Mapping[str, int], tier: int, book: Book = SHIPPED) -> Share:
    """resolved / (resolved + escalated); while open, from resolved to resolved + open, over received."""
    resolved = counts[f"resolved:{tier}"]
    band = book.band("tier_2_rate") if tier == 2 else NO_BAND
    return Share(resolved, resolved + counts[f"open:{tier}"], counts[f"received:{tier}"], band)


def tier_3_share(counts: Mapping[str, int], book: Book = SHIPPED) -> Share:
    """received(3) / requests in; while open, up to that and the open below Tier 3."""
    received = counts.get("received:3", 0)
    below = sum(counts.get(f"open:{tier}", 0) for tier in (1, 2))
    return Share(received, received + below, counts["in"], book.band("tier_3_share"))


def last_resort_share(counts: Mapping[str, int], book: Book = SHIPPED) -> Share:
    """Requests with a stay in a last-resort queue / requests in; while open, up to all open ones."""
    hits = counts["last_resort"]
    return Share(hits, hits + counts["last_resort_open"], counts["in"], book.band("last_resort"))


def counts_of(picks: Sequence[Pick], row: Row) -> Counts:
    """A row of the columns of `counting`, by token."""
    return {pick.token: int(value) for pick, value in zip(picks, row, strict=True)}
