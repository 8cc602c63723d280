"""The ways up: from which tier straight to which, for any question."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from opsdesk.cases import queries as cases
from opsdesk.insight.cohort import tiers_of
from opsdesk.insight.flow import Parts
from opsdesk.insight.picks import Pick
from opsdesk.insight.registry import Answer, Answers, Key, Question, Side, Tally

Way = tuple[int, int]
Found = TypeVar("Found")
# How a flow's number is counted: in plain SQL, or from the facts.
Counting = Callable[[Question, Parts], Answers]


def answers(question: Question, counting: Counting) -> Answers:
    """Requests by the way they took; without that dimension those that took any of the ways asked for."""
    plain, ways = _plain(question), chosen(question)
    if "way" not in question.by:
        return counting(plain, taking(*ways))
    place = question.by.index("way")
    found: dict[Key, Answer] = {}
    for way in ways:
        name = f"{way[0]}-{way[1]}"
        for key, answer in counting(plain, taking(way)).items():
            if answer != Tally(0):
                found[(*key[:place], name, *key[place:])] = answer
    return found


def members(
    question: Question,
    key: Key,
    side: Side,
    listing: Callable[[Question, Key, Side, Parts], Found],
) -> Found:
    """The requests that took the way of one answer."""
    if "way" not in question.by:
        return listing(_plain(question), key, side, taking(*chosen(question)))
    place = question.by.index("way")
    one = replace(question, filters={**question.filters, "way": (key[place],)})
    return listing(_plain(one), (*key[:place], *key[place + 1 :]), side, taking(*chosen(one)))


def taking(*ways: Way) -> Parts:
    """The requests that took any of the ways."""
    return Parts(lambda tiers, top: tuple(Pick("flow", way) for way in ways))


def chosen(question: Question) -> list[Way]:
    """The ways asked for, `1-2`; all of the desk's where none is."""
    top = tiers_of(question.desk, cases.desk(question.desk).top_tier)
    wanted = question.chosen("way")
    return [way for way in combinations(range(1, top + 1), 2) if not wanted or f"{way[0]}-{way[1]}" in wanted]


def _plain(question: Question) -> Question:
    filters = {name: values for name, values in question.filters.items() if name != "way"}
    return replace(question, filters=filters, by=tuple(name for name in question.by if name != "way"))
