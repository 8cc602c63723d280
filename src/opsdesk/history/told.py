"""What is told of an event besides its instant, as one text: so it is put by, sorted and read back. Pure."""

from collections.abc import Iterable

from opsdesk.history.lines import UNIT
from opsdesk.history.rules import Event, Meaning

# The case, the instant, what is told of the event, and words about the case, empty where there are none.
Line = tuple[str, int, str, str]
REMEMBERED = 10_000
NO_WORDS: tuple[str, ...] = ("",) * 6
_MEANINGS = tuple(Meaning)
_NUMBER = {meaning: number for number, meaning in enumerate(_MEANINGS)}
Parts = tuple[str, Meaning, str, str, str]


def told_of(queue: str, meaning: Meaning, party: str, person: str, before: str = "") -> str:
    """The text of an event's queue, meaning, party and person, and of the queue before where it is told."""
    told = f"{queue}{UNIT}{_NUMBER[meaning]}{UNIT}{party}{UNIT}{person}"
    return f"{told}{UNIT}{before}" if before else told


class Teller:
    """Makes events of these texts again. The same ones come often, so they are taken apart once."""

    def __init__(self) -> None:
        self._known: dict[str, Parts] = {}

    def event(self, at: int, told: str) -> Event:
        """The event of an instant and a text."""
        parts = self._known.get(told)
        if parts is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            queue, number, party, person, *before = told.split(UNIT)
            parts = self._known[told] = (queue, _MEANINGS[int(number)], party, person, "".join(before))
        return Event(at, *parts)


def latest_words(told: Iterable[str]) -> tuple[str, ...]:
    """What the words of several events say together: the later counts; where it says nothing, the earlier."""
    said: tuple[str, ...] = NO_WORDS
    before = ""
    for words in told:
        if words and words != before:
            before = words
            now = words.split(UNIT)
            said = tuple(new or old for old, new in zip(said, now, strict=True))
    return said
