"""A metric's answers at a place, each as a cell that opens its list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.safestring import SafeString

from opsdesk.insight.adding import by_fewer
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask, metric
from opsdesk.insight.registry import Answer, Answers, Key, Metric, Side, Tally
from opsdesk.web.funnel.words import requests_opening
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.cells import counted, drawn
from opsdesk.web.numbers.tables import Cell
from opsdesk.web.phrases import opening


@dataclass(frozen=True)
class Asked:
    """The answers by the dimensions `by`."""

    metric: Metric
    place: Place
    by: tuple[str, ...]
    answers: Answers

    def n(self, *key: str) -> int:
        """A count; 0 where there is nothing."""
        found = self.answers.get(key)
        return found.n if isinstance(found, Tally) else 0

    def opening(self, *key: str) -> SafeString:
        """A count as a link to what it counts; a 0 opens nothing."""
        n = self.n(*key)
        return opening(n, self.href(*key) if n else "")

    def opening_all(self) -> SafeString:
        """The same of all counts added up, where none counts twice."""
        n = self.total()
        return opening(n, self.place.members(self.metric.key) if n else "")

    def requests(self) -> SafeString:
        """All counts added up as a number of requests in words."""
        return requests_opening(self.total(), self.place.members(self.metric.key))

    def share(self, *key: str) -> Share:
        """A share; of nothing where there is none."""
        found = self.answers.get(key)
        return found if isinstance(found, Share) else Share(0, 0, 0)

    def total(self) -> int:
        """All counts added up: of the requests only where none counts twice."""
        return sum(answer.n for answer in self.answers.values() if isinstance(answer, Tally))

    def ranked(self) -> list[tuple[Key, int]]:
        """The counts, the largest first."""
        counts = [(key, answer.n) for key, answer in self.answers.items() if isinstance(answer, Tally)]
        return sorted(counts, key=lambda each: (-each[1], each[0]))

    def sums(self, place: int) -> dict[str, int]:
        """The counts added up by one of the dimensions."""
        found: dict[str, int] = {}
        for key, n in self.ranked():
            found[key[place]] = found.get(key[place], 0) + n
        return found

    def by_fewer(self, *by: str) -> "Asked":
        """The answers by some of the dimensions alone, added up. See `insight.adding` for when that holds."""
        return replace(self, by=by, answers=by_fewer(self.answers, self.by, by, self.metric.unit))

    def cell(self, *key: str, side: Side = Side.COUNTED) -> Cell:
        """An answer; no count is a 0."""
        answer: Answer | None = self.answers.get(key)
        if answer is None and not isinstance(self._any(), Share):
            return counted(0)
        href = self.href(*key, side=side) if self.metric.members else ""
        return drawn(answer, self.metric.unit, href, side)

    def href(self, *key: str, side: Side = Side.COUNTED) -> str:
        """The list behind one answer."""
        return self._openers[side](key)

    @cached_property
    def _openers(self) -> Mapping[Side, Callable[[Key], str]]:
        return {side: self.place.opener(self.metric.key, by=self.by, side=side) for side in Side}

    def _any(self) -> Answer | None:
        return next(iter(self.answers.values()), None)


def asked(place: Place, key: str, *by: str) -> Asked:
    """What a metric says at a place. Refuses as `catalogue.ask` does."""
    found = metric(key)
    return Asked(found, place, by, ask(key, place.question(found, *by)))
