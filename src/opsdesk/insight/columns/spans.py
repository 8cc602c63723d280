"""What stays and cases of a part took, worked out once for all questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from opsdesk.clock.calendars import Calendar
from opsdesk.insight.columns.hours import Pauses, working
from opsdesk.insight.columns.kept import kept
from opsdesk.insight.columns.paths import Codes, Numbers, owners, tiers_of_places, ways
from opsdesk.insight.facts.schema import NEVER, UNKNOWN
from opsdesk.insight.facts.values import Facts, Part, rows_of
from opsdesk.insight.hours import DeskHours


def small(seconds: Numbers) -> Numbers:
    """The same in half the room where it has it: there are many, and they are read often."""
    return seconds.astype(np.int32) if seconds.max(initial=0) < 2**31 else seconds


def elapsed(part: Part) -> Numbers:
    """Per stay the seconds it took by the wall, UNKNOWN while it is open."""
    return kept(("elapsed",), part.stays["left"], lambda: small(part.elapsed))


def to_first_touch(part: Part) -> Numbers:
    """Per stay the seconds by the wall to its first touch, UNKNOWN without one."""
    return kept(("to first touch",), part.stays["left"], lambda: _to_first_touch(part))


def _to_first_touch(part: Part) -> Numbers:
    touched, entered = part.stays["touched"].astype(np.int64), part.stays["entered"].astype(np.int64)
    return small(np.where(touched == NEVER, UNKNOWN, np.maximum(touched - entered, 0)))


def worked_to_first_touch(part: Part, facts: Facts, hours: DeskHours) -> Numbers:
    """The same by the calendar each stay was measured by, waits left out."""
    pairs, by = kept(("calendars",), part.stays["left"], lambda: _calendars(part))
    calendars = tuple(
        hours.calendar_of(facts.places[place].queue, facts.books["calendar"][label]) for place, label in pairs
    )
    return kept(
        ("worked to first touch", calendars),
        part.stays["left"],
        lambda: _worked_to_first_touch(part, by, calendars),
    )


def _calendars(part: Part) -> tuple[list[tuple[int, int]], Numbers]:
    """The pairs of place and calendar that touched stays have, and which one each stay has."""
    place, label = part.stays["place"].astype(np.int64), part.stays["calendar"].astype(np.int64)
    labels = int(label.max(initial=0)) + 1
    pair = place * labels + label
    found = np.flatnonzero(np.bincount(pair[part.stays["touched"] != NEVER]))
    number = np.zeros(int(pair.max(initial=0)) + 1, dtype=np.int64)
    number[found] = np.arange(len(found))
    return [divmod(int(each), labels) for each in found], number.astype(np.uint16)[pair]


def _worked_to_first_touch(part: Part, by: Numbers, calendars: Sequence[Calendar]) -> Numbers:
    touched = np.flatnonzero(part.stays["touched"] != NEVER)
    spent = working(
        part.stays["entered"][touched].astype(np.int64),
        part.stays["touched"][touched].astype(np.int64),
        by[touched],
        calendars,
        pauses_of(part, touched, part.waits["stay"]),
    )
    found = np.full(rows_of(part.stays), UNKNOWN, dtype=np.int64)
    found[touched] = spent
    return small(found)


def pauses_of(part: Part, chosen: Codes, owner: Codes) -> Pauses:
    """The waits as pauses of the rows chosen, in order; `owner` is the row that each wait belongs to."""
    of = np.searchsorted(chosen, owner)
    known = (np.append(chosen, -1)[of] == owner) & (part.waits["who"] > 0)
    held = np.flatnonzero(known)
    began, ended = (part.waits[name][held].astype(np.int64) for name in ("began", "ended"))
    return Pauses(of[held], began, ended)


def to_response(part: Part, hours: DeskHours, entry: str) -> tuple[Numbers, Numbers]:
    """Per case the seconds to its first response, by the wall and by the entry queue's calendar."""
    calendar = hours.calendar_of(entry, "")
    return kept(("to first response", calendar), part.cases["answered"], lambda: _to_response(part, calendar))


def _to_response(part: Part, calendar: Calendar) -> tuple[Numbers, Numbers]:
    opened, answered = part.cases["opened"].astype(np.int64), part.cases["answered"].astype(np.int64)
    rows = np.flatnonzero(answered != NEVER)
    elapsed, worked = (np.full(rows_of(part.cases), UNKNOWN, dtype=np.int64) for _ in range(2))
    elapsed[rows] = np.maximum(answered[rows] - opened[rows], 0)
    pauses = pauses_of(part, rows, owners(part, part.waits["stay"]))
    by = np.zeros(len(rows), dtype=np.int64)
    worked[rows] = working(opened[rows], answered[rows], by, [calendar], pauses)
    return small(elapsed), small(worked)


@dataclass(frozen=True)
class Lives:
    """Per case what its ended stays took: `elapsed` by the wall, `working` as far as that is known, `worked`
    only where all of it is, else UNKNOWN. `open`: the row of the stay it is in, -1 without one."""

    elapsed: Numbers
    working: Numbers
    worked: Numbers
    open: Codes


def lives(part: Part, facts: Facts, *, at_highest: bool) -> Lives:
    """The lives of a part's cases; `at_highest`: only what was at the highest tier that each reached."""
    return kept(("lives", at_highest), part.stays["left"], lambda: _lives(part, facts, at_highest=at_highest))


def _lives(part: Part, facts: Facts, *, at_highest: bool) -> Lives:
    stays, size = part.stays, rows_of(part.cases)
    of = part.of_stays(np.arange(size))
    chosen = (stays["exit"] != facts.code("exit", "withdrawn")) & (stays["place"] > 0)
    if at_highest:
        took = ways(part, facts)
        chosen &= tiers_of_places(facts).astype(np.uint8)[stays["place"]] == took.highest[of]
    ended = chosen & (stays["left"] != NEVER)
    business = stays["business"].astype(np.int64)
    unknown = np.zeros(size, dtype=np.bool_)
    unknown[of[ended & (business == UNKNOWN)]] = True
    running = np.flatnonzero(chosen & (stays["left"] == NEVER))
    inside = np.full(size, -1, dtype=np.int32)
    inside[of[running]] = running
    worked = ended & (business != UNKNOWN)
    working_s = _summed(of[worked], business[worked], size)
    return Lives(
        elapsed=small(_summed(of[ended], part.elapsed[ended], size)),
        working=small(working_s),
        worked=small(np.where(unknown, UNKNOWN, working_s)),
        open=inside,
    )


def _summed(of: Numbers, values: Numbers, size: int) -> Numbers:
    return np.bincount(of, weights=values, minlength=size).astype(np.int64)
