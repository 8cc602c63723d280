"""PostgreSQL by its own client programs: a dump in one snapshot, and putting one back in one transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO, Any

from django.db import Error, connection, transaction

from opsdesk.commands.archive.census import OurRecords, tables
from opsdesk.commands.archive.container import PIECE, Progress
from opsdesk.commands.archive.refusals import ToolFailed, ToolMissing, ToolTooOld

# Where the clients are when no search path leads to them.
PLACES = Path("/usr/lib/postgresql")
UNFINISHED = "opsdesk_restoring"
PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "options", "service")
PLAIN = ("--no-owner", "--no-privileges", "--no-comments")
_TABLE = re.compile(r'dumping contents of table "\S+?\.(\S+)"')
_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)
LONGEST_PROBLEM = 600
WAIT_FOR_LOCK_S = 60
GONE_WITHIN_S = 2.0
LOOK_EVERY_S = 0.05


def server_version() -> int:
    """The server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def tool(name: str, *, server: int) -> str:
    """The program of that name, new enough for the server. Refuses `ToolMissing`, `ToolTooOld`."""
    found = shutil.which(name) or _newest(name)
    if found is None:
        raise ToolMissing(tool=name, server=server)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\d+(\.\d+)?", said)
    if version is None or int(float(version[0])) < server:
        raise ToolTooOld(tool=name, version=version[0] if version else "?", server=server)
    return found


def _newest(name: str) -> str | None:
    found = sorted(PLACES.glob(f"*/bin/{name}"), key=lambda path: (len(path.parts[4]), path.parts[4]))
    return str(found[-1]) if found else None


@contextmanager
def snapshot() -> Iterator[str]:
    """One instant of the database, in which others may look by the name that is given."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def dump(target: Path, snapshot_name: str, progress: Progress) -> None:
    """Write the database as of the snapshot, in pg_dump's own format."""
    weights = _sizes()
    command = [
        tool("pg_dump", server=server_version()),
        "--format=custom",
        "--verbose",
        *PLAIN,
        f"--snapshot={snapshot_name}",
    ]
    command += ["--exclude-table", UNFINISHED, f"--file={target}"]
    done, running = 0, 0
    said: list[str] = []
    with subprocess.Popen(
        command, env=_environment(), stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _TABLE.search(line):
                done, running = done + running, weights.get(found[1].strip('"'), 0)
                progress(done / max(sum(weights.values()), 1))
            said = [*said[-3:], line.strip()]
    if process.returncode != 0:
        raise ToolFailed(tool="pg_dump", problem=_short(" ".join(said)))
    target.chmod(0o600)


def _sizes() -> dict[str, int]:
    rows = OurRecords().rows(
        "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    return {str(name): int(size) for name, size in rows}


def problems(path: Path, *, server: int) -> str:
    """What is wrong with a dump of that server version, in words; it is read to its end."""
    command = [tool("pg_restore", server=server), *PLAIN, f"--file={os.devnull}", str(path)]
    read = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return "" if read.returncode == 0 else _short(read.stderr)


def put_back(dump_file: Path, *, entries: int | None) -> None:
    """Replace all that is in the database by the dump, in one transaction: it all happens or nothing.

    `entries`: how many the journal must have still, where it has any. The table `UNFINISHED` is there
    afterwards, until what follows a restore is done. Refuses `ToolFailed`.
    """
    server = server_version()
    reading = [tool("pg_restore", server=server), *PLAIN, "--file=-", str(dump_file)]
    writing = [
        tool("psql", server=server),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
    ]
    statements = [*(_unchanged(entries) if entries is not None else ()), *_clearing()]
    before = "".join(f"{statement};\n" for statement in statements)
    connection.close()
    with TemporaryFile() as read_said, TemporaryFile() as write_said:
        reader = subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=read_said)
        writer = subprocess.Popen(
            [*writing, "--file=-"],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=write_said,
        )
        with reader, writer:
            guilty = _pump(before.encode(), reader, writer)
            if guilty:
                # Without its end the transaction is taken back.
                writer.kill()
        if guilty or writer.returncode != 0:
            said = read_said if guilty == "pg_restore" else write_said
            raise ToolFailed(tool=guilty or "psql", problem=_all_of(said))


def _pump(before: bytes, reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]") -> str:
    """Give the one what the other reads; which of them gave up, nothing if neither did."""
    assert reader.stdout is not None
    assert writer.stdin is not None
    try:
        writer.stdin.write(before)
        shutil.copyfileobj(reader.stdout, writer.stdin, PIECE)
        writer.stdin.flush()
    except BrokenPipeError:
        reader.kill()
        return "psql"
    if reader.wait() != 0:
        return "pg_restore"
    writer.stdin.close()
    return ""


def _unchanged(entries: int) -> list[str]:
    """Statements that fail where something was stored since: every action writes into the journal."""
    look = (
        f"DO $$ BEGIN IF (SELECT COUNT(*) FROM journal_entry) <> {entries} THEN RAISE EXCEPTION"
        " 'something was stored while the old database was being kept: stop all that runs, and try again';"
        " END IF; END $$"
    )
    return [
        f"SET LOCAL lock_timeout = '{WAIT_FOR_LOCK_S}s'",
        "LOCK TABLE journal_entry IN ACCESS EXCLUSIVE MODE",
        look,
    ]


def _clearing() -> list[str]:
    """Statements that take away what is there, and say that the rows of a restore are in."""
    records = OurRecords()
    gone = [f'DROP TABLE "{name}" CASCADE' for name in tables(records)]
    gone += [f"DROP FUNCTION {name} CASCADE" for (name,) in records.rows(_FUNCTIONS)]
    return [*gone, f'CREATE TABLE "{UNFINISHED}" (rows_are_in boolean)']


def others() -> int:
    """How many other programs stay connected to this database; one that has just ended gets time to go."""
    give_up = monotonic() + GONE_WITHIN_S
    while (count := _others()) and monotonic() < give_up:
        sleep(LOOK_EVERY_S)
    return count


def _others() -> int:
    rows = OurRecords().rows(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    return int(rows[0][0])


@contextmanager
def begun() -> Iterator[None]:
    """From here on nothing starts on this database; if it fails before the rows are in, all may again."""
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE IF NOT EXISTS "{UNFINISHED}" ()')
    before = _columns()
    try:
        yield
    except BaseException:
        # What went wrong is what is told, also where the mark can't be taken away now.
        with suppress(Error):
            if not before and not _columns():
                finish()
        raise


def _columns() -> int:
    """None while a restore has only begun, one as soon as its rows are in."""
    rows = OurRecords().rows(
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = ?",
        [UNFINISHED],
    )
    return int(rows[0][0])


def finish() -> None:
    """What follows a restore is done: the database may be used."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS "{UNFINISHED}"')


def _environment() -> dict[str, str]:
    """How the client programs find the database, the password where no list of processes shows it."""
    settings: Mapping[str, Any] = connection.settings_dict
    names = {
        "HOST": "PGHOST",
        "PORT": "PGPORT",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "NAME": "PGDATABASE",
    }
    given = {variable: str(settings[name]) for name, variable in names.items() if settings.get(name)}
    options = {
        f"PG{name.upper()}": str(value) for name, value in settings["OPTIONS"].items() if name in PASSED_ON
    }
    return {**os.environ, **given, **options, "LC_ALL": "C"}


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return _short(file.read().decode(errors="replace"))


def _short(said: str) -> str:
    return " ".join(said.split())[-LONGEST_PROBLEM:]
