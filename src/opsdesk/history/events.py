"""From a row to what happened: the case it is of, its events, and what it says of the case. Pure."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from opsdesk.history.instants import FIRST, micros, read_instant
from opsdesk.history.lines import UNIT
from opsdesk.history.maps import ATTRIBUTES, HistoryMap, Means
from opsdesk.history.matching import REMEMBERED, Table
from opsdesk.history.rows import Row
from opsdesk.history.rules import Meaning
from opsdesk.history.told import Line, told_of
from opsdesk.kernel.refusal import gettext_noop

LONGEST_CASE = 200
LONGEST_WORDS = 400
NOTHING = Means(Meaning.NOTHING)
TELLING = ("queue", "queue_before", "activity", "status", "person")
Words = tuple[str, ...]
Read = Callable[[Sequence[str]], str]

NO_CASE = gettext_noop("it names no case")
LONG_CASE = gettext_noop("the name of its case is longer than 200 characters")
NO_TIME = gettext_noop("it has no instant")
NO_INSTANT = gettext_noop('"%(value)s" is no instant; name its form under time_format (column %(column)s)')
TOO_EARLY = gettext_noop('"%(value)s" lies before 1990 (column %(column)s)')
TO_COME = gettext_noop('"%(value)s" is yet to come (column %(column)s)')
NO_MEANING = gettext_noop('"%(value)s" has no meaning in the map (column %(column)s)')
NO_QUEUE = gettext_noop('"%(value)s" has no queue in the map (column %(column)s)')


class Misfit(Exception):
    """A row that fits nowhere, and why."""

    def __init__(self, why: str, **details: str) -> None:
        super().__init__(why)
        self.why = why
        self.details = details


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
        self.case, self.time = (roles.get(role, _nothing) for role in ("case", "time"))
        self.telling, self.spans = _telling(mapped, places)
        self.timed = "time" in mapped.columns
        self.moments = [
            (places[name], means, name) for name, means in mapped.moments.items() if name in places
        ]
        self.also = [(name, places[name]) for name in mapped.also if name in places]
        self.described = [roles.get(name, _nothing) for name in ATTRIBUTES]
        names = [name for role in ATTRIBUTES for name in mapped.columns.get(role, ())]
        self.saying = _picker([places[name] for name in (*names, *mapped.also) if name in places])
        self._told: dict[Words, list[str]] = {}
        self._words: dict[Sequence[str], str] = {}

    def read(self, row: Row) -> list[Line]:
        """What the row says happened, in its order; raises `Misfit`."""
        if row.why:
            raise Misfit(row.why, **{name: str(value) for name, value in row.details.items()})
        values = row.values
        case = self.case(values)
        if not case:
            raise Misfit(NO_CASE)
        if len(case) > LONGEST_CASE:
            raise Misfit(LONG_CASE)
        if self.timed:
            told = self._remembered(values)
            at = self._instant(self.time(values), "time")
            happened = [(at, each) for each in told]
        else:
            happened = []
        if self.moments:
            happened += self._of_moments(values)
        if not happened:
            raise Misfit(NO_TIME)
        words = self._attributes(values)
        return [(case, at, told, words) for at, told in happened]

    def _remembered(self, values: Sequence[str]) -> list[str]:
        """What is told of queue, meaning and person, worked out once for the same words."""
        said = self.telling(values)
        told = self._told.get(said)
        if told is None:
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            told = self._told[said] = self._tell(said)
        return told

    def _tell(self, all_said: Words) -> list[str]:
        place, before = self._queue("queue", all_said), self._queue("queue_before", all_said)
        meanings = (
            self._meaning("activity", all_said, self.mapped.activities),
            self._meaning("status", all_said, self.mapped.statuses),
        )
        said = [means for means in meanings if means != NOTHING] or [NOTHING]
        person = self._person(all_said)
        return [told_of(each.queue or place, each.meaning, each.party, person, before) for each in said]

    def _of_moments(self, values: Sequence[str]) -> list[tuple[int, str]]:
        """An event for each column that is filled, by its instant, in the queue it means or the row names."""
        said = self.telling(values)
        queue, person = self._queue("queue", said), self._person(said)
        filled = [each for each in self.moments if values[each[0]]]
        found = [(self._instant(values[place], name), means) for place, means, name in filled]
        found.sort(key=lambda each: each[0])
        return [
            (at, told_of(means.queue or queue, means.meaning, means.party, person)) for at, means in found
        ]

    def _person(self, said: Words) -> str:
        return _filled(said[self.spans["person"]])[:LONGEST_WORDS]

    def _queue(self, role: str, said: Words) -> str:
        words = said[self.spans[role]]
        if not any(words):
            return ""
        queue = self.mapped.queues.first(words)
        if queue is None:
            raise self._misfit(NO_QUEUE, _filled(words), role)
        return queue

    def _meaning(self, role: str, said: Words, table: Table[Means]) -> Means:
        words = said[self.spans[role]]
        if not any(words):
            return NOTHING
        means = table.first(words)
        if means is None:
            raise self._misfit(NO_MEANING, _filled(words), role)
        return means

    def _misfit(self, why: str, written: str, role: str) -> Misfit:
        """With the columns of the role, or the one that is named itself."""
        return Misfit(why, value=written[:100], column=", ".join(self.mapped.columns.get(role, (role,))))

    def _instant(self, written: str, role: str) -> int:
        if not written:
            raise Misfit(NO_TIME)
        at = read_instant(written, self.mapped.zone, self.mapped.time_formats)
        if at is None:
            raise self._misfit(NO_INSTANT, written, role)
        if at < self.first:
            raise self._misfit(TOO_EARLY, written, role)
        if at > self.now:
            raise self._misfit(TO_COME, written, role)
        return at

    def _attributes(self, values: Sequence[str]) -> str:
        """In the order of `ATTRIBUTES`, then what is kept as words: mostly the same in all rows of a case."""
        said = self.saying(values)
        words = self._words.get(said)
        if words is None:
            if len(self._words) >= REMEMBERED:
                self._words.clear()
            found = (*[read(values)[:LONGEST_WORDS] for read in self.described], self._more(values))
            words = self._words[said] = UNIT.join(found) if any(found) else ""
        return words

    def _more(self, values: Sequence[str]) -> str:
        """What is kept as words, each with the name of its column."""
        found = [f"{name}: {values[place]}" for name, place in self.also if values[place]]
        return " · ".join(found)[:LONGEST_WORDS]


def described(attributes: Sequence[str]) -> Mapping[str, str]:
    """What was said of a case, by name; `also` is what is kept as words."""
    return dict(zip((*ATTRIBUTES, "also"), attributes, strict=True))


def _nothing(values: Sequence[str]) -> str:
    return ""


def _telling(
    mapped: HistoryMap, places: Mapping[str, int]
) -> tuple[Callable[[Sequence[str]], Words], Mapping[str, slice]]:
    """Gives all that is told of an event, and where in it each role stands."""
    taken: list[int] = []
    spans: dict[str, slice] = {}
    for role in TELLING:
        begin = len(taken)
        taken += [places[name] for name in mapped.columns.get(role, ()) if name in places]
        spans[role] = slice(begin, len(taken))
    return _picker(taken), spans


def _filled(words: Words) -> str:
    """The first that is filled."""
    return next((each for each in words if each), "")


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Words]:
    """Gives the values at those places, in their order."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def _reader(places: Sequence[int]) -> Read:
    """Gives the first of these values that is filled."""
    if not places:
        return _nothing
    if len(places) == 1:
        return itemgetter(places[0])
    return lambda values: next((values[place] for place in places if values[place]), "")
