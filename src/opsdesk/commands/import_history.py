import argparse
import gc
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext, ngettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from opsdesk.cases.queries import mail_desk
from opsdesk.history import actions, files, maplist, previewing
from opsdesk.history.actions import Asked
from opsdesk.history.models import Import
from opsdesk.history.previewing import Preview
from opsdesk.history.queries import asides
from opsdesk.history.reading import Stopped, heard, read_file
from opsdesk.history.writing import Writer
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import funnel
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.period import days
from opsdesk.kernel.refusal import Refusal, gettext_noop

HELP = "bring in the history of another tool: a CSV, XES or JSON lines file, under a map"
TELLS_ASIDE = 10
SHOWS_CASES = 5


class NotInNumbers(Refusal):
    message = gettext_noop(
        "Import %(number)s was stopped or withdrawn meanwhile: nothing of it is in the numbers."
        " Bring the file in again if that was not meant."
    )


class NotOverYet(Refusal):
    message = gettext_noop(
        "Import %(number)s is not over: another process is at it as well. Say the same again to see what"
        " became of it, or to go on where it stopped."
    )


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what to bring in; nothing is changed there")
    parser.add_argument("--map", required=True, help="a map: a file, or the name of a shipped one")
    parser.add_argument("--desk", default="support", help="the desk that it becomes cases of")
    parser.add_argument("--dry-run", action="store_true", help="show what would come of it and write nothing")
    parser.add_argument(
        "--open-in-queues", action="store_true", help="what is still open stands in the queues, as work to do"
    )


def run(options: argparse.Namespace, *, now: datetime) -> int:
    export = files.of_path(options.file)
    asked = Asked(export, _map(options.map), options.desk, placed=options.open_in_queues)
    with remembering(), tempfile.TemporaryDirectory(prefix="opsdesk-history-") as folder:
        place = Path(folder) / "events.sqlite"
        if options.dry_run:
            with _progress() as (progress, task):
                found = previewing.preview(
                    asked,
                    place,
                    now=now,
                    hear=lambda n: progress.update(task, total=export.size, completed=n),
                )
            return _show(found)
        imported = _bring(actions.ask(asked, actor=SYSTEM, now=now), asked, place)
    if imported.state in (Import.State.READING, Import.State.WRITING):
        raise NotOverYet(number=imported.id)
    if imported.state != Import.State.DONE:
        raise NotInNumbers(number=imported.id)
    return _tell(imported)


def _map(written: str) -> str:
    path = Path(written)
    return path.read_text(encoding="utf-8-sig") if path.is_file() else maplist.shipped_map(written)


def _bring(imported: Import, asked: Asked, place: Path) -> Import:
    """Whatever is left to do, with a bar; an import that is in the numbers already is only told."""
    if imported.state not in (Import.State.READING, Import.State.WRITING):
        return imported
    gc.freeze()  # what is loaded by now stays: to look through it again and again takes a fifth of the time
    with _progress() as (progress, task):
        progress.update(task, description=gettext("Reading"), total=asked.export.size)
        wanted = heard(imported)

        def hear(count: int) -> None:
            progress.update(task, completed=count)
            wanted(count)

        try:
            spill = read_file(imported, asked.export, place, now=_clock(), hear=hear)
        except Stopped:
            imported.refresh_from_db()
            return imported
        writer = Writer(imported, spill, now=_clock())
        progress.update(task, description=gettext("Writing"), total=imported.events, completed=0)
        while writer.step(now=_clock()):
            progress.update(task, completed=writer.imported.position)
        spill.close()
    return writer.imported


def _clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _progress() -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        yield progress, progress.add_task(gettext("Reading"), total=None)


def _tell(imported: Import) -> int:
    console = Console(highlight=False, markup=False)
    _tell_counts(console, imported)
    _tell_aside(console, imported)
    _tell_unmatched(console, imported)
    if imported.state == Import.State.DONE and imported.cases and imported.first_at and imported.last_at:
        _tell_funnel(console, imported)
    return 1 if imported.rows_aside else 0


