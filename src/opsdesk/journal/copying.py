"""Many rows at once, in the engine's own way of taking them in.

PostgreSQL takes a thousand rows one by one for the price of ten thousand copied. Constraints, triggers,
defaults and the caller's transaction hold for both alike.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

FEWEST = 100


def may_copy(count: int) -> bool:
    """Whether so many rows are better copied than written by a statement."""
    return connection.vendor == "postgresql" and count >= FEWEST


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a table of PostgreSQL; a column left out gets the table's own default.

    Values are texts, numbers, yes or no, or None; an instant is its text with its offset.
    """
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    statement = f"COPY {quote(table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
