"""The facts as they stood at an instant: what `insight.then` says of tables, said of columns.

A part keeps its rows. A stay, a wait and a case that were not there yet have code 0 as their place, who and
desk, by which rows are chosen; what had not ended yet runs.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np

from opsdesk.cases.models import UNRESOLVED, CaseState, Exit
from opsdesk.insight import then
from opsdesk.insight.columns.again import Again
from opsdesk.insight.columns.choosing import second
from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.paths import Codes, Flags, last_of, owners, tiers_of_places
from opsdesk.insight.facts.schema import LAST_INSTANT, NEVER, UNKNOWN
from opsdesk.insight.facts.serving import ready
from opsdesk.insight.facts.values import Column, Columns, Facts, Part, rows_of
from opsdesk.insight.then import Undone

# Each is a copy of most columns: those of the instant that is asked about, not of every one that was.
MOST_PARTS = 4
OF_ITS_END = {"left": NEVER, "exit": 0, "calendar": 0, "left_by": 0, "business": UNKNOWN, "carried": 0}


def known_at(as_of: datetime) -> Facts | None:
    """The facts as of an instant; None while none are built."""
    facts = ready(as_of)
    return at(facts, as_of) if facts is not None and then.is_past(as_of) else facts


def at(facts: Facts, as_of: datetime) -> Facts:
    """The facts as of an instant, its whole second included."""
    undone, split = then.undone(as_of), then.split_later(as_of)
    reasons = sorted({end.reason for end in undone.values() if end.reason})
    # What no row has now, a row may have had then.
    known = {"state": CaseState.values, "exit": Exit.values, "void_reason": reasons}
    books = {
        name: (*values, *(each for each in known.get(name, ()) if each not in values))
        for name, values in facts.books.items()
    }
    widened = replace(facts, books=books)
    codes = tuple(books[name] for name in known)
    of = ("as of", second(as_of), tuple(sorted(undone.items())), frozenset(split), codes)
    # By the column that says which cases of a part are out of date: what is marked later makes another of it.
    parts = tuple(
        kept(
            of,
            part.cases["desk"],
            partial(_part_at, part, widened, as_of, undone, split),
            most=MOST_PARTS,
        )
        for part in facts.parts
    )
    return replace(widened, parts=parts)


def _part_at(
    part: Part, facts: Facts, as_of: datetime, undone: Mapping[int, Undone], split: frozenset[int]
) -> Part:
    at = second(as_of)
    stays = _stays(part.stays, at)
    last = last_of(part, stays["place"] > 0)
    ended = _undone(part.cases["id"], undone)
    _end(stays, facts, last, ended)
    earlier = replace(part, stays=stays, waits=_waits(part.waits, at))
    cases = _cases(earlier, facts, at, last, split)
    moved = np.append(_withdrawn_later(part, facts, at), np.array(list(ended), dtype=np.int64))
    return replace(
        earlier,
        cases={**cases, "void_reason": _reasons(part, facts, cases["state"], ended)},
        again=Again(part, facts.books["queue"], as_of.replace(microsecond=999_999), moved),
    )


def _withdrawn_later(part: Part, facts: Facts, at: int) -> Codes:
    """The cases with a stay that had begun and was withdrawn since."""
    stays = part.stays
    found = np.flatnonzero(stays["exit"] == facts.code("exit", Exit.WITHDRAWN))
    return owners(part, found[(stays["entered"][found] <= at) & (stays["left"][found] > at)])


def _stays(stays: Columns, at: int) -> dict[str, Column]:
    began, over = stays["entered"] <= at, (stays["left"] != NEVER) & (stays["left"] <= at)
    touched = stays["touched"] <= at
    return {
        **stays,
        **{name: _where(over, stays[name], value) for name, value in OF_ITS_END.items()},
        "place": _where(began, stays["place"], 0),
        "touched": _where(touched, stays["touched"], NEVER),
        "touched_by": _where(touched, stays["touched_by"], 0),
    }


def _waits(waits: Columns, at: int) -> dict[str, Column]:
    return {
        **waits,
        "who": _where(waits["began"] <= at, waits["who"], 0),
        "ended": _where(waits["ended"] <= at, waits["ended"], NEVER),
    }


def _where(kept: Flags, values: Column, other: int) -> Column:
    return np.where(kept, values, values.dtype.type(other))


def _undone(ids: Column, undone: Mapping[int, Undone]) -> dict[int, Undone]:
    """The ends that were taken back later, by the case's row."""
    place = {int(id): row for row, id in enumerate(ids)} if undone else {}
    return {place[id]: end for id, end in undone.items() if id in place}


