"""Taking removed words out of the files, not only out of the answers.

An engine marks what is removed and goes on carrying it until it writes that part of its index anew.
"""

from datetime import datetime, timedelta

from django.db import connection

from opsdesk.search.engine import INDEX
from opsdesk.search.models import Tidying

# One writing anew serves all that was removed in the meantime.
WAITS = timedelta(hours=1)
_PAGES = 500


def step(now: datetime) -> bool:
    """A part of what is due, a short transaction on SQLite; whether more is left."""
    asked = list(Tidying.objects.order_by("id").values_list("id", "asked_at"))
    if not asked or asked[0][1] > now - WAITS:
        return False
    if tidy_some():
        return True
    Tidying.objects.filter(id__lte=asked[-1][0]).delete()
    return False


def tidy_some() -> bool:
    """Write a part anew, whatever is due; whether more is left."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM search_words")
            return False
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.fetchall()
        before = _changes()
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('merge', -{_PAGES})")
        return _changes() - before >= 2


def rebuild() -> None:
    """Make PostgreSQL's index anew beside the old one: it never forgets a word by itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"REINDEX INDEX CONCURRENTLY {INDEX}")


def _changes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT total_changes()")
        return int(cursor.fetchone()[0])
