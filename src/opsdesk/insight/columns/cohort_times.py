"""The times that a funnel page tells, by both clocks, each gathered once for both."""

import numpy as np

from opsdesk.cases import queries as cases
from opsdesk.insight.clocks import Clock
from opsdesk.insight.columns import piles, spans
from opsdesk.insight.columns.gathering import (
    Life,
    ages,
    alive,
    answered,
    by_clock,
    ended,
    life_of,
    so_far,
    touched,
)
from opsdesk.insight.columns.paths import Numbers, tiers_of_places, ways
from opsdesk.insight.columns.piles import Pile
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.hours import hours_of
from opsdesk.insight.registry import Question
from opsdesk.insight.statistics import Spread

ByTier = dict[int, Spread]


def first_touches(facts: Facts, question: Question) -> dict[Clock, ByTier]:
    """By tier, of each stay that was touched, or left without."""
    tiers = tiers_of_places(facts)
    return piles.spreads([_touched(facts, part, question, tiers) for part in facts.parts], _size(tiers))


def _touched(facts: Facts, part: Part, question: Question, tiers: Numbers) -> Pile[Clock]:
    seconds = {
        Clock.ELAPSED: spans.to_first_touch(part),
        Clock.WORKING: spans.worked_to_first_touch(part, facts, hours_of(question.desk)),
    }
    rows = touched(facts, part, question)
    return Pile(part.stays["left"], seconds, rows, part.stays["place"], tiers)


def in_queues(facts: Facts, question: Question) -> dict[Clock, dict[tuple[int, str], Spread]]:
    """By tier and queue, of each stay that work ended in the period."""
    names = sorted({(place.tier, place.queue) for place in facts.places})
    groups = np.array([names.index((place.tier, place.queue)) for place in facts.places], dtype=np.int64)
    found = piles.spreads([_ended(facts, part, question, groups) for part in facts.parts], len(names))
    return {clock: {names[n]: each for n, each in spreads.items()} for clock, spreads in found.items()}


def _ended(facts: Facts, part: Part, question: Question, groups: Numbers) -> Pile[Clock]:
    seconds = {Clock.ELAPSED: spans.elapsed(part), Clock.WORKING: part.stays["business"]}
    return Pile(part.stays["left"], seconds, ended(facts, part, question), part.stays["place"], groups)


def first_responses(facts: Facts, question: Question) -> dict[Clock, dict[int, Spread]]:
    """Of each request that a person has answered; 0 names all of them."""
    return piles.spreads([_answered(facts, part, question) for part in facts.parts], 1)


def _answered(facts: Facts, part: Part, question: Question) -> Pile[Clock]:
    entry, rows = cases.desk(question.desk).entry_queue, answered(facts, part, question)
    seconds = dict(zip(Clock, spans.to_response(part, hours_of(question.desk), entry), strict=True))
    alone = np.broadcast_to(np.uint8(0), len(rows))
    return Pile(part.cases["answered"], seconds, rows, alone, np.zeros(1, dtype=np.int64))


def lives(facts: Facts, question: Question) -> dict[tuple[Life, Clock], ByTier]:
    """By the highest tier it reached, of each request."""
    size = _size(tiers_of_places(facts))
    return piles.spreads([_lived(facts, part, question, size) for part in facts.parts], size)


def _lived(facts: Facts, part: Part, question: Question, size: int) -> Pile[tuple[Life, Clock]]:
    over, still = alive(part, facts, question)
    known = {life: life_of(part, facts, life) for life in Life}
    seconds, running = {}, {}
    for clock in Clock:
        of = ages(facts, part, question, clock, known[Life.WHOLE].open[still])
        for life, each in known.items():
            seconds[life, clock] = by_clock(each, clock)
            running[life, clock] = so_far(each, clock, still, of)
    reached = ways(part, facts).highest
    tiers = np.arange(size)
    return Pile(part.stays["left"], seconds, over, reached, tiers, running, reached[still])


def _size(tiers: Numbers) -> int:
    """How many groups there are by tier."""
    return int(tiers.max()) + 1
