"""Asking each number of a page once: coarser answers are added up from finer ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce

from opsdesk.insight import catalogue
from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Metric, Tally
from opsdesk.web.numbers.address import Place

SCOPE, CATEGORY = "scope", "category"
# What a record may have several of: its answers can't be added up.
SEVERAL = frozenset({"item"})
# Shares of a whole that is itself cut by the dimension.
OF_A_CUT_WHOLE = frozenset({"dispute_reasons"})
# Percentiles, which can't be added up either.
SPREADS = frozenset({"time_to_settle_spread", "resolution_time_ruled", "dispute_first_response"})
NOT_ADDED = OF_A_CUT_WHOLE | SPREADS
By = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """Remembers what was asked of a place. `of_scopes`: its page breaks numbers down by scope, so that each
    is asked by scope first."""

    place: Place
    of_scopes: bool = True
    known: dict[str, dict[By, Answers]] = field(default_factory=dict)

    def ask(self, key: str, *by: str) -> Answers:
        """A metric's answers, with those filters of the page that it takes."""
        metric = catalogue.metric(key)
        if key in NOT_ADDED or SCOPE not in metric.dimensions or not self.of_scopes:
            return self._asked(metric, by)
        found = self._finer(metric, by)
        return added(found[1], found[0], by) or self._asked(metric, by)

    def _finer(self, metric: Metric, by: By) -> tuple[By, Answers]:
        """Answers that say at least as much: some that are known, else by scope as well."""
        wanted = {SCOPE if name == CATEGORY else name for name in by}
        for dimensions, answers in self.known.get(metric.key, {}).items():
            if wanted <= set(dimensions) and not (set(dimensions) - wanted) & SEVERAL:
                return dimensions, answers
        base = (*sorted(wanted - {SCOPE}), SCOPE)
        return base, self._asked(metric, base)

    def _asked(self, metric: Metric, by: By) -> Answers:
        known = self.known.setdefault(metric.key, {})
        if by not in known:
            known[by] = catalogue.ask(metric.key, self.place.question(metric, *by))
        return known[by]


def added(answers: Answers, dimensions: By, by: By) -> Answers:
    """Answers by some of their dimensions: what falls together is added up. A scope has one category."""
    take = [_reader(name, dimensions) for name in by]
    groups: dict[Key, list[Answer]] = {}
    for key, answer in answers.items():
        groups.setdefault(tuple(read(key) for read in take), []).append(answer)
    return {key: reduce(plus, found) for key, found in groups.items()}


def _reader(name: str, dimensions: By) -> Callable[[Key], str]:
    if name in dimensions:
        place = dimensions.index(name)
        return lambda key: key[place]
    scope = dimensions.index(SCOPE)
    return lambda key: key[scope].partition(".")[2]


def plus(one: Answer, other: Answer) -> Answer:
    """The answer over the records of both."""
    if isinstance(one, Tally) and isinstance(other, Tally):
        return Tally(one.n + other.n)
    if isinstance(one, Share) and isinstance(other, Share):
        return Share(one.low + other.low, one.high + other.high, one.of + other.of, one.band)
    if isinstance(one, Mean) and isinstance(other, Mean):
        return Mean(one.total + other.total, one.n + other.n, one.missing + other.missing)
    raise TypeError(f"{one} and {other} can't be added up")
