"""The index of each engine over the table of words: FTS5 kept by triggers on SQLite, GIN on PostgreSQL.

`install` may run any number of times: SQLite drops triggers silently when a migration remakes a table,
so it runs after every migration and from `opsdesk doctor`.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

INDEX = "search_index"
_WORDS = "search_words"
_NAMES = {
    "sqlite": (INDEX, f"{_WORDS}_written", f"{_WORDS}_gone", f"{_WORDS}_kept"),
    "postgresql": (INDEX,),
}
# Words come with nothing but ASCII letters, digits and letters beyond ASCII in them: `ascii` splits just so.
_SQLITE = (
    f"""CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(
        words, content='{_WORDS}', content_rowid='id', tokenize='ascii', columnsize=0)""",
    f"""CREATE TRIGGER IF NOT EXISTS {_WORDS}_written AFTER INSERT ON {_WORDS} BEGIN
        INSERT INTO {INDEX}(rowid, words) VALUES (NEW.id, NEW.words); END""",
    f"""CREATE TRIGGER IF NOT EXISTS {_WORDS}_gone AFTER DELETE ON {_WORDS} BEGIN
        INSERT INTO {INDEX}({INDEX}, rowid, words) VALUES ('delete', OLD.id, OLD.words); END""",
    f"""CREATE TRIGGER IF NOT EXISTS {_WORDS}_kept BEFORE UPDATE ON {_WORDS} BEGIN
        SELECT RAISE(ABORT, 'words are taken out and put in again, never changed'); END""",
)
# Lists of what is new would have to be read through by every search: each row goes to its place at once.
_POSTGRESQL = (f"CREATE INDEX IF NOT EXISTS {INDEX} ON {_WORDS} USING gin (words) WITH (fastupdate = off)",)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the index in place; the words that came while it was not there are taken into it."""
    if not missing(connection) or _WORDS not in connection.introspection.table_names():
        return
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        for statement in _SQLITE if sqlite else _POSTGRESQL:
            cursor.execute(statement)
        cursor.execute(f"SELECT 1 FROM {_WORDS} LIMIT 1")
        if sqlite and cursor.fetchone():
            cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """What of the index ought to be there and is not."""
    names = _NAMES[connection.vendor]
    there = (
        "SELECT name FROM sqlite_master"
        if connection.vendor == "sqlite"
        else "SELECT indexname FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))"
    )
    with connection.cursor() as cursor:
        cursor.execute(there)
        found = {row[0] for row in cursor.fetchall()}
    return [name for name in names if name not in found]
