"""Who is at work in a home: commands share it, a restore has it alone; who is killed holds it no more."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsdesk.kernel.refusal import Refusal, gettext_noop

LOCK = "running.lock"


class BeingRestored(Refusal):
    message = gettext_noop("A backup is being restored here. Wait until that is done, then try again.")


class AtWork(Refusal):
    message = gettext_noop("Another command of Opsdesk is at work here.")


@contextmanager
def at_work(home: Path) -> Iterator[None]:
    """What any command does, with the children it starts. Refuses `BeingRestored`."""
    with _held(home, fcntl.LOCK_SH, BeingRestored):
        yield


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nothing else of this home runs or starts meanwhile. Refuses `AtWork`."""
    with _held(home, fcntl.LOCK_EX, AtWork):
        yield


@contextmanager
def _held(home: Path, how: int, refusal: type[Refusal]) -> Iterator[None]:
    handle = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
    finally:
        os.close(handle)
