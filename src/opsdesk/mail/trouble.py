"""Which failures are the database's doing, and which the mail's; how a failure is named in a log."""

import errno
from pathlib import Path
from traceback import extract_tb

from django.db import InterfaceError, OperationalError

PASSING = (OperationalError, InterfaceError)
_ROLLED_BACK = "40"  # SQLSTATE: a deadlock, or two transactions that cannot both be true
_LIMIT_EXCEEDED = "54"
_OURS = str(Path(__file__).parent.parent)


def is_passing(failure: BaseException) -> bool:
    """Whether the database is in trouble; a limit of the engine is the mail's doing, it stays exceeded."""
    return isinstance(failure, PASSING) and not _state_of(failure).startswith(_LIMIT_EXCEEDED)


def was_rolled_back(failure: BaseException) -> bool:
    """Whether the engine took the transaction back for the sake of another one: again, and it goes."""
    return _state_of(failure).startswith(_ROLLED_BACK)


def _state_of(failure: BaseException) -> str:
    """The SQLSTATE where the engine gives one, else an empty text."""
    return str(getattr(failure.__cause__, "sqlstate", None) or "")


def named(failure: BaseException) -> str:
    """A failure for the log: its type, the code of the engine or the system, and where it was raised.

    Never its text: a database quotes rows in it, and rows hold what people wrote.
    """
    number = failure.errno if isinstance(failure, OSError) else None
    code = (
        _state_of(failure)
        or getattr(failure.__cause__, "sqlite_errorname", "")
        or errno.errorcode.get(number or 0, "")
    )
    places = extract_tb(failure.__traceback__)
    ours = [place for place in places if place.filename.startswith(_OURS)] or list(places)
    where = f"at {ours[-1].name}:{ours[-1].lineno}" if ours else ""
    return " ".join(part for part in (type(failure).__name__, code, where) if part)
