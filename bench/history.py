"""Bringing in a log of another tool, end to end: reading, sorting, writing cases, stays, waits and facts.

A made-up log of incidents, its cases mixed as in a file sorted by time, as CSV, and half of it as XES.
Printed are events a second and the most memory of the process, beside what only reading the file's lines
takes, and for twice the events, to see that memory stays. BENCH_EVENTS sets another number of events.
"""

import csv
import gc
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.history import actions, files, maplist  # noqa: E402
from opsdesk.history.reading import read_file  # noqa: E402
from opsdesk.history.writing import Writer  # noqa: E402
from opsdesk.kernel.actor import SYSTEM  # noqa: E402
from opsdesk.kernel.memory import remembering  # noqa: E402

EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
NOW = datetime.now(UTC).replace(microsecond=0)
HEADER = ["number", "sys_updated_on", "incident_state", "assignment_group", "sys_updated_by"]
HEADER += ["short_description", "company", "priority"]
DESK, APPS, CODE = "Service Desk", "Apps L2", "Code L3"
LIVES = (
    (("New", DESK), ("Active", DESK), ("Resolved", DESK), ("Closed", DESK)),
    (
        *(
            ("New", DESK),
            ("Active", DESK),
            ("Assigned", APPS),
            ("Active", APPS),
            ("Awaiting User Info", APPS),
        ),
        *(("Active", APPS), ("Resolved", APPS), ("Closed", APPS)),
    ),
    (
        *(("New", DESK), ("Active", DESK), ("Assigned", APPS), ("Assigned", CODE), ("Active", CODE)),
        *(("Assigned", APPS), ("Active", APPS), ("Resolved", APPS)),
    ),
)
EVENT = (
    '<event><date key="time:timestamp" value="{at}"/><string key="lifecycle:transition" value="{state}"/>'
    '<string key="org:group" value="{group}"/><string key="org:resource" value="{who}"/>'
    '<string key="concept:name" value="x"/></event>'
)


def events(number: int, tool: str) -> Iterator[list[str]]:
    """So many rows in the order of time, of cases that overlap."""
    dice, rows = random.Random(5), []
    case = 0
    while len(rows) < number:
        case += 1
        at = NOW - timedelta(days=700) + timedelta(minutes=3 * case)
        for state, group in LIVES[dice.choices((0, 1, 2), (6, 3, 1))[0]]:
            at += timedelta(minutes=dice.randint(1, 900))
            who, company = f"agent{dice.randint(1, 40)}", f"Dealer {case % 300}"
            rows.append(
                [
                    f"{tool}{case:07}",
                    f"{at:%Y-%m-%d %H:%M:%S}",
                    state,
                    group,
                    who,
                    f"Incident {case}",
                    company,
                    "3",
                ]
            )
    return iter(sorted(rows[:number], key=lambda row: row[1]))


def written(number: int, tool: str) -> Path:
    path = HOME / f"{tool}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(events(number, tool))
    return path


def as_xes(source: Path, tool: str) -> Path:
    """The same events as a log of traces."""
    traces: dict[str, list[list[str]]] = {}
    with source.open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file))[1:]:
            traces.setdefault(row[0], []).append(row)
    path, ending = HOME / f"{tool}.xes", {DESK: "G1", APPS: "G2 2nd", CODE: "G3 3rd"}
    state = {"New": "Awaiting Assignment", "Active": "In Progress", "Awaiting User Info": "Wait - User"}
    with path.open("w", encoding="utf-8") as out:
        out.write("<log>")
        for case, rows in traces.items():
            out.write(f'<trace><string key="concept:name" value="{tool}{case}"/>')
            for row in rows:
                at = row[1].replace(" ", "T") + "Z"
                said = state.get(row[2], row[2])
                out.write(EVENT.format(at=at, state=said, group=ending[row[3]], who=row[4]))
            out.write("</trace>")
        out.write("</log>")
    return path


def limit(path: Path) -> float:
    """Seconds that the csv module alone takes for the file."""
    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - began


def brought(path: Path, map: str) -> tuple[int, float, float, float]:
    """(events, seconds of reading and sorting, seconds of writing, seconds of the processor for both)."""
    began, worked = time.perf_counter(), time.process_time()
    asked = actions.Asked(files.of_path(path), maplist.shipped_map(map), "support")
    gc.freeze()  # as the command does
    with remembering():
        imported = actions.ask(asked, actor=SYSTEM, now=NOW)
        spill = read_file(imported, asked.export, HOME / "events.sqlite", now=NOW, hear=lambda n: None)
        read = time.perf_counter()
        writer = Writer(imported, spill, now=NOW)
        while writer.step(now=NOW):
            pass
    spill.close()
    return writer.imported.events, read - began, time.perf_counter() - read, time.process_time() - worked


def tell(what: str, path: Path, map: str) -> None:
    number, reading, writing, worked = brought(path, map)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{what}: {number} events in {reading + writing:.1f} s = {number / (reading + writing):.0f} a second"
        f" (read and sort {reading:.1f} s, write {writing:.1f} s), {number / worked:.0f} a second of the"
        f" processor, at most {memory} MB so far"
    )


def main() -> None:
    call_command("migrate", verbosity=0)
    prepare(now=NOW)
    half, whole = written(EVENTS // 2, "H"), written(EVENTS, "W")
    xes = as_xes(half, "X")
    print(f"{connection.vendor}; only reading the lines: {EVENTS / limit(whole):.0f} a second")
    tell("CSV, half", half, "incident-log")
    tell("CSV, whole", whole, "incident-log")
    tell("XES, half", xes, "xes-incidents")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
