"""Evidence at the rulings, from the facts: what `metrics.deals_evidence` says in SQL.

Disputes whose terms, files and items let go are alike are looked at once, with how many they are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from opsdesk.deals.terms import Terms
from opsdesk.insight.bands import Share
from opsdesk.insight.columns.deals_counting import MOST_GROUPS, Counting, chosen
from opsdesk.insight.columns.deals_rows import Dimension, Disputes, Rows
from opsdesk.insight.columns.deals_terms import known_terms
from opsdesk.insight.columns.paths import Numbers
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.registry import Answers, Key, Question, Tally

ITEM = "item"
RULED = Counting(Disputes, "decided", whole=lambda disputes: disputes.is_ruled)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An item that a dispute's terms ask for, as it stood at the ruling."""

    item: str
    required: bool
    present: bool
    waived: bool

    @property
    def is_lacking(self) -> bool:
        return self.required and not self.present and not self.waived


Exhibits = tuple[Exhibit, ...]
# Whether those exhibits of a dispute count: all of them, or the one of an item.
Counts = Callable[[Exhibits], bool]


def is_complete(exhibits: Exhibits) -> bool:
    return not any(each.is_lacking for each in exhibits)


def is_there(exhibits: Exhibits) -> bool:
    return any(each.present for each in exhibits)


def is_let_go(exhibits: Exhibits) -> bool:
    return any(each.required and not each.present and each.waived for each in exhibits)


def is_lacking(exhibits: Exhibits) -> bool:
    return not is_complete(exhibits)


def every(exhibits: Exhibits) -> bool:
    return True


def tally(facts: Facts, question: Question, hit: Counts) -> Answers:
    """How many rulings there are in which the exhibits count."""
    found = _counted(facts, question, hit, every)
    return {key: Tally(n) for key, (n, _of) in found.items() if n or not question.by}


def share(facts: Facts, question: Question, hit: Counts, whole: Counts) -> Answers:
    """Of the rulings whose exhibits are the whole, those in which they count."""
    found = _counted(facts, question, hit, whole)
    return {key: Share(n, n, of) for key, (n, of) in found.items() if of or not question.by}


def _counted(facts: Facts, question: Question, hit: Counts, whole: Counts) -> Mapping[Key, tuple[int, int]]:
    """By key how many rulings count, and of how many."""
    found: defaultdict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    if not question.by:
        found[()] = (0, 0)
    for key, exhibits, n in _rulings(facts, question):
        for each, shown in _by_item(key, exhibits, question):
            hits, of = found[each]
            met = whole(shown)
            found[each] = hits + n * (met and hit(shown)), of + n * met
    return dict(sorted(found.items()))


def _by_item(key: Key, exhibits: Exhibits, question: Question) -> Iterator[tuple[Key, Exhibits]]:
    """All exhibits under a key, or each under that of its item."""
    if ITEM not in question.by:
        yield key, exhibits
        return
    place = question.by.index(ITEM)
    for each in exhibits:
        yield (*key[:place], each.item, *key[place:]), (each,)


def _rulings(facts: Facts, question: Question) -> Iterator[tuple[Key, Exhibits, int]]:
    """The exhibits of the rulings asked for, by the dimensions but the item, with how many have them."""
    terms = known_terms(facts)
    numbers = tuple(str(code) for code in range(len(facts.books["terms"])))
    for disputes, flags in chosen(facts, question, RULED):
        more = [
            (disputes.column("terms"), numbers),
            *((disputes.column(name), facts.books["items"]) for name in ("present", "waived")),
        ]
        for key, n in _numbered(disputes, np.flatnonzero(flags), question, more):
            *own, code, present, waived = key
            yield tuple(own), exhibits_of(terms.get(int(code)), present, waived), n


def _numbered(
    rows: Rows, own: Numbers, question: Question, more: list[Dimension]
) -> Iterator[tuple[Key, int]]:
    """How many of some rows have each key of the dimensions but the item, and of more."""
    names = [name for name in question.by if name != ITEM]
    by = rows.keys([*(rows.dimension(name) for name in names), *more], own)
    groups, of = by.fewer(MOST_GROUPS)
    counts = np.bincount(of, minlength=len(groups))
    for group in np.flatnonzero(counts):
        yield by.key(int(groups[group])), int(counts[group])


def exhibits_of(terms: Terms | None, present: str, waived: str) -> Exhibits:
    """What terms ask for, as it stood: the items of which there was a file, and those let go."""
    there, gone = set(present.split(",")), set(waived.split(","))
    return tuple(
        Exhibit(item.key, item.required, item.key in there, item.key in gone)
        for item in (terms.checklist if terms else ())
    )


EVIDENCE: Mapping[str, Callable[[Facts, Question], Answers]] = {
    "evidence_complete": partial(share, hit=is_complete, whole=every),
    "evidence_item": partial(share, hit=is_there, whole=bool),
    "evidence_waived": partial(tally, hit=is_let_go),
    "evidence_missing": partial(tally, hit=is_lacking),
}
