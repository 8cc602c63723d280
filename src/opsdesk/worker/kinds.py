"""What the worker knows of a kind of task: its lane, and what does it or why nobody does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import Handler, Hold

# Fetches or sorts what has come in, at most a small batch; how much it handled.
Source = Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class Wired:
    """How the tasks of a kind are done. Without a handler they are held: never claimed, shown with why.

    `apart`: a crew with threads of its own does them, so that nothing else of the lane waits for them.
    """

    lane: LaneName
    handler: Handler | None = None
    held: str = ""
    hold: Hold | None = None
    apart: bool = False

    def __post_init__(self) -> None:
        if (self.handler is None) != bool(self.held):
            raise ValueError("a kind has a handler, or a reason why it is held")


def handlers(lane: LaneName, wiring: Mapping[str, Wired]) -> dict[str, Handler]:
    """The kinds of a lane that are done, and by what."""
    return {kind: wired.handler for kind, wired in wiring.items() if wired.lane == lane and wired.handler}


def holds(wiring: Mapping[str, Wired]) -> dict[str, Hold]:
    """What locks the subject of a kind before its task is claimed."""
    return {kind: wired.hold for kind, wired in wiring.items() if wired.hold}


def held(wiring: Mapping[str, Wired]) -> dict[str, str]:
    """The kinds that nobody does yet, and why."""
    return {kind: wired.held for kind, wired in wiring.items() if wired.held}
