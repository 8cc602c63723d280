import argparse
from datetime import datetime

from django.core.management import call_command

from opsdesk.commands.installation import prepare

HELP = (
    "make or bring up to date the database, and publish the shipped desk and calendars where there are none"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="print nothing")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    call_command("migrate", verbosity=0 if options.quiet else 1, interactive=False)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    return 0
