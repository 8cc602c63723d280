import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext, ngettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from opsdesk.cases.queries import mail_desk
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail import files, intake, ledger
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Outcome, Source
from opsdesk.mail.sources import file_source

HELP = "bring in mail from files: an .eml, an mbox, a Maildir, or a folder of them"
BATCH = 100
BATCH_BYTES = 8 * 1024 * 1024
TELLS_UNREADABLE = 20
TELLS_SKIPPED = 5


class NoSuchPath(Refusal):
    message = gettext_noop("There is nothing at %(path)s.")


class BadInstant(Refusal):
    message = gettext_noop("Write the start as 2026-10-01 or 2026-10-01T09:00; %(text)s is neither.")


@dataclass(slots=True)
class Tally:
    """What a run did: mails read, those that were new, what could not be read, and what was no mail."""

    read: int = 0
    new: int = 0
    sorted: int = 0
    unreadable: list[files.Unreadable] = field(default_factory=list)
    skipped: list[files.Skipped] = field(default_factory=list)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="what to bring in; nothing is changed there")
    parser.add_argument("--source", default="files", help="the name under which the ledger keeps it")
    parser.add_argument(
        "--start", default="", help="mail received before this instant is history and opens nothing"
    )
    parser.add_argument("--desk", default="support", help="the desk that answers it")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    if not options.path.exists():
        raise NoSuchPath(path=options.path)
    with remembering():
        start_at = _instant(options.start, options.desk)
        source = file_source(options.source, desk=options.desk, start_at=start_at, now=now)
        before = ledger.counts(ledger.Filters(source=source.key), now=now)
        tally = _bring(options.path, source, now=now)
        after = ledger.counts(ledger.Filters(source=source.key), now=now)
    _tell(tally, before, after)
    return 1 if tally.unreadable else 0


def _instant(text: str, desk: str) -> datetime | None:
    """The start as an aware instant; without a zone of its own it is in the desk's."""
    zone = mail_desk(desk).zone
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(text=text) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _bring(path: Path, source: Source, *, now: datetime) -> Tally:
    tally = Tally()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[mails]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(gettext("Bringing in"), total=files.total_bytes(path), mails="")
        for batch in _batches(_readable(files.mails(path), tally)):
            items = [Incoming(found.raw, found.label) for found in batch]
            tally.new += sum(1 for one in intake.store_many(source=source, items=items, now=now) if one.new)
            tally.read += len(items)
            tally.sorted += intake.sort_pending(limit=2 * BATCH, now=now)
            progress.update(task, advance=sum(len(item.raw) for item in items), mails=str(tally.read))
        for _ in range(intake.TRIES + 1):
            tally.sorted += intake.sort_pending(limit=2 * BATCH, now=now)
    return tally


def _readable(
    found: Iterable[files.Found | files.Unreadable | files.Skipped], tally: Tally
) -> Iterator[files.Found]:
    for one in found:
        if isinstance(one, files.Unreadable):
            tally.unreadable.append(one)
        elif isinstance(one, files.Skipped):
            tally.skipped.append(one)
        else:
            yield one


def _batches(found: Iterable[files.Found]) -> Iterator[list[files.Found]]:
    batch: list[files.Found] = []
    size = 0
    for one in found:
        batch.append(one)
        size += len(one.raw)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _tell(tally: Tally, before: ledger.Counts, after: ledger.Counts) -> None:
    console = Console(highlight=False, markup=False)
    for one in tally.unreadable[:TELLS_UNREADABLE]:
        console.print(
            gettext("Not readable: %(label)s (%(problem)s)") % {"label": one.label, "problem": one.problem}
        )
    if len(tally.unreadable) > TELLS_UNREADABLE:
        console.print(
            gettext("... and %(number)s more") % {"number": len(tally.unreadable) - TELLS_UNREADABLE}
        )
    if tally.skipped:
        console.print(_skipped([one.label for one in tally.skipped]))
    if before == after:
        console.print(
            ngettext(
                "Nothing new: the one mail found was here already.",
                "Nothing new: all %(number)s mails found were here already.",
                tally.read,
            )
            % {"number": tally.read}
        )
        return
    numbers = {"new": tally.new, "read": tally.read}
    console.print(gettext("%(new)s new of %(read)s mails found.") % numbers)
    console.print(_table(before, after))


def _skipped(labels: list[str]) -> str:
    """How many files were no mail, and the first of them."""
    words = ngettext(
        "%(number)s file skipped, it is no mail: %(labels)s",
        "%(number)s files skipped, they are no mail: %(labels)s",
        len(labels),
    )
    shown = [*labels[:TELLS_SKIPPED], *(["..."] if len(labels) > TELLS_SKIPPED else [])]
    return words % {"number": len(labels), "labels": ", ".join(shown)}


def _table(before: ledger.Counts, after: ledger.Counts) -> Table:
    table = Table(gettext("Outcome"), gettext("This time"), gettext("In all"))
    rows = [(outcome.label, outcome.value) for outcome in Outcome]
    for label, key in rows:
        now_there = after.by_outcome[key]
        table.add_row(str(label), str(now_there - before.by_outcome[key]), str(now_there))
    table.add_row(gettext("In hand"), "", str(after.in_hand))
    return table
