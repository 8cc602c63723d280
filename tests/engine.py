"""How often something random is tried on the engine the tests run on."""

from django.db import connection

PART_ON_POSTGRESQL = 4


def examples(on_sqlite: int) -> int:
    """So many on SQLite; on PostgreSQL, where the same code has walked before and only the engine is another,
    a part of them."""
    return on_sqlite if connection.vendor == "sqlite" else max(5, on_sqlite // PART_ON_POSTGRESQL)
