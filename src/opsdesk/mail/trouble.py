"""Which failures are the database's doing, and which the mail's."""

from django.db import InterfaceError, OperationalError

PASSING = (OperationalError, InterfaceError)
_ROLLED_BACK = "40"  # SQLSTATE: a deadlock, or two transactions that cannot both be true
_LIMIT_EXCEEDED = "54"


def is_passing(failure: BaseException) -> bool:
    """Whether the database is in trouble; a limit of the engine is the mail's doing, it stays exceeded."""
    return isinstance(failure, PASSING) and not _state_of(failure).startswith(_LIMIT_EXCEEDED)


def was_rolled_back(failure: BaseException) -> bool:
    """Whether the engine took the transaction back for the sake of another one: again, and it goes."""
    return _state_of(failure).startswith(_ROLLED_BACK)


def _state_of(failure: BaseException) -> str:
    """The SQLSTATE where the engine gives one, else an empty text."""
    return str(getattr(failure.__cause__, "sqlstate", None) or "")
