"""Whether the database is there and as new as the code."""

from datetime import datetime

from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from opsdesk.commands.installation import prepare
from opsdesk.kernel.refusal import Refusal, gettext_noop


class NotMigrated(Refusal):
    message = gettext_noop(
        "the database is older than this Opsdesk (%(count)s migrations to run)."
        " Stop the workers, make a backup and run 'opsdesk migrate'."
    )


def check_migrated() -> None:
    """Refuse a database that lacks tables or columns; leaves no connection open."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connections.close_all()
    if plan:
        raise NotMigrated(count=len(plan))


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
