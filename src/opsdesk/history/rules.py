"""From what another tool noted of a case to its stays, by the definitions of our own cases. Pure.

A life is folded event by event, so a case of any length needs no more room than its stays. Instants are
microseconds since 1970 in UTC; persons are whatever words the file has for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Meaning(StrEnum):
    """What an activity or a status of the other tool says of the case.

    `OPEN`: it stands open, nobody has begun. `WORK`: somebody works on it. `REPLY`: a message of ours to the
    customer. `NOTE`: an act of ours that changes no state. `NOTHING`: it changes nothing.
    """

    OPEN = "open"
    WORK = "work"
    REPLY = "reply"
    NOTE = "note"
    WAITING_CUSTOMER = "waiting on customer"
    WAITING_THIRD_PARTY = "waiting on third party"
    RESOLVED = "resolved"
    VOID = "void"
    NOTHING = "nothing"


class Event(NamedTuple):
    """One thing that happened to a case. `queue`: the one it is in from here on; empty: where it was.

    `party`: the third party waited on; `person`: who did it; `before`: the queue it was in until then; empty:
    nobody says.
    """

    at: int
    queue: str = ""
    meaning: Meaning = Meaning.NOTHING
    party: str = ""
    person: str = ""
    before: str = ""


@dataclass(slots=True)
class LifeWait:
    """One waiting within a stay; still running without `ended`."""

    on: str
    party: str
    began: int
    ended: int | None = None


@dataclass(slots=True)
class LifeStay:
    """One unbroken time in one queue; still running without `left`."""

    queue: str
    tier: int
    entrance: str
    entered: int
    entered_by: str = ""
    touched: int | None = None
    touched_by: str = ""
    left: int | None = None
    left_by: str = ""
    exit: str = ""
    next_queue: str = ""
    waits: list[LifeWait] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Life:
    """A case as it came out. `state` is open, waiting, resolved or void."""

    opened: int
    stays: list[LifeStay]
    state: str = "open"
    first_response: int | None = None
    last_touch: int | None = None
    reopened: int = 0
    events: int = 0

    @property
    def here(self) -> LifeStay:
        return self.stays[-1]

    @property
    def highest_tier(self) -> int:
        return max(stay.tier for stay in self.stays)

    @property
    def wait(self) -> LifeWait | None:
        """The wait that runs."""
        waits = self.here.waits
        return waits[-1] if waits and waits[-1].ended is None else None


_WAKES = frozenset({Meaning.OPEN, Meaning.WORK, Meaning.WAITING_CUSTOMER, Meaning.WAITING_THIRD_PARTY})
_WAITS = {Meaning.WAITING_CUSTOMER: "customer", Meaning.WAITING_THIRD_PARTY: "third_party"}
MOST_PERSONS = 5


def live(events: Sequence[Event], tiers: Mapping[str, int], entry: str) -> Life:
    """The life that events in their order tell; at least one of them.

    `tiers`: of each queue; `entry`: where a case begins of which nothing tells where it was.
    """
    first, queue = events[0], _first_queue(events) or entry
    stay = LifeStay(queue, tiers[queue], "opened", first.at, first.person)
    life = Life(first.at, [stay])
    for event in events:
        _take(life, event, tiers)
    return life


def _first_queue(events: Sequence[Event]) -> str:
    """Where the case was until the first event that names a place, else the queue of its first event."""
    named = next((event for event in events if event.queue or event.before), events[0])
    return named.before or events[0].queue


def _take(life: Life, event: Event, tiers: Mapping[str, int]) -> None:
    life.events += 1
    stay = life.stays[-1]
    if event.person and event.person not in stay.persons:
        _name(stay, event.person)
    if life.state == "resolved":
        if event.meaning not in _WAKES:
            _answer(life, event)
            return
        _reopen(life, event, tiers)
    elif life.state == "void":
        if event.meaning not in _WAKES:
            return
        _run_on(life)
    if event.queue and event.queue != life.stays[-1].queue:
        _hand_on(life, event, tiers)
    _MEANS[event.meaning](life, event)


def _reopen(life: Life, event: Event, tiers: Mapping[str, int]) -> None:
    """Open again: in the queue the event names, else in the one that resolved it."""
    queue = event.queue or life.here.queue
    life.stays.append(LifeStay(queue, tiers[queue], "reopened", event.at, event.person))
    life.state = "open"
    life.reopened += 1
    _name(life.here, event.person)


def _run_on(life: Life) -> None:
    """What was void and is not: the same stay runs on."""
    stay = life.here
    stay.left, stay.left_by, stay.exit = None, "", ""
    life.state = "open"


def _hand_on(life: Life, event: Event, tiers: Mapping[str, int]) -> None:
    old, tier = life.here, tiers[event.queue]
    way = "escalated" if tier > old.tier else "returned" if tier < old.tier else "rerouted"
    _touch(life, event)
    _leave(life, event, way)
    old.next_queue = event.queue
    life.stays.append(LifeStay(event.queue, tier, way, event.at, event.person))
    life.state = "open"
    _name(life.here, event.person)


def _leave(life: Life, event: Event, exit: str) -> None:
    _wake(life, event)
    stay = life.here
    stay.left, stay.left_by, stay.exit = event.at, event.person, exit


def _touch(life: Life, event: Event) -> None:
    """An act of ours; the first of a stay is its first touch."""
    life.last_touch = event.at
    stay = life.here
    if stay.touched is None:
        stay.touched, stay.touched_by = event.at, event.person


def _wake(life: Life, event: Event) -> None:
    """Whatever is waited for, it is no more."""
    wait = life.wait
    if wait is not None:
        wait.ended = event.at
        life.state = "open"


def _answer(life: Life, event: Event) -> None:
    if event.meaning is Meaning.REPLY and life.first_response is None:
        life.first_response = event.at


def _open(life: Life, event: Event) -> None:
    _wake(life, event)


def _work(life: Life, event: Event) -> None:
    _wake(life, event)
    _touch(life, event)


def _reply(life: Life, event: Event) -> None:
    _touch(life, event)
    _answer(life, event)


def _wait(life: Life, event: Event) -> None:
    """A status said again is the same wait; another one ends it."""
    on, wait = _WAITS[event.meaning], life.wait
    if wait is not None and (wait.on, wait.party) == (on, event.party):
        return
    _wake(life, event)
    _touch(life, event)
    life.here.waits.append(LifeWait(on, event.party, event.at))
    life.state = "waiting"


def _resolve(life: Life, event: Event) -> None:
    _touch(life, event)
    _leave(life, event, "resolved")
    life.state = "resolved"


def _void(life: Life, event: Event) -> None:
    _leave(life, event, "void")
    life.state = "void"


def _nothing(life: Life, event: Event) -> None:
    return


_MEANS: Mapping[Meaning, Callable[[Life, Event], None]] = {
    Meaning.OPEN: _open,
    Meaning.WORK: _work,
    Meaning.REPLY: _reply,
    Meaning.NOTE: _touch,
    Meaning.WAITING_CUSTOMER: _wait,
    Meaning.WAITING_THIRD_PARTY: _wait,
    Meaning.RESOLVED: _resolve,
    Meaning.VOID: _void,
    Meaning.NOTHING: _nothing,
}


def _name(stay: LifeStay, person: str) -> None:
    if person and person not in stay.persons and len(stay.persons) < MOST_PERSONS:
        stay.persons.append(person)
