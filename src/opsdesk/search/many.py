"""Filters over many rows at once."""

from collections.abc import Collection

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL


def one_of(column: str, numbers: Collection[int]) -> RawSQL:
    """That a column is one of many numbers, in a filter: the ORM would handle each of them several times."""
    listed = ", ".join(map(str, sorted(numbers))) or "NULL"
    return RawSQL(f"{column} IN ({listed})", [], output_field=BooleanField())
