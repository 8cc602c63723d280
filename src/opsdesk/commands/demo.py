import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.translation import gettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from opsdesk.commands.installation import prepare
from opsdesk.commands.ports import Address, check_free
from opsdesk.commands.readiness import check_migrated
from opsdesk.commands.serve import serve
from opsdesk.demo import filling, home
from opsdesk.demo.cast import CAST, PASSWORD
from opsdesk.demo.months import Scale
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail.child import sorting

HELP = "fill an empty home with an example year, then open the desk on it"
HOST = "127.0.0.1"
SEED = 1
A_YEAR = Scale()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help="another number is another year (1)")
    parser.add_argument("--fill-only", action="store_true", help="don't open the desk afterwards")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")


class NothingIsSent(Refusal):
    message = gettext_noop(
        "the example's customers are invented: unset OPSDESK_SMTP_URL, lest something is sent to them."
    )


def run(options: argparse.Namespace, *, now: datetime) -> int:
    if settings.OPSDESK_SMTP is not None:
        raise NothingIsSent
    address = Address(HOST, options.port)
    if not options.fill_only:
        check_free(address)
    console = Console(stderr=True, highlight=False)
    try:
        _filled(options.seed, console, now=now)
    finally:
        # The servers fork: neither a connection nor the parser's process may be shared with them.
        sorting().close()
        connections.close_all()
    _introduce(console)
    return 0 if options.fill_only else serve(address)


def _filled(seed: int, console: Console, *, now: datetime) -> None:
    """Fill the home, unless that was done before; what happens in it is written in one go or not at all."""
    there = home.filled()
    if there is not None:
        check_migrated()
        day = f"{there.filled_as_of:%Y-%m-%d}"
        console.print(gettext("This home holds the example already, as of %(day)s.") % {"day": day})
        return
    home.check_empty(str(settings.OPSDESK_HOME))
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    prepare(now=filling.opens_at(now, A_YEAR))
    with _bar(console) as bar:
        filling.fill(seed=seed, now=now, scale=A_YEAR, progress=bar)


@contextmanager
def _bar(console: Console) -> Iterator[filling.Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(gettext("A year of work"), total=1.0)
        yield lambda share: progress.update(task, completed=share)
        progress.update(task, completed=1.0)


def _introduce(console: Console) -> None:
    table = Table(
        title=gettext("Sign in as one of them; the password is %(password)s") % {"password": PASSWORD}
    )
    table.add_column(gettext("E-mail address"), no_wrap=True)
    table.add_column(gettext("Name"))
    table.add_column(gettext("Role"))
    for member in CAST:
        table.add_row(member.email, member.name, ", ".join((member.role.value, *member.queues)))
    console.print(table)
