"""Reading slow-changing settings once per operation.

Inside `remembering()` a function marked `@remembered` answers the same arguments from memory; outside
it always asks. A request, a worker's round or a command is one such operation, so what one process
changes is seen by the others in their next one; who changes a setting calls `forget()`.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_memory: ContextVar[dict[Hashable, object] | None] = ContextVar("memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember until the end of the block; a block within a block uses the outer one's memory."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Mark a function of hashable arguments whose answer may be remembered."""

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        memory = _memory.get()
        if memory is None:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in memory:
            memory[key] = function(*args, **kwargs)
        return memory[key]  # type: ignore[return-value]

    return answer


def forget() -> None:
    """Drop all that is remembered: a setting has changed."""
    memory = _memory.get()
    if memory is not None:
        memory.clear()
