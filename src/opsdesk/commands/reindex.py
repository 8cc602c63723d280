"""`opsdesk reindex`: make the search index anew, beside the running desk."""

import argparse
import time
from datetime import datetime

from django.utils.translation import gettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from opsdesk.mail import indexing
from opsdesk.search import forgetting

HELP = "make the search index anew, the newest first; the desk serves and searches meanwhile"
AT_ONCE = 200
# Where writers exclude one another, the desk gets its turn in between.
PAUSE_S = 0.05


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--missing", action="store_true", help="go on where a run was stopped, or index only what never was"
    )


def run(options: argparse.Namespace, *, now: datetime) -> int:
    if not options.missing:
        indexing.begin(now)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]}"))
    rows = 0
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        built = indexing.built()
        task = progress.add_task(gettext("Indexing"), total=built.total, completed=built.done, rows="")
        while done := indexing.step(now, limit=AT_ONCE):
            rows += done
            progress.update(task, completed=indexing.built().done, rows=f"{rows:,}")
            time.sleep(PAUSE_S)
        progress.update(task, completed=built.total)
        progress.add_task(gettext("Tidying up"), total=None, rows="")
        forgetting.forget_all(pause=lambda: time.sleep(PAUSE_S))
    console.print(gettext("%(rows)s rows indexed.") % {"rows": f"{rows:,}"}, highlight=False)
    return 0
