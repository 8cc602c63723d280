"""Words taken out of the index stand in its file until its parts are merged: FTS5 marks them as gone."""

from collections.abc import Callable

from django.db import connection

from opsdesk.search.engine import INDEX

PAGES = 200


def forget_step(*, first: bool) -> bool:
    """Merge some pages; whether there is more to merge. Of what was taken out before the `first` step
    nothing is left after the last one. PostgreSQL does it by itself.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        # Not every build fills with zeros unasked what is freed.
        cursor.execute("PRAGMA secure_delete = ON")
        before = cursor.connection.total_changes
        # A negative number begins with all parts there are, a positive one goes on where that stopped.
        pages = -PAGES if first else PAGES
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('merge', %s)", [pages])
        return bool(cursor.connection.total_changes - before > 1)


def forget_all(*, pause: Callable[[], None]) -> None:
    """All of it at once; `pause` lets others write in between. Not inside a transaction.

    PostgreSQL makes its index anew beside the old one: its list of words forgets none by itself.
    """
    first = True
    while forget_step(first=first):
        first = False
        pause()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM search_words")
            cursor.execute(f"REINDEX INDEX CONCURRENTLY {INDEX}")
