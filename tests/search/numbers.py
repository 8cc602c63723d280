"""Cases of a test are numbered from 1, so that their numbers can be written down."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def cases_from_one(db: None) -> None:
    """Each test's cases are numbered from 1; either engine would go on where an earlier test stopped."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), 1, false)")
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'cases_case'")
