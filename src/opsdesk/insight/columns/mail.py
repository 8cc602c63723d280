"""Mail as it reached a desk, from the facts: its messages and threads of people, and how arrivals ended."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opsdesk.cases import queries as cases
from opsdesk.insight.columns import wall
from opsdesk.insight.columns.choosing import any_of, within
from opsdesk.insight.columns.grain import moment
from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.paths import Codes, Flags
from opsdesk.insight.facts.schema import PART
from opsdesk.insight.facts.values import Facts, Part
from opsdesk.insight.listed import NONE, Listed
from opsdesk.insight.registry import Answers, Key, Question, Tally
from opsdesk.insight.sql import rows
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.period import Period

# How mail of people ended.
OF_PEOPLE = ("requests", "joined")
# A thread and an instant in one number.
SECOND = np.uint64(32)
Threaded = NDArray[np.uint64]
WRITTEN: Mapping[str, Callable[[str], str]] = {"day": str, "month": lambda day: day[: len("2026-10")]}


def messages(facts: Facts, question: Question) -> Answers:
    """How many messages came, each counted when it came first."""
    return _answered(question, [_came(part, chosen) for part, chosen in _first(facts, question)])


def threads(facts: Facts, question: Question) -> Answers:
    """How many threads these are of; one with messages on several days counts on each."""
    keys = _by_thread(facts, question)
    of, came = keys >> SECOND, keys.astype(np.uint32)
    return _answered(question, [came], of)


def _answered(question: Question, came: list[Codes], of: Codes | None = None) -> Answers:
    """The instants counted by day or month: all, or those `of` each subject once, the subjects in order."""
    found: defaultdict[Key, int] = defaultdict(int)
    if not question.by:
        found[()] = 0
    for instants in came:
        for key, n in _counted(question, instants, of):
            found[key] += n
    return {key: Tally(n) for key, n in found.items()}


def _counted(question: Question, came: Codes, of: Codes | None) -> Iterator[tuple[Key, int]]:
    if not question.by:
        yield (), len(came) if of is None else int(np.count_nonzero(_new(of)))
        return
    numbers, names = wall.days(came, cases.desk(question.desk).zone)
    keys = [tuple(WRITTEN[name](day) for name in question.by) for day in names]
    known = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    if len(known) < len(keys):
        numbers = np.array([known[key] for key in keys], dtype=np.uint16).take(numbers)
    if of is not None and len(of):
        # The days of a subject are in order.
        numbers = numbers[_new(of) | np.append(True, numbers[1:] != numbers[:-1])]
    counts = np.bincount(numbers, minlength=len(known)).tolist()
    yield from ((key, n) for key, n in zip(known, counts, strict=True) if n)


def _new(of: Codes) -> Flags:
    """Which of some subjects in order are not the one before."""
    found = np.ones(len(of), dtype=np.bool_)
    np.not_equal(of[1:], of[:-1], out=found[1:])
    return found


def messages_in(facts: Facts, question: Question, span: Period) -> Listed:
    """The messages that came first within a span of the period."""
    ids, ranks = [NONE.ids], [NONE.rank]
    for part, chosen in _first(facts, question):
        own = np.flatnonzero(chosen & within(part.arrivals["came"], span))
        ids.append(part.arrivals["message"][own])
        ranks.append(part.arrivals["came"][own])
    return Listed(np.concatenate(ranks), np.concatenate(ids))


def threads_in(facts: Facts, question: Question, span: Period) -> Listed:
    """The threads of the messages that did, by the last of these."""
    keys = _by_thread(facts, question)
    keys = keys[within(keys.astype(np.uint32), span)]
    last = keys[np.append(_new(keys >> SECOND)[1:], np.ones(min(len(keys), 1), dtype=np.bool_))]
    return Listed(last.astype(np.uint32).astype(np.int64), (last >> SECOND).astype(np.int64))


def ended(facts: Facts, desk: str, period: Period) -> dict[tuple[str, str], int]:
    """How many of a desk's arrivals in a period ended how: by outcome and reason, without those in hand."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    book = facts.books["sorted"]
    for part in facts.parts:
        own = _of_desk(part, facts, desk) & within(part.arrivals["came"], period)
        counts = np.bincount(part.arrivals["sorted"][own], minlength=len(book)).tolist()
        for text, n in zip(book, counts, strict=True):
            outcome, _, reason = text.partition(PART)
            if n and outcome:
                found[outcome, reason] += n
    return dict(found)


