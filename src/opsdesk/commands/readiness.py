"""Whether the database is there and as new as the code."""

from datetime import datetime

from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from opsdesk.commands.archive import automatic, census, postgres
from opsdesk.commands.installation import prepare
from opsdesk.kernel.refusal import Refusal, gettext_noop


class NotMigrated(Refusal):
    message = gettext_noop(
        "the database is older than this Opsdesk (%(count)s migrations to run)."
        " Stop the workers, make a backup and run 'opsdesk migrate'."
    )


class DatabaseNewer(Refusal):
    message = gettext_noop(
        "the database was made by a newer Opsdesk (unknown here: %(unknown)s). Install that version again, or"
        " restore the backup that was made before the upgrade; %(backups)s."
    )


class RestoreUnfinished(Refusal):
    message = gettext_noop(
        "a restore of this database was broken off. Run 'opsdesk restore --replace' again."
    )


def check_migrated() -> None:
    """Refuse a database that lacks tables or columns, has newer ones, or holds half a restore.

    Leaves no connection open.
    """
    try:
        check_not_newer()
        count = len(pending())
    finally:
        connections.close_all()
    if count:
        raise NotMigrated(count=count)


def check_not_newer() -> None:
    """Refuse `DatabaseNewer` and `RestoreUnfinished`."""
    if postgres.UNFINISHED in connection.introspection.table_names():
        raise RestoreUnfinished
    if unknown := census.unknown(MigrationRecorder(connection).applied_migrations()):
        made = automatic.made(automatic.BEFORE_MIGRATING)
        where = str(made[-1]) if made else gettext_noop("none of them is in this home")
        raise DatabaseNewer(unknown=", ".join(unknown), backups=where)


def pending() -> list[str]:
    """The migrations that the database has not been through."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def set_up_if_empty(*, now: datetime) -> bool:
    """Make everything in a database that has no tables yet: there is nothing to lose. Whether it did."""
    try:
        if connection.introspection.table_names():
            return False
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        prepare(now=now)
        return True
    finally:
        connections.close_all()
