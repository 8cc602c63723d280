"""Working seconds of many spans at once, as `clock.business` counts them for spans of whole seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from opsdesk.clock.calendars import Calendar
from opsdesk.clock.hours import SECOND_US

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Opening:
    """The open spans of some years in order, seconds since 1970; `worked`: open seconds to each one's end."""

    starts: Numbers
    ends: Numbers
    worked: Numbers

    def before(self, instants: Numbers) -> Numbers:
        """Open seconds up to each instant."""
        if not len(self.starts):
            return np.zeros(len(instants), dtype=np.int64)
        at = np.searchsorted(self.starts, instants, side="right") - 1
        known = self.worked[at] - np.maximum(self.ends[at] - instants, 0)
        return np.where(at < 0, 0, known)


@lru_cache(maxsize=64)
def opening(calendar: Calendar, first_year: int, last_year: int) -> Opening:
    """The open spans of a calendar over the years, both included."""
    starts: list[int] = []
    ends: list[int] = []
    for year in range(first_year, last_year + 1):
        hours = calendar.hours(year)
        starts += [start // SECOND_US for start in hours.starts]
        ends += [end // SECOND_US for end in hours.ends]
    first, last = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    return Opening(first, last, np.cumsum(last - first))


@dataclass(frozen=True)
class Pauses:
    """Pauses of spans: the number of the span, ascending, from when to when; `NEVER`: to the span's end."""

    of: Numbers
    began: Numbers
    ended: Numbers


def working(
    start: Numbers, end: Numbers, by: Numbers, calendars: Sequence[Calendar], pauses: Pauses
) -> Numbers:
    """Working seconds of each span by its calendar (`by` counts in `calendars`), pauses left out; 0 where
    the end lies before the start."""
    found = np.zeros(len(start), dtype=np.int64)
    end = np.maximum(start, end)
    if not len(start):
        return found
    began, ended = _apart(start, end, pauses)
    years = _year(int(start.min())), _year(int(end.max()))
    for n, calendar in enumerate(calendars):
        hours, own = opening(calendar, *years), np.flatnonzero(by == n)
        found[own] = hours.before(end[own]) - hours.before(start[own])
        paused = np.flatnonzero(by[pauses.of] == n)
        spent = hours.before(ended[paused]) - hours.before(began[paused])
        np.subtract.at(found, pauses.of[paused], spent)
    return found


def _apart(start: Numbers, end: Numbers, pauses: Pauses) -> tuple[Numbers, Numbers]:
    """The pauses cut to their spans, and those of one span to one another: none counts twice."""
    of = pauses.of
    began = np.clip(pauses.began, start[of], end[of])
    ended = np.where(pauses.ended == 0, end[of], np.clip(pauses.ended, start[of], end[of]))
    order = np.lexsort((began, of))
    highest = np.maximum.accumulate((of[order] << 33) + ended[order])
    before = np.full(len(of), -1, dtype=np.int64)
    before[order[1:]] = np.where(highest[:-1] >> 33 == of[order[1:]], highest[:-1] & ((1 << 33) - 1), -1)
    began = np.maximum(began, before)
    return began, np.maximum(ended, began)


def _year(second: int) -> int:
    return datetime.fromtimestamp(second, UTC).year
