"""A life once more, told by looking at the whole list for each question instead of folding it."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsdesk.history.rules import Event, Meaning

WAKES = {"open", "work", "waiting on customer", "waiting on third party"}


@dataclass(frozen=True)
class Told:
    """What is compared: the queues in order with how each was entered and left, and the state at the end."""

    stays: list[tuple[str, str, int, int | None, str]]
    state: str
    reopened: int
    touched: list[int | None]
    waited: int


def told(events: Sequence[Event], tiers: dict[str, int], entry: str) -> Told:
    events = [Event(events[0].at, _beginning(events, entry)), *events]
    states = _states(events)
    marks: list[tuple[str, str, int]] = []
    stays: list[list[object]] = []
    queue = ""
    for place, event in enumerate(events):
        before = states[place - 1] if place else "new"
        if before == "new":
            queue = event.queue or entry
            stays.append([queue, "opened", event.at, None, ""])
        elif before == "resolved" and states[place] != "resolved":
            queue = event.queue or queue
            stays.append([queue, "reopened", event.at, None, ""])
        elif before == "void" and event.meaning in WAKES:
            stays[-1][3], stays[-1][4] = None, ""
        alive = before != "resolved" and (before != "void" or event.meaning in WAKES)
        if place and alive and event.queue and event.queue != queue and stays[-1][3] is None:
            up = tiers[event.queue] - tiers[queue]
            way = "escalated" if up > 0 else "returned" if up < 0 else "rerouted"
            stays[-1][3], stays[-1][4] = event.at, way
            queue = event.queue
            stays.append([queue, way, event.at, None, ""])
            marks.append((way, queue, event.at))
        if states[place] in ("resolved", "void") and stays[-1][3] is None:
            stays[-1][3], stays[-1][4] = event.at, states[place]
    kept = [
        (str(q), str(e), int(str(a)), None if b is None else int(str(b)), str(x)) for q, e, a, b, x in stays
    ]
    return Told(
        kept,
        {"open": "open", "customer": "waiting", "third_party": "waiting"}.get(states[-1], states[-1]),
        sum(stay[1] == "reopened" for stay in kept),
        _touches(events, states, kept),
        _waited(events, states),
    )


def _beginning(events: Sequence[Event], entry: str) -> str:
    """Where the first that says so saw it: before itself, or at all if nothing was before it."""
    for place, event in enumerate(events):
        if event.before:
            return event.before
        if event.queue:
            return entry if place else event.queue
    return entry


def _states(events: Sequence[Event]) -> list[str]:
    """After each event: open, customer, third_party, resolved or void; a queue that changes ends a wait."""
    states: list[str] = []
    queue = ""
    for place, event in enumerate(events):
        before = states[-1] if states else "open"
        state = before
        moved = bool(place and event.queue and event.queue != queue)
        if before in ("resolved", "void") and event.meaning not in WAKES:
            states.append(before)
            continue
        if before in ("resolved", "void") or moved:
            state = "open"
        queue = event.queue or queue
        state = {
            Meaning.OPEN: "open",
            Meaning.WORK: "open",
            Meaning.WAITING_CUSTOMER: "customer",
            Meaning.WAITING_THIRD_PARTY: "third_party",
            Meaning.RESOLVED: "resolved",
            Meaning.VOID: "void",
        }.get(event.meaning, state)
        states.append(state)
    return states


def _waited(events: Sequence[Event], states: list[str]) -> int:
    """Microseconds spent in waiting, up to the last event."""
    pairs = zip(range(len(events) - 1), states[:-1], strict=True)
    return sum(
        events[place + 1].at - events[place].at
        for place, state in pairs
        if state in ("customer", "third_party")
    )


def _touches(
    events: Sequence[Event], states: list[str], stays: list[tuple[str, str, int, int | None, str]]
) -> list[int | None]:
    """Of each stay the first act of ours within it: by its number, how many stays had begun by then."""
    found: list[int | None] = [None] * len(stays)
    current = -1
    previous = "new"
    waiting = ""
    for place, event in enumerate(events):
        dead = previous in ("resolved", "void") and event.meaning not in WAKES
        opened = previous == "new" or (previous == "resolved" and not dead)
        if opened:
            current += 1
            waiting = ""
        elif not dead and current + 1 < len(stays) and _moves(stays, current, event):
            found[current] = event.at if found[current] is None else found[current]
            current += 1
            waiting = ""
        if not dead and _acts(event, waiting) and found[current] is None:
            found[current] = event.at
        waiting = states[place] if states[place] in ("customer", "third_party") else ""
        previous = states[place]
    return found


def _moves(stays: list[tuple[str, str, int, int | None, str]], current: int, event: Event) -> bool:
    following = stays[current + 1]
    return (
        bool(event.queue)
        and event.queue == following[0]
        and event.queue != stays[current][0]
        and (following[1] != "reopened" and following[2] == event.at)
    )


def _acts(event: Event, waiting: str) -> bool:
    if event.meaning in (Meaning.WAITING_CUSTOMER, Meaning.WAITING_THIRD_PARTY):
        return waiting != ("customer" if event.meaning is Meaning.WAITING_CUSTOMER else "third_party")
    return event.meaning in (Meaning.WORK, Meaning.REPLY, Meaning.NOTE, Meaning.RESOLVED)
