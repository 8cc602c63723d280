"""JSON objects with the list of what happened to them: the values that a map asks for, one row a thing. Pure.

The object outside says how the case is today, each thing in its list what was changed. So an instant, a state
and a person are only those of the thing itself; what describes the case is said outside. Where nothing is
listed, the instants that the object keeps of itself (`moments`) tell all that is known.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from opsdesk.history.instants import read_instant
from opsdesk.history.lines import plain
from opsdesk.history.maps import HistoryMap

OF_A_THING = ("time", "activity", "status", "person")


class Nested:
    """Reads such objects under a map."""

    def __init__(self, mapped: HistoryMap) -> None:
        self.mapped = mapped
        self.times = mapped.columns.get("time", ())
        self.places = mapped.columns.get("queue", ())
        self.before = mapped.columns.get("queue_before", ())
        self.moments = frozenset(mapped.moments if self.times else ())
        self.of_a_thing = {name for role in OF_A_THING for name in mapped.columns.get(role, ())}

    def rows(self, found: dict[str, Any]) -> Iterator[tuple[list[str], object]]:
        """The values of each row with what they are of: the case's beginning, then what is in its list.

        The beginning has no row where things are listed and the object outside has no instant.
        """
        listed, wanted = at(found, self.mapped.each), self.mapped.wanted
        things = self._in_order(listed if isinstance(listed, list) else [])
        moves = any(_filled(thing, (*self.places, *self.before)) for thing in things)
        if not things or _filled(found, self.times):
            begins = self._first_place(things) if moves else found
            told = self.moments if things else frozenset()
            yield ["" if name in told else self._of_beginning(found, begins, name) for name in wanted], found
        for thing in things:
            yield [self._of_thing(thing, found, name, moves) for name in wanted], thing

    def _in_order(self, things: list[object]) -> Sequence[object]:
        """By their instants, those without one last. Of equal ones the file's order counts, turned round
        where it has the newest first.
        """
        instants = [self._instant(thing) for thing in things]
        known = [each for each in instants if each is not None]
        pairs = list(zip(instants, things, strict=True))
        if known and known[0] > known[-1]:
            pairs.reverse()
        return [thing for _, thing in sorted(pairs, key=lambda pair: (pair[0] is None, pair[0] or 0))]

    def _instant(self, thing: object) -> int | None:
        written = _filled(thing, self.times)
        return read_instant(written, self.mapped.zone, self.mapped.time_formats) if written else None

    def _first_place(self, things: Sequence[object]) -> object:
        """What tells where the case was first, unless a move does that tells where it came from."""
        return None if _filled(things[0], self.before) else things[0]

    def _of_beginning(self, found: object, begins: object, name: str) -> str:
        if name in self.times:
            return text(at(found, name))
        if name in self.of_a_thing or name in self.before:
            return ""
        return text(at(begins if name in self.places else found, name))

    def _of_thing(self, thing: object, found: object, name: str, moves: bool) -> str:
        own = at(thing, name)
        if name in self.moments:
            return ""
        if name in self.of_a_thing or name in self.before or (moves and name in self.places):
            return text(own)
        if name in self.places:
            return text(at(found, name) if own is None else own)
        outer = at(found, name)
        return text(own if outer is None else outer)


def at(found: object, path: str) -> object:
    """The value at a dotted path; a key that has the dots in itself goes first."""
    if isinstance(found, dict) and path in found:
        return found[path]
    for step in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return found


def text(value: object) -> str:
    """A value as the rows have it; empty of what is no single one."""
    if value is None or isinstance(value, dict | list):
        return ""
    return plain(str(value)).strip()


def _filled(found: object, names: Sequence[str]) -> str:
    """The first of these that is filled."""
    return next((value for name in names if (value := text(at(found, name)))), "")
