"""What a value of another tool means: by the value itself, else by a pattern. Pure."""

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import Generic, TypeVar

V = TypeVar("V")
REMEMBERED = 10_000


class Table(Generic[V]):
    """Values and what they mean. Case and outer blanks don't count; `*` in a value stands for anything.

    The value itself goes before patterns, these in their order, and `*` alone is the last of all.
    """

    def __init__(self, meanings: Mapping[str, V]) -> None:
        folded = {_folded(value): meaning for value, meaning in meanings.items()}
        self._exact = {value: meaning for value, meaning in folded.items() if "*" not in value}
        self._patterns = [
            (re.compile(translate(_literal(value))), meaning)
            for value, meaning in folded.items()
            if value.strip("*") and "*" in value
        ]
        self._rest = next(
            (meaning for value, meaning in folded.items() if value and not value.strip("*")), None
        )
        self._known: dict[tuple[str, ...], V | None] = {}

    def __bool__(self) -> bool:
        return bool(self._exact or self._patterns) or self._rest is not None

    def get(self, value: str) -> V | None:
        """What the value means; None where the table says nothing of it."""
        return self.first((value,))

    def first(self, values: tuple[str, ...]) -> V | None:
        """What the first of several values means that the table says something of, else what `*` does."""
        if values not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = (self._find(_folded(value)) for value in values if value)
            self._known[values] = next((meaning for meaning in found if meaning is not None), self._rest)
        return self._known[values]

    def _find(self, value: str) -> V | None:
        if value in self._exact:
            return self._exact[value]
        return next((meaning for pattern, meaning in self._patterns if pattern.match(value)), None)


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def _literal(value: str) -> str:
    """The pattern with nothing special in it but `*`."""
    return value.replace("[", "[[]").replace("?", "[?]")