def _end(stays: dict[str, Column], facts: Facts, last: Codes, ended: Mapping[int, Undone]) -> None:
    """End the stays in which a case was ended, as it was then."""
    for row, (state, when, _reason) in ended.items():
        stays["left"][last[row]] = when
        stays["exit"][last[row]] = facts.code("exit", state)


def _reasons(part: Part, facts: Facts, state: Column, ended: Mapping[int, Undone]) -> Column:
    """Why cases were void, those that were; of those whose end was taken back later, why they had been."""
    known = {row: facts.code("void_reason", end.reason) for row, end in ended.items() if end.reason}
    was_void = state == facts.code("state", CaseState.VOID)
    found = _where(was_void, part.cases["void_reason"], facts.code("void_reason", ""))
    if not known:
        return found
    found = found.astype(np.uint16)
    found[list(known)] = list(known.values())
    return found


def _cases(
    part: Part,
    facts: Facts,
    at: int,
    last: Codes,
    split: frozenset[int],
) -> Columns:
    cases, stays = part.cases, part.stays
    there = (cases["opened"] <= at) & (last >= 0) & ~np.isin(cases["id"], list(split))
    state = _states(part, facts, last)
    alive = np.isin(cases["state"], [facts.code("state", each) for each in UNRESOLVED])
    return {
        **cases,
        "desk": _where(there, cases["desk"], 0),
        "state": state,
        # Of what has ended since, the journal alone knows when we had acted last.
        "last": _where(alive, cases["last"], LAST_INSTANT),
        "answered": _where(cases["answered"] <= at, cases["answered"], NEVER),
        "queue": facts.queues[stays["place"][last]],
        "reopened": _reopened(part, facts),
        **_ways(part, facts),
    }


def _states(part: Part, facts: Facts, last: Codes) -> Column:
    """The state of each case by how its last stay ended, or whether a wait runs."""
    stays = part.stays
    codes = {state: facts.code("state", state) for state in CaseState.values}
    of_exit = np.full(len(facts.books["exit"]), codes[CaseState.OPEN], dtype=np.uint8)
    for exit in (Exit.RESOLVED, Exit.WITHDRAWN):
        of_exit[facts.code("exit", exit)] = codes[CaseState.RESOLVED]
    for exit in (Exit.VOID, Exit.MERGED):
        of_exit[facts.code("exit", exit)] = codes[exit.value]
    state: Column = of_exit[stays["exit"][last]]
    runs = np.flatnonzero((part.waits["who"] > 0) & (part.waits["ended"] == NEVER))
    waits = np.zeros(len(last), dtype=np.bool_)
    waits[owners(part, part.waits["stay"][runs])] = True
    state[waits & (stays["left"][last] == NEVER)] = codes[CaseState.WAITING]
    return state


def _reopened(part: Part, facts: Facts) -> Column:
    """How often each case had been reopened, without what was withdrawn."""
    entrances = np.array([arrival.entrance == "reopened" for arrival in facts.arrivals], dtype=np.bool_)
    counts = entrances[part.stays["arrival"]] & (part.stays["place"] > 0)
    rows = np.flatnonzero(counts & (part.stays["exit"] != facts.code("exit", Exit.WITHDRAWN)))
    found = np.bincount(owners(part, rows), minlength=rows_of(part.cases))
    return np.minimum(found, 255).astype(np.uint8)


def _ways(part: Part, facts: Facts) -> dict[str, Column]:
    """The tiers each case had been at, was returned from, and entered."""
    tiers = tiers_of_places(facts)[part.stays["place"]]
    counts = (tiers > 0) & (part.stays["exit"] != facts.code("exit", Exit.WITHDRAWN))
    rows = np.flatnonzero(counts)
    of, tier, size = owners(part, rows), tiers[rows], rows_of(part.cases)
    bits = np.left_shift(1, tier - 1)
    back = part.stays["exit"][rows] == facts.code("exit", Exit.RETURNED)
    opened = np.array([arrival.entrance == "opened" for arrival in facts.arrivals], dtype=np.bool_)
    entered = opened[part.stays["arrival"][rows]]
    found = {name: np.zeros(size, dtype=np.int64) for name in ("tiers", "back")}
    np.bitwise_or.at(found["tiers"], of, bits)
    np.bitwise_or.at(found["back"], of[back], bits[back])
    entry = np.full(size, 99, dtype=np.int64)
    np.minimum.at(entry, of[entered], tier[entered])
    return {**found, "entry": np.where(entry == 99, 0, entry)}
