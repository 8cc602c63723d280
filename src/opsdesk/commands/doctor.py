"""Look whether the installation is sound, and mend what can be mended without asking."""

import argparse
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from rich.console import Console

from opsdesk.cases import queries as cases
from opsdesk.clock import queries as clock
from opsdesk.commands.readiness import check_not_newer, pending
from opsdesk.insight.facts.state import state
from opsdesk.journal import queries as journal
from opsdesk.journal import triggers
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.search import engine
from opsdesk.worker.kinds import held
from opsdesk.worker.wiring import WIRING

HELP = "check the installation: database, triggers, desk, people, tasks; puts missing triggers back"
HORIZON_LIMIT_S = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it isn't well."""

    what: str
    well: bool
    detail: str
    remedy: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="print only what isn't well")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    console = Console(highlight=False, soft_wrap=True)
    ill = 0
    for finding in examine(now):
        ill += not finding.well
        if finding.well and options.quiet:
            continue
        sign = "[green]ok[/]  " if finding.well else "[red]ill[/] "
        console.print(f"{sign}{finding.what}: {finding.detail}")
        if not finding.well:
            console.print(f"     {finding.remedy}")
    return 1 if ill else 0


def examine(now: datetime) -> Iterator[Finding]:
    """Each check in turn; those that need tables come after the one that says they are there."""
    yield _home()
    refusal = _not_ours()
    yield Finding("version", not refusal, refusal or "not newer than this Opsdesk", "Nothing was changed.")
    if refusal:
        return
    to_run = pending()
    yield Finding("tables", not to_run, f"{len(to_run)} migrations to run", "Run 'opsdesk migrate'.")
    if to_run:
        return
    yield from _database()
    yield _triggers()
    yield _index()
    yield _facts()
    names = [desk.key for desk in cases.desks()]
    yield Finding("desks", bool(names), ", ".join(names) or "none", "Run 'opsdesk migrate'.")
    yield Finding("admin", people.has_admin(now), "somebody may manage people", "Run 'opsdesk invite EMAIL'.")
    late, failing = clock.late(now, held=list(held(WIRING))), clock.failing()
    yield Finding("late tasks", not late, str(len(late)), "Is 'opsdesk serve' or 'opsdesk worker' running?")
    yield Finding(
        "failing tasks", not failing, str(len(failing)), "See the health page for each one's error."
    )


def _home() -> Finding:
    key = settings.OPSDESK_HOME / "master.key"
    mode = stat.S_IMODE(os.stat(key).st_mode)
    return Finding(
        "home", mode == 0o600, f"{settings.OPSDESK_HOME}, key mode {mode:o}", f"Run 'chmod 600 {key}'."
    )


def _not_ours() -> str:
    """Why this Opsdesk must leave the database alone; nothing when it needn't."""
    try:
        check_not_newer()
    except Refusal as refusal:
        return str(refusal)
    return ""


def _database() -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
                found = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
                yield Finding(f"SQLite {pragma}", found == wanted, str(found), f"It must be {wanted}.")
            sound = cursor.execute("PRAGMA quick_check").fetchone()[0]
            yield Finding("SQLite file", sound == "ok", sound, "Stop the desk and restore the last backup.")
        return
    age = journal.horizon_age_s(connection)
    remedy = "A long transaction in this cluster holds reports back; end it."
    yield Finding("PostgreSQL horizon", age < HORIZON_LIMIT_S, f"{age:.0f} s old", remedy)


def _triggers() -> Finding:
    missing = triggers.missing(connection)
    if missing:
        triggers.install(connection)
    left = triggers.missing(connection)
    detail = f"{len(missing)} were missing and are back" if missing else "all in place"
    return Finding("append-only triggers", not left, detail, "The database user may not create triggers.")


def _index() -> Finding:
    missing = engine.missing(connection)
    engine.install(connection)
    left = engine.missing(connection)
    detail = f"{len(missing)} parts were missing and are back" if missing else "in place"
    return Finding("search index", not left, detail, "The database user may not create it.")


def _facts() -> Finding:
    """Never ill: without them the records answer, as right and slower."""
    found = state()
    detail = "not built: the worker builds them; until then the records answer"
    if found.is_built:
        sizes = f"{found.cases:,} cases, {found.stays:,} stays, {found.deals:,} deals"
        detail = f"{sizes} in {found.bytes / 1e6:,.1f} MB, {found.behind:,} journal entries behind"
    if found.progress:
        detail += f"; {found.progress.percent} % of the next ones are built"
    return Finding("facts", True, detail)
