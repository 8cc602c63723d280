"""The numbers of the funnel as conditions on a kind of way: what `insight.picks` says in SQL."""

from collections.abc import Callable, Sequence

import numpy as np

from opsdesk.insight.columns.paths import Flags, Numbers, Ways
from opsdesk.insight.picks import Pick

Fields = dict[str, Numbers]


def met(picks: Sequence[Pick], ways: Ways, top: int) -> Flags:
    """Which ways meet any of the picks."""
    found = np.zeros(ways.size, dtype=np.bool_)
    for pick in picks:
        found |= _mask(pick, ways.fields, top)
    return found


def _mask(pick: Pick, way: Fields, top: int) -> Flags:
    if pick.measure in OF_ALL:
        return OF_ALL[pick.measure](way) & (way["tiers"] > 0)
    if pick.measure == "skipped":
        return _counts(way) & _skipped(way, top)
    if pick.measure == "flow":
        return _counts(way) & _flow(way, *pick.of)
    return _counts(way) & PER_TIER[pick.measure](way, pick.of[0])


def _counts(way: Fields) -> Flags:
    found: Flags = (way["void"] == 0) & (way["merged"] == 0) & (way["tiers"] > 0)
    return found


def _at(way: Fields, tier: int) -> Flags:
    found: Flags = (way["tiers"] >> (tier - 1)) & 1 == 1
    return found


def _flow(way: Fields, start: int, end: int) -> Flags:
    found = (way["entry"] > 0) & (way["entry"] <= start) & _at(way, start) & _at(way, end)
    for tier in range(start + 1, end):
        found &= ~_at(way, tier)
    return found


def _skipped(way: Fields, top: int) -> Flags:
    found = np.zeros(len(way["entry"]), dtype=np.bool_)
    for tier in range(2, top):
        found |= (way["entry"] > 0) & (way["entry"] < tier) & (way["highest"] > tier) & ~_at(way, tier)
    return found


def _resolved(way: Fields) -> Flags:
    found: Flags = _counts(way) & (way["resolved"] == 1)
    return found


def _open(way: Fields) -> Flags:
    found: Flags = _counts(way) & (way["resolved"] == 0)
    return found


OF_ALL: dict[str, Callable[[Fields], Flags]] = {
    "in": _counts,
    "void": lambda way: (way["void"] == 1) & (way["undone"] == 0),
    "merged": lambda way: way["merged"] == 1,
    "resolved_all": _resolved,
    "open_all": _open,
    "entered_above": lambda way: _counts(way) & (way["entry"] > 1),
    "last_resort": lambda way: _counts(way) & (way["last_resort"] == 1),
    "last_resort_open": lambda way: _open(way) & (way["last_resort"] == 0),
    "untyped": lambda way: _counts(way) & (way["untyped"] == 1),
    "unanswered": lambda way: _open(way) & (way["answered"] == 0),
    "reopened": lambda way: _counts(way) & (way["reopened"] == 1),
}
PER_TIER: dict[str, Callable[[Fields, int], Flags]] = {
    "entered": lambda way, tier: way["entry"] == tier,
    "received": _at,
    "resolved": lambda way, tier: (way["highest"] == tier) & (way["resolved"] == 1),
    "escalated": lambda way, tier: _at(way, tier) & (way["highest"] > tier),
    "open": lambda way, tier: (way["highest"] == tier) & (way["resolved"] == 0),
    "returned": lambda way, tier: (way["back"] >> (tier - 1)) & 1 == 1,
    "finished_below": lambda way, tier: (
        (way["highest"] == tier) & (way["resolved"] == 1) & (way["tier"] < tier)
    ),
    "untouched": lambda way, tier: way["untouched"] == tier,
}
