import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def cases_from_one(db: None) -> None:
    """Each test's cases are numbered from 1; PostgreSQL would go on where the last test stopped."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), 1, false)")
