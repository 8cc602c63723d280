"""The ways of the cases of a part, as few distinct kinds of way and a number that says which each case took.

Any count over any requests is then a count of their kinds of way, and a condition is asked of each kind once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.insight.columns.kept import kept
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts, Part, rows_of

Numbers = NDArray[np.int64]
Codes = NDArray[np.integer]
Flags = NDArray[np.bool_]
# Some rows: their numbers, or for every row whether it is one of them.
Some = NDArray[np.integer | np.bool_]
# The bits of each field of a way, in its order.
FIELDS = {
    "void": 1, "undone": 1, "merged": 1, "resolved": 1, "answered": 1, "reopened": 1, "untyped": 1,
    "last_resort": 1, "entry": 5, "tier": 5, "untouched": 5, "tiers": 16, "back": 16,
}  # fmt: skip
# Where fewer than one of so many are chosen these are looked up, else all are gone through.
FEW = 16


@dataclass(frozen=True)
class Ways:
    """`of`: per case which way it took; `fields`: per way its fields and the `highest` of its tiers, each as
    an array; `last`: per case the row of its last stay.

    Beside it what is asked most, per case: whether it `counts` (is neither void nor merged), whether it is
    `resolved`, the `highest` tier it reached.
    """

    of: Codes
    fields: dict[str, Numbers]
    last: Codes
    counts: Flags
    resolved: Flags
    highest: Codes

    @property
    def size(self) -> int:
        """How many ways there are."""
        return len(self.fields["void"])


def ways(part: Part, facts: Facts) -> Ways:
    """The ways of a part. The same part's are worked out once."""
    return kept(("ways",), part.stays["left"], lambda: _ways(part, facts))


def _ways(part: Part, facts: Facts) -> Ways:
    last = last_of(part, part.stays["place"] > 0)
    packed = np.zeros(rows_of(part.cases), dtype=np.int64)
    fields = _fields(part, facts, last)
    for name, bits in FIELDS.items():
        packed = packed << bits | fields[name]
    distinct, of = np.unique(packed, return_inverse=True)
    way = _unpacked(distinct)
    of = of.astype(np.uint16 if len(distinct) < 2**16 else np.uint32)
    counts = (way["void"] == 0) & (way["merged"] == 0) & (way["tiers"] > 0)
    way["highest"] = highest(way["tiers"])
    reached = way["highest"].astype(np.uint8)
    return Ways(of, way, last, counts[of], (way["resolved"] == 1)[of], reached[of])


def highest(tiers: Numbers) -> Numbers:
    """The highest tier of a set of tiers."""
    found = np.zeros(len(tiers), dtype=np.int64)
    for tier in range(1, 17):
        found[(tiers >> (tier - 1)) & 1 == 1] = tier
    return found


def _unpacked(packed: Numbers) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    for name, bits in reversed(FIELDS.items()):
        found[name] = packed & ((1 << bits) - 1)
        packed = packed >> bits
    return found


def _fields(part: Part, facts: Facts, last: Codes) -> dict[str, Numbers]:
    cases, stays = part.cases, part.stays
    state, void = cases["state"], facts.code("state", "void")
    tiers = tiers_of_places(facts)
    counts = stays["exit"] != facts.code("exit", "withdrawn")
    waiting_for_us = counts & (stays["place"] > 0) & (stays["left"] == NEVER) & (stays["touched"] == NEVER)
    flags = {
        "void": state == void,
        "undone": cases["void_reason"] == facts.code("void_reason", SPLIT_UNDONE),
        "merged": state == facts.code("state", "merged"),
        "resolved": state == facts.code("state", "resolved"),
        "answered": cases["answered"] != NEVER,
        "reopened": cases["reopened"] > 0,
        "untyped": cases["type"] == 0,
        "last_resort": any_stay(part, counts & last_resorts(facts)[stays["place"]]),
    }
    return {
        **{name: flag.astype(np.int64) for name, flag in flags.items()},
        "entry": cases["entry"].astype(np.int64),
        "tier": tiers[stays["place"][last]],
        "untouched": _highest_tier(part, waiting_for_us, tiers),
        "tiers": cases["tiers"].astype(np.int64),
        "back": cases["back"].astype(np.int64),
    }


def last_of(part: Part, there: Flags) -> Codes:
    """Per case the row of the last of its stays that are there; -1 without one."""
    first, each = part.cases["first"].astype(np.int64), part.stays_each
    found = np.full(len(first), -1, dtype=np.int32)
    some = np.flatnonzero(each)
    if len(some):
        rows = np.where(there, np.arange(len(there), dtype=np.int32), np.int32(-1))
        found[some] = np.maximum.reduceat(rows, first[some])
    return found


def stays_where(part: Part, chosen: Flags, there: Flags) -> Numbers:
    """The rows of the stays that are there, of the cases chosen."""
    return numbers_of(some_stays(part, chosen, there))


def numbers_of(rows: Some) -> Numbers:
    """The numbers of rows that are given by these or by flags."""
    return np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64, copy=False)


def some_stays(part: Part, chosen: Flags, there: Flags) -> Some:
    """The same; where it may be many, per stay whether it is one."""
    if np.count_nonzero(there) * FEW < len(there):
        stays = np.flatnonzero(there)
        return stays[chosen[owner(part)[stays]]]
    if np.count_nonzero(chosen) * FEW > len(chosen):
        found = of_cases(part, chosen)
        found &= there
        return found
    rows = _stays_of(part, np.flatnonzero(chosen))
    return rows[there[rows]]


def of_cases(part: Part, chosen: Flags) -> Flags:
    """Per stay whether its case is chosen."""
    if np.count_nonzero(chosen) * FEW < len(chosen) * (FEW - 1):
        return chosen.take(owner(part))
    found = np.ones(rows_of(part.stays), dtype=np.bool_)
    found[_stays_of(part, np.flatnonzero(~chosen))] = False
    return found


def _stays_of(part: Part, cases: Numbers) -> Numbers:
    """The rows of the stays of some cases."""
    each = part.stays_each[cases]
    before = np.cumsum(each) - each
    found: Numbers = np.arange(each.sum()) + np.repeat(part.cases["first"][cases] - before, each)
    return found


def owners(part: Part, stays: Numbers) -> Numbers:
    """The rows of the cases that stays belong to."""
    return owner(part)[stays].astype(np.int64)


def owner(part: Part) -> Codes:
    """The row of its case, per stay."""
    return kept(("owner",), part.cases["first"], lambda: _owner(part))


def _owner(part: Part) -> Codes:
    return part.of_stays(np.arange(rows_of(part.cases), dtype=np.int32))


def any_stay(part: Part, flags: Flags) -> Flags:
    """Whether any stay of a case is flagged; few are."""
    found = np.zeros(rows_of(part.cases), dtype=np.bool_)
    found[owners(part, np.flatnonzero(flags))] = True
    return found


def _highest_tier(part: Part, flags: Flags, tiers: Numbers) -> Numbers:
    """Per case the highest tier of its flagged stays, 0 without any."""
    found = np.zeros(rows_of(part.cases), dtype=np.int64)
    chosen = np.flatnonzero(flags)
    np.maximum.at(found, owners(part, chosen), tiers[part.stays["place"][chosen]])
    return found


def tiers_of_places(facts: Facts) -> Numbers:
    """The tier of each place, by code."""
    return np.array([place.tier for place in facts.places], dtype=np.int64)


def last_resorts(facts: Facts) -> Flags:
    """Whether each place is a last resort, by code."""
    return np.array([place.last_resort for place in facts.places], dtype=np.bool_)
