"""What a funnel page asks at once, from the facts: every count of a cohort, and what waits untouched."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from opsdesk.insight.cohort import Cohort
from opsdesk.insight.columns.choosing import requests
from opsdesk.insight.columns.marks import worked_at
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import stays_where, tiers_of_places, ways
from opsdesk.insight.columns.tallies import tallies
from opsdesk.insight.columns.then import at
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.serving import ready
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.picks import counted
from opsdesk.insight.registry import Key, Question
from opsdesk.kernel.memory import remembered


def facts_of(cohort: Cohort, now: datetime) -> Facts | None:
    """The facts as a cohort's records stand; None while none are built."""
    facts = ready(now)
    return _then(facts, cohort.as_of) if facts is not None and cohort.as_of is not None else facts


@remembered
def _then(facts: Facts, as_of: datetime) -> Facts:
    return at(facts, as_of)


def question_of(cohort: Cohort, now: datetime, by: tuple[str, ...] = ()) -> Question:
    """The question that a cohort stands for."""
    return Question(cohort.desk, cohort.period, cohort.as_of or now, dict(cohort.filters.chosen), by)


def counts_by(facts: Facts, question: Question, tiers: int) -> Mapping[Key, dict[str, int]]:
    """Every count that one pass over the cohort makes, by its token, for each key that has requests."""
    picks = list(counted(tiers))
    found: dict[Key, dict[str, int]] = {}
    for part in facts.parts:
        took, tallied = ways(part, facts), tallies(part, facts, question)
        masks = np.stack([met([pick], took, tiers) for pick in picks], axis=1)
        sums = tallied.counts @ masks.astype(np.int64)
        for row, key in tallied.groups:
            own = found.setdefault(key, {pick.token: 0 for pick in picks})
            for pick, n in zip(picks, sums[row].tolist(), strict=True):
                own[pick.token] += n
    return found


class Untouched(NamedTuple):
    """How many stays nobody has touched, and since when the oldest waits."""

    stays: int
    since: datetime


def untouched(facts: Facts, question: Question) -> dict[int, Untouched]:
    """By tier, the stays that still wait for a first touch."""
    entered, tiers = [], []
    for part in facts.parts:
        took, stays = ways(part, facts), part.stays
        chosen = requests(part, facts, question) & took.counts
        waits = (stays["left"] == NEVER) & (stays["touched"] == NEVER) & (stays["place"] > 0)
        waits &= stays["exit"] != facts.code("exit", "withdrawn")
        rows = stays_where(part, chosen, waits)
        entered.append(stays["entered"][rows])
        tiers.append(tiers_of_places(facts)[stays["place"][rows]])
    since, tier = np.concatenate(entered), np.concatenate(tiers)
    return {
        each: Untouched(int(np.count_nonzero(own)), datetime.fromtimestamp(int(since[own].min()), UTC))
        for each in np.unique(tier).tolist()
        for own in [tier == each]
    }


def worked_on(facts: Facts, question: Question) -> dict[tuple[int, str], int]:
    """By tier and person's id, on how many of the cohort's requests they worked there."""
    found: dict[tuple[int, str], int] = {}
    for part in facts.parts:
        chosen = requests(part, facts, question) & ways(part, facts).counts
        case, tier, person = worked_at(part, facts)
        own = chosen[case]
        people = len(facts.books["person"])
        counts = np.bincount(tier[own].astype(np.int64) * people + person[own])
        for each in np.flatnonzero(counts).tolist():
            key = each // people, facts.books["person"][each % people]
            found[key] = found.get(key, 0) + int(counts[each])
    return found


def unanswered(facts: Facts, question: Question) -> tuple[int, datetime | None]:
    """How many open requests wait for a first answer, and since when the oldest does."""
    opened = [np.zeros(0, dtype=np.uint32)]
    for part in facts.parts:
        took = ways(part, facts)
        chosen = requests(part, facts, question) & took.counts & ~took.resolved
        opened.append(part.cases["opened"][chosen & (part.cases["answered"] == NEVER)])
    every = np.concatenate(opened)
    return len(every), datetime.fromtimestamp(int(every.min()), UTC) if len(every) else None
