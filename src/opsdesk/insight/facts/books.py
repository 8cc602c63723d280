"""Codes: a book numbers the values of a column in the order in which they come, and only ever grows."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from opsdesk.insight.facts.schema import BOOKS

Codes = NDArray[np.unsignedinteger]


class Book(dict[str, int]):
    """From value to code. Code 0 is the empty value."""

    def __init__(self, values: Iterable[str] = ("",)) -> None:
        super().__init__((value, code) for code, value in enumerate(values))

    def __missing__(self, value: str) -> int:
        code = self[value] = len(self)
        return code

    def codes(self, values: Iterable[str]) -> Codes:
        """The codes of values, in the smallest type that holds every code of the book so far."""
        found = [self[value] for value in values]
        return np.array(found, dtype=smallest(len(self)))


Books = dict[str, Book]


def smallest(size: int) -> type[np.unsignedinteger]:
    """The smallest unsigned type for the codes of a book of that size."""
    if size <= 2**8:
        return np.uint8
    return np.uint16 if size <= 2**16 else np.uint32


def empty() -> Books:
    """A book for every column of codes, with nothing in it."""
    return {name: Book() for name in BOOKS}


def opened(values: Mapping[str, Iterable[str]]) -> Books:
    """Books with those values in that order, ready to grow."""
    return {name: Book(values.get(name, ("",))) for name in BOOKS}


def values_of(books: Books) -> dict[str, tuple[str, ...]]:
    """The values of each book by their codes, as they are now."""
    return {name: tuple(book) for name, book in books.items()}
