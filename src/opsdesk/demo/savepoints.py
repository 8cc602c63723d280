"""The whole year is one transaction; savepoints inside it are made only where something may be taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def without_savepoints() -> Iterator[None]:
    """Within the year's one transaction an inner one needs no way back: an error undoes the year."""
    wrapper = connections["default"]
    wrapper.savepoint = _no_savepoint  # type: ignore[method-assign]
    try:
        yield
    finally:
        del wrapper.savepoint


@contextmanager
def with_savepoints() -> Iterator[None]:
    """Where an inner transaction may be refused and taken back: an answer to a closed case."""
    wrapper = connections["default"]
    del wrapper.savepoint
    try:
        yield
    finally:
        wrapper.savepoint = _no_savepoint  # type: ignore[method-assign]


def _no_savepoint() -> None:
    """What Django does where a database has none: an error inside then dooms the whole transaction."""
