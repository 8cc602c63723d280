"""What a value of another tool means: by the value itself, else by a pattern. Pure."""

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import Generic, TypeVar

V = TypeVar("V")
REMEMBERED = 10_000


class Table(Generic[V]):
    """Values and what they mean. Case and outer blanks don't count; `*` in a value stands for anything.

    The value itself goes before patterns, these in their order.
    """

    def __init__(self, meanings: Mapping[str, V]) -> None:
        folded = {_folded(value): meaning for value, meaning in meanings.items()}
        self._exact = {value: meaning for value, meaning in folded.items() if "*" not in value}
        self._patterns = [
            (re.compile(translate(_literal(value))), meaning)
            for value, meaning in folded.items()
            if "*" in value
        ]
        self._known: dict[str, V | None] = {}

    def __bool__(self) -> bool:
        return bool(self._exact or self._patterns)

    def get(self, value: str) -> V | None:
        """What the value means; None where the table says nothing of it."""
        if value not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[value] = self._find(_folded(value))
        return self._known[value]

    def _find(self, value: str) -> V | None:
        if value in self._exact:
            return self._exact[value]
        return next((meaning for pattern, meaning in self._patterns if pattern.match(value)), None)


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def _literal(value: str) -> str:
    """The pattern with nothing special in it but `*`."""
    return value.replace("[", "[[]").replace("?", "[?]")