def _tell_counts(console: Console, imported: Import) -> None:
    numbers = {name: getattr(imported, name) for name in ("id", "rows", "events", "cases", "stays")}
    numbers |= {name: getattr(imported, name) for name in ("still_open", "known", "changed")}
    console.print(
        gettext("Import %(id)s: %(rows)s rows, %(events)s events, %(cases)s cases, %(stays)s stays.")
        % numbers
    )
    if imported.still_open:
        console.print(gettext("Still open: %(still_open)s.") % numbers)
    if imported.known:
        console.print(gettext("Here already, the same: %(known)s; nothing was added for them.") % numbers)
    if imported.changed:
        console.print(
            gettext("Here already, but told otherwise now: %(changed)s; they were left as they are.")
            % numbers
        )


def _tell_aside(console: Console, imported: Import) -> None:
    if not imported.rows_aside:
        return
    words = ngettext(
        "%(number)s row fits nowhere and is kept aside:",
        "%(number)s rows fit nowhere and are kept aside:",
        imported.rows_aside,
    )
    console.print(words % {"number": imported.rows_aside})
    for row in asides(imported.id, size=TELLS_ASIDE).rows:
        console.print(gettext("  line %(line)s: %(why)s") % {"line": row.line, "why": row.why})


def _tell_unmatched(console: Console, imported: Import) -> None:
    names = {
        "person": gettext("Persons kept as words"),
        "account": gettext("Accounts kept as words"),
        "type": gettext("Types left out"),
        "cause": gettext("Causes left out"),
    }
    for what, found in imported.unmatched.items():
        listed = {words or gettext("others"): number for words, number in found.items()}
        most = ", ".join(f"{words} ({number})" for words, number in Counter(listed).most_common(10))
        console.print(f"{names[what]}: {most}")


def _tell_funnel(console: Console, imported: Import) -> None:
    """The funnel of the days the file is about."""
    desk = mail_desk(imported.desk)
    assert imported.first_at is not None
    assert imported.last_at is not None
    first, last = (at.astimezone(desk.zone).date() for at in (imported.first_at, imported.last_at))
    found = funnel(desk=desk.key, period=days(first, last, desk.zone), filters=FunnelFilters(), now=_clock())
    rows = [
        (row.tier, row.received.n, row.resolved.n, row.escalated.n, row.returned.n, row.open.n)
        for row in found.tiers
    ]
    console.print(gettext("The funnel from %(first)s to %(last)s:") % {"first": first, "last": last})
    console.print(_funnel_table(rows))


def _show(found: Preview) -> int:
    console = Console(highlight=False, markup=False)
    numbers = {"rows": found.rows, "events": found.events, "cases": found.cases, "stays": found.stays}
    console.print(
        gettext("Would come: %(cases)s cases, %(stays)s stays, of %(rows)s rows and %(events)s events.")
        % numbers
    )
    for aside in found.asides:
        console.print(gettext("  line %(line)s: %(why)s") % {"line": aside.line, "why": aside.why})
    for case in found.first:
        stays = " → ".join(f"{stay.queue} ({stay.exit or gettext('open')})" for stay in case.life.stays)
        console.print(f"  {case.key}: {stays}")
    console.print(_funnel_table([(tier, *numbers) for tier, numbers in sorted(found.tiers.items())]))
    console.print(gettext("Nothing was written."))
    return 1 if found.rows_aside else 0


def _funnel_table(rows: Sequence[tuple[int, ...]]) -> Table:
    table = Table(gettext("Tier"), gettext("Received"), gettext("Resolved"), gettext("Escalated"))
    table.add_column(gettext("Returned"))
    table.add_column(gettext("Open"))
    for row in rows:
        table.add_row(*(str(number) for number in row))
    return table
