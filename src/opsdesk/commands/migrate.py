import argparse
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from opsdesk.commands.archive import automatic, sqlite
from opsdesk.commands.backup import bar
from opsdesk.commands.installation import prepare
from opsdesk.commands.readiness import check_not_newer, pending

HELP = (
    "make or bring up to date the database, and publish the shipped desk and calendars where there are none;"
    " an SQLite database is backed up first"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    parser.add_argument("--no-backup", action="store_true", help="don't back an SQLite database up first")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    check_not_newer()
    if not options.no_backup:
        _back_up(quiet=options.quiet, now=now)
    call_command("migrate", verbosity=0 if options.quiet else 1, interactive=False)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    return 0


def _back_up(*, quiet: bool, now: datetime) -> None:
    """Before a database that holds something is changed. Refuses to go on if it can't be."""
    if connection.vendor != "sqlite" or not sqlite.has_tables(Path(str(connection.settings_dict["NAME"]))):
        return
    if not pending():
        return
    if quiet:
        automatic.make_automatic(automatic.BEFORE_MIGRATING, now=now)
        return
    with bar(_("Backing up first")) as progress:
        place = automatic.make_automatic(automatic.BEFORE_MIGRATING, now=now, progress=progress)
    print(_("Backed up first: %(path)s") % {"path": place})
