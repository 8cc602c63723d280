"""From a row to what happened: the case it is of, its events, and what it says of the case. Pure."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from opsdesk.history.instants import FIRST, micros, read_instant
from opsdesk.history.maps import ATTRIBUTES, HistoryMap, Means
from opsdesk.history.matching import Table
from opsdesk.history.rows import Row
from opsdesk.history.rules import Event, Meaning
from opsdesk.kernel.refusal import gettext_noop

LONGEST_CASE = 200
LONGEST_WORDS = 400
NOTHING = Means(Meaning.NOTHING)
Read = Callable[[Sequence[str]], str]

NO_CASE = gettext_noop("it names no case")
LONG_CASE = gettext_noop("the name of its case is longer than 200 characters")
NO_TIME = gettext_noop("it has no instant")
NO_INSTANT = gettext_noop('"%(value)s" is no instant; name its form under time_format')
TOO_EARLY = gettext_noop('"%(value)s" lies before 1990')
TO_COME = gettext_noop('"%(value)s" is yet to come')
NO_MEANING = gettext_noop('"%(value)s" has no meaning in the map')
NO_QUEUE = gettext_noop('"%(value)s" has no queue in the map')


class Misfit(Exception):
    """A row that fits nowhere, and why."""

    def __init__(self, why: str, **details: str) -> None:
        super().__init__(why)
        self.why = why
        self.details = details


class Happened(NamedTuple):
    """What one row says: events in their order, and words about the case, empty where it has none."""

    case: str
    events: list[Event]
    attributes: tuple[str, ...]


class RowReader:
    """Reads rows under a map; `now`: what lies after it fits nowhere (microseconds since 1970)."""

    def __init__(self, mapped: HistoryMap, columns: Sequence[str], *, now: int) -> None:
        self.mapped = mapped
        self.now = now
        self.first = micros(FIRST)
        places = {name: place for place, name in enumerate(columns)}
        roles = {
            role: _reader([places[name] for name in names if name in places])
            for role, names in mapped.columns.items()
        }
        self.case, self.time, self.queue, self.person, self.activity, self.status = (
            roles.get(role, _nothing) for role in ("case", "time", "queue", "person", "activity", "status")
        )
        self.moments = [(places[name], means) for name, means in mapped.moments.items() if name in places]
        self.also = [(name, places[name]) for name in mapped.also if name in places]
        self.described = [roles.get(name, _nothing) for name in ATTRIBUTES]

    def read(self, row: Row) -> Happened:
        """What the row says; raises `Misfit`."""
        if row.why:
            raise Misfit(row.why, **{name: str(value) for name, value in row.details.items()})
        values = row.values
        case = self.case(values)
        if not case:
            raise Misfit(NO_CASE)
        if len(case) > LONGEST_CASE:
            raise Misfit(LONG_CASE)
        return Happened(case, self._events(values), self._attributes(values))

    def _events(self, values: Sequence[str]) -> list[Event]:
        queue, person = self._queue(values), self.person(values)[:LONGEST_WORDS]
        if self.mapped.moments:
            return self._of_moments(values, queue, person)
        activity = _meaning(self.activity(values), self.mapped.activities)
        status = _meaning(self.status(values), self.mapped.statuses)
        at = self._instant(self.time(values))
        said = [means for means in (activity, status) if means.meaning is not Meaning.NOTHING]
        return [Event(at, queue, means.meaning, means.party, person) for means in said or [NOTHING]]

    def _of_moments(self, values: Sequence[str], queue: str, person: str) -> list[Event]:
        """An event for each column that is filled, by its instant, all in the one queue that is named."""
        found = [(self._instant(values[place]), means) for place, means in self.moments if values[place]]
        if not found:
            raise Misfit(NO_TIME)
        found.sort(key=lambda each: each[0])
        return [Event(at, queue, means.meaning, means.party, person) for at, means in found]

    def _queue(self, values: Sequence[str]) -> str:
        written = self.queue(values)
        if not written:
            return ""
        queue = self.mapped.queues.get(written)
        if queue is None:
            raise Misfit(NO_QUEUE, value=written[:100])
        return queue

    def _instant(self, written: str) -> int:
        if not written:
            raise Misfit(NO_TIME)
        at = read_instant(written, self.mapped.zone, self.mapped.time_formats)
        if at is None:
            raise Misfit(NO_INSTANT, value=written[:100])
        if at < self.first:
            raise Misfit(TOO_EARLY, value=written[:100])
        if at > self.now:
            raise Misfit(TO_COME, value=written[:100])
        return at

    def _attributes(self, values: Sequence[str]) -> tuple[str, ...]:
        """In the order of `ATTRIBUTES`, then what is kept as words."""
        return (*[read(values)[:LONGEST_WORDS] for read in self.described], self._words(values))

    def _words(self, values: Sequence[str]) -> str:
        """What is kept as words, each with the name of its column."""
        found = [f"{name}: {values[place]}" for name, place in self.also if values[place]]
        return " · ".join(found)[:LONGEST_WORDS]


def described(attributes: Sequence[str]) -> Mapping[str, str]:
    """What was said of a case, by name; `also` is what is kept as words."""
    return dict(zip((*ATTRIBUTES, "also"), attributes, strict=True))


def _meaning(written: str, table: Table[Means]) -> Means:
    if not written:
        return NOTHING
    means = table.get(written)
    if means is None:
        raise Misfit(NO_MEANING, value=written[:100])
    return means


def _nothing(values: Sequence[str]) -> str:
    return ""


def _reader(places: Sequence[int]) -> Read:
    """Gives the first of these values that is filled."""
    if not places:
        return _nothing
    if len(places) == 1:
        return itemgetter(places[0])
    return lambda values: next((values[place] for place in places if values[place]), "")
