"""Files to bring in, and the shortest way to bring them in."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from opsdesk.history import actions, files
from opsdesk.history.actions import Asked
from opsdesk.history.models import Import
from opsdesk.history.reading import read_file
from opsdesk.history.standing import step
from opsdesk.history.writing import Writer
from opsdesk.kernel.actor import SYSTEM, Actor

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADER = "case,time,team,status,who,subject\n"
PLAIN = """
name: Plain
tool: plain
format: csv
zone: UTC
columns: {case: case, time: time, queue: team, status: status, person: who, subject: subject}
queues: {One: ops, Two core: core-support, Two int: integration-support, Three: core-engineering, Last: integration-engineering}
statuses: {new: open, working: work, answered: reply, note: note, asked: waiting on customer, blocked: waiting on third party, done: resolved, junk: void, "-": nothing}
"""  # noqa: E501


def file_of(folder: Path, lines: Iterable[str], *, header: str = HEADER, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def ask(path: Path, map: str = PLAIN, *, placed: bool = False, actor: Actor = SYSTEM) -> tuple[Import, Asked]:
    asked = Asked(files.of_path(path), map, "support", placed=placed)
    return actions.ask(asked, actor=actor, now=NOW), asked


def bring(path: Path, map: str = PLAIN, *, placed: bool = False, most: int | None = None) -> Import:
    """Bring a file in; with `most` only so many steps of writing, as if killed then."""
    imported, asked = ask(path, map, placed=placed)
    if imported.state not in ("reading", "writing"):
        return imported
    spill = read_file(imported, asked.export, path.with_suffix(".sqlite"), now=NOW, hear=lambda n: None)
    writer, steps = Writer(imported, spill, now=NOW), 0
    while steps != most and writer.step(now=NOW):
        steps += 1
    spill.close()
    return Import.objects.get(id=imported.id)


def carry_on(imported: Import) -> Import:
    """Withdraw or put back to the end."""
    while step(imported, now=NOW):
        pass
    return Import.objects.get(id=imported.id)
