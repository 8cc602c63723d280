"""What a funnel page asks at once, from the facts: every count of a cohort, and what waits untouched."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from opsdesk.insight.cohort import Cohort
from opsdesk.insight.columns.choosing import keys, named, requests
from opsdesk.insight.columns.marks import worked_at
from opsdesk.insight.columns.masks import met
from opsdesk.insight.columns.paths import tiers_of_places, ways
from opsdesk.insight.facts.schema import NEVER
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.picks import counted
from opsdesk.insight.registry import Key, Question

MOST_GROUPS = 2_000


def question_of(cohort: Cohort, now: datetime, by: tuple[str, ...] = ()) -> Question:
    """The question that a cohort's filters, one value each, stand for."""
    chosen = {name: (str(value),) for name, value in cohort.filters.values.items() if value}
    return Question(cohort.desk, cohort.period, now, chosen, by)


def counts_by(facts: Facts, question: Question, tiers: int) -> Mapping[Key, dict[str, int]]:
    """Every count that one pass over the cohort makes, by its token, for each key that has requests."""
    picks = list(counted(tiers))
    found: dict[Key, dict[str, int]] = {}
    for part in facts.parts:
        took = ways(part, facts)
        rows = np.flatnonzero(requests(part, facts, question))
        codes = {
            "family": part.cases["family"][rows], "type": part.cases["type"][rows],
            "month": part.cases["opened"][rows],
        }  # fmt: skip
        by = keys(named(facts, question, question.by, codes), len(rows))
        groups, of = by.fewer(MOST_GROUPS)
        table = np.bincount(of.astype(np.intp) * took.size + took.of[rows], minlength=len(groups) * took.size)
        counts = table.reshape(len(groups), took.size)
        sums = np.stack([counts[:, met([pick], took, tiers)].sum(axis=1) for pick in picks], axis=1)
        for group in np.flatnonzero(counts.any(axis=1)):
            own = found.setdefault(by.key(int(groups[group])), {pick.token: 0 for pick in picks})
            for pick, n in zip(picks, sums[group], strict=True):
                own[pick.token] += int(n)
    return found


def untouched_since(facts: Facts, question: Question) -> dict[int, datetime]:
    """By tier, since when the oldest stay waits that nobody has touched."""
    oldest: dict[int, int] = {}
    for part in facts.parts:
        took, stays = ways(part, facts), part.stays
        chosen = requests(part, facts, replace(question, by=())) & took.counts
        waits = (stays["left"] == NEVER) & (stays["touched"] == NEVER) & (stays["place"] > 0)
        rows = np.flatnonzero(waits & part.of_stays(chosen))
        tiers = tiers_of_places(facts)[stays["place"][rows]]
        for tier in np.unique(tiers):
            first = int(stays["entered"][rows][tiers == tier].min())
            oldest[int(tier)] = min(first, oldest.get(int(tier), first))
    return {tier: datetime.fromtimestamp(first, UTC) for tier, first in oldest.items()}


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
