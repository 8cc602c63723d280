"""The numbers of the funnel, each as the condition that a case must meet to be counted in it.

One definition serves the number and the list behind it: the count sums the condition, the list
filters by it. Conditions read the columns of `cohort.PATH`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opsdesk.cases.definition import SPLIT_UNDONE
from opsdesk.kernel.refusal import Refusal, gettext_noop

WORK_EXITS = "('resolved', 'escalated', 'returned', 'rerouted')"


class NoSuchNumber(Refusal):
    message = gettext_noop("There is no number called %(pick)s. Follow a link on the funnel page.")


@dataclass(frozen=True, slots=True)
class Pick:
    """Which number: its measure and what it is of (a tier, two tiers, a tier and a person)."""

    measure: str
    of: tuple[int, ...] = ()

    @property
    def is_of_now(self) -> bool:
        """Whether it reads the desk as it stands, not a cohort."""
        return self.measure in NOW

    @property
    def token(self) -> str:
        """As it stands in an address: `received:2`, `flow:1-3`."""
        return f"{self.measure}:{'-'.join(map(str, self.of))}" if self.of else self.measure


def parse(token: str, tiers: int) -> Pick:
    """Read a token back; one that names no number of a desk with that many tiers is `NoSuchNumber`."""
    found = re.fullmatch(r"([a-z_]+)(?::([0-9]{1,18}(?:-[0-9]{1,18})?))?", token)
    if found is None:
        raise NoSuchNumber(pick=token)
    of = tuple(int(part) for part in found[2].split("-")) if found[2] else ()
    pick = Pick(found[1], of)
    if not _exists(pick, tiers):
        raise NoSuchNumber(pick=token)
    return pick


def _exists(pick: Pick, tiers: int) -> bool:
    if pick.measure in WHOLE or pick.measure in NOW or pick.measure in LISTED:
        return pick.of == ()
    if pick.measure in PER_TIER:
        return len(pick.of) == 1 and 1 <= pick.of[0] <= tiers
    if pick.measure == "flow":
        return len(pick.of) == 2 and 1 <= pick.of[0] < pick.of[1] <= tiers
    return pick.measure == "worked" and len(pick.of) == 2 and 1 <= pick.of[0] <= tiers


def counted(tiers: int) -> Iterator[Pick]:
    """Every number that one pass over the cohort counts."""
    yield from (Pick(measure) for measure in WHOLE)
    for tier in range(1, tiers + 1):
        yield from (Pick(measure, (tier,)) for measure in PER_TIER)
        yield from (Pick("flow", (tier, to)) for to in range(tier + 1, tiers + 1))


def condition(pick: Pick, tiers: int) -> str:
    """The SQL a case of the cohort must meet, on the path columns `p`. `pick` has been parsed."""
    if pick.measure in WHOLE:
        return WHOLE[pick.measure](tiers)
    if pick.measure in PER_TIER:
        return f"p.counts = 1 AND {PER_TIER[pick.measure](pick.of[0])}"
    if pick.measure == "flow":
        return _flow(*pick.of)
    if pick.measure in LISTED:
        return LISTED[pick.measure]
    tier, person = pick.of
    return _worked(tier, person)


def _flow(start: int, end: int) -> str:
    """Cases whose way up leads from one tier straight to the other."""
    passed = "".join(f" AND p.at_{tier} = 0" for tier in range(start + 1, end))
    return f"p.counts = 1 AND p.entry <= {start} AND p.at_{start} = 1 AND p.at_{end} = 1{passed}"


def _entered_above(tiers: int) -> str:
    return "p.counts = 1 AND p.entry > 1"


def _skipped(tiers: int) -> str:
    missed = [f"(p.entry < {tier} AND p.h > {tier} AND p.at_{tier} = 0)" for tier in range(2, tiers)]
    return f"p.counts = 1 AND ({' OR '.join(missed) or '1 = 0'})"


def _worked(tier: int, person: int) -> str:
    """Cases that a person first touched or moved on at a tier."""
    return (
        "p.counts = 1 AND EXISTS (SELECT 1 FROM cases_stay w WHERE w.case_id = p.id"
        f" AND w.tier = {tier:d} AND w.exit <> 'withdrawn' AND (w.first_touch_by_id = {person:d}"
        f" OR (w.left_by_id = {person:d} AND w.exit IN {WORK_EXITS})))"
    )


# The exits of a stay are codes; a stay still open has none.
WHOLE: dict[str, Callable[[int], str]] = {
    "in": lambda tiers: "p.counts = 1",
    "void": lambda tiers: f"p.state = 'void' AND p.void_reason <> '{SPLIT_UNDONE}'",
    "merged": lambda tiers: "p.state = 'merged'",
    "resolved_all": lambda tiers: "p.counts = 1 AND p.resolved = 1",
    "open_all": lambda tiers: "p.counts = 1 AND p.resolved = 0",
    "entered_above": _entered_above,
    "skipped": _skipped,
    "last_resort": lambda tiers: "p.counts = 1 AND p.last_resort = 1",
    "last_resort_open": lambda tiers: "p.counts = 1 AND p.last_resort = 0 AND p.resolved = 0",
    "untyped": lambda tiers: "p.counts = 1 AND p.type = ''",
    "unanswered": lambda tiers: "p.counts = 1 AND p.resolved = 0 AND p.answered = 0",
    "reopened": lambda tiers: "p.counts = 1 AND p.reopened_count > 0",
}
PER_TIER: dict[str, Callable[[int], str]] = {
    "entered": lambda tier: f"p.entry = {tier}",
    "received": lambda tier: f"p.at_{tier} = 1",
    "resolved": lambda tier: f"p.h = {tier} AND p.resolved = 1",
    "escalated": lambda tier: f"p.at_{tier} = 1 AND p.h > {tier}",
    "open": lambda tier: f"p.h = {tier} AND p.resolved = 0",
    "returned": lambda tier: f"p.back_{tier} = 1",
    "finished_below": lambda tier: f"p.h = {tier} AND p.resolved = 1 AND p.tier < {tier}",
    "untouched": lambda tier: f"p.untouched = {tier}",
}
# Counted elsewhere, and listed here by the same rule.
LISTED = {
    "followed_up": "p.counts = 1 AND p.id IN (SELECT f.case_id FROM followup f)",
    "no_cause": (
        "p.counts = 1 AND p.resolved = 1 AND p.id IN (SELECT k.id FROM cases_case k WHERE k.cause = '')"
    ),
}
# These read the desk as it is now, not a cohort.
NOW = ("stuck_us", "stuck_others")