def _by_thread(facts: Facts, question: Question) -> Threaded:
    """Per message its thread, and behind that when it came first, in order."""
    found = []
    for part, chosen in _first(facts, question):
        order, keys = kept(("by thread",), part.arrivals["came"], partial(_threaded, part))
        own = chosen.take(order)
        found.append(keys if own.all() else keys[own])
    if len(found) == 1:
        return found[0]
    every = np.concatenate(found)
    # Of a few runs that are in order already.
    every.sort(kind="stable")
    return every


def _threaded(part: Part) -> tuple[Codes, Threaded]:
    keys = part.arrivals["thread"].astype(np.uint64) << SECOND
    keys |= part.arrivals["came"]
    order = np.argsort(keys, kind="stable").astype(np.int32)
    return order, keys[order]


def _came(part: Part, chosen: Flags) -> Codes:
    return part.arrivals["came"] if chosen.all() else part.arrivals["came"][chosen]


def _first(facts: Facts, question: Question) -> Iterator[tuple[Part, Flags]]:
    """The parts, each with which of its arrivals brought a message of people first."""
    chosen = _first_of_each(facts, question.desk, question.period, question.as_of)
    return zip(facts.parts, chosen, strict=True)


@remembered
def _first_of_each(facts: Facts, desk: str, period: Period, as_of: datetime) -> tuple[Flags, ...]:
    """Those of one page's numbers are chosen once."""
    found = tuple(_of_people(part, facts, desk, period, as_of) for part in facts.parts)
    again = [
        np.flatnonzero(own & _may_be_again(facts, part)) for part, own in zip(facts.parts, found, strict=True)
    ]
    if sum(len(own) for own in again) < 2:
        return found
    where = np.repeat(np.arange(len(again)), [len(own) for own in again])
    row = np.concatenate(again)
    message, came = (
        np.concatenate([part.arrivals[name][own] for part, own in zip(facts.parts, again, strict=True)])
        for name in ("message", "came")
    )
    order = np.lexsort((came, message))
    for one in order[~_new(message[order])].tolist():
        found[where[one]][row[one]] = False
    return found


def _of_people(part: Part, facts: Facts, desk: str, period: Period, as_of: datetime) -> Flags:
    """The arrivals of people that became requests or joined one, at the desk in the period by `as_of`."""
    arrivals, book = part.arrivals, facts.books["sorted"]
    found = _of_desk(part, facts, desk)
    ways = [code for code, text in enumerate(book) if text.partition(PART)[0] in OF_PEOPLE]
    found &= any_of(arrivals["sorted"], ways, len(book))
    found &= within(arrivals["came"], period)
    found &= arrivals["came"] <= moment(as_of)
    found &= arrivals["message"] > 0
    return found


def _of_desk(part: Part, facts: Facts, desk: str) -> Flags:
    ids, book = _sources(desk), facts.books["source"]
    known = [code for code, id in enumerate(book) if id in ids]
    return any_of(part.arrivals["source"], known, len(book))


@remembered
def _sources(desk: str) -> frozenset[str]:
    """The sources of a desk as the facts name them."""
    return frozenset(
        str(id) for (id,) in rows("SELECT o.id FROM mail_source o WHERE o.desk = %(desk)s", {"desk": desk})
    )


def _may_be_again(facts: Facts, part: Part) -> Flags:
    """Which arrivals have a message that another one has, in this part or in another."""
    found: Flags = kept(("again",), part.arrivals["came"], lambda: _again(part.arrivals["message"]))
    others = [each.arrivals["message"] for each in facts.parts if each is not part]
    known = np.concatenate([np.zeros(0, dtype=np.int64), *others])
    if not len(known) or not len(found):
        return found
    message = part.arrivals["message"]
    if len(known) > len(message):
        return found | np.isin(message, known)
    table = np.zeros(int(max(message.max(), known.max())) + 1, dtype=np.bool_)
    table[known] = True
    return found | table.take(message)


def _again(message: Codes) -> Flags:
    """Which of some messages are there more than once; 0 is none."""
    counts = np.bincount(message)
    counts[:1] = 0
    found: Flags = (counts > 1).take(message)
    return found
