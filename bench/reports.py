"""Reports: facts built, caught up and asked, beside the same questions as plain SQL, at a million stays.

`STAYS=10000000 bin/bench reports` takes ten; `bin/with-postgres bin/bench reports` asks PostgreSQL. All is of
one run, with the disk's own flushes and sequential writes: only ratios say something. Where DuckDB can be
imported, two of the questions are put to it as well, over the same columns.
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import limits, stays  # noqa: E402 - the environment has to stand first; it sets Django up
from bench.report_pages import compared  # noqa: E402
from opsdesk.accounts.models import Account  # noqa: E402
from opsdesk.cases.models import Case, Stay  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.insight import catalogue  # noqa: E402
from opsdesk.insight.facts import serving  # noqa: E402
from opsdesk.insight.facts.keeping import Keeper  # noqa: E402
from opsdesk.insight.facts.values import Facts, rows_of  # noqa: E402
from opsdesk.insight.registry import Metric, Question  # noqa: E402
from opsdesk.journal.actions import Draft, record_many  # noqa: E402
from opsdesk.kernel.actor import SYSTEM  # noqa: E402
from opsdesk.kernel.period import Period  # noqa: E402

T = TypeVar("T")
WANTED = int(os.environ.get("STAYS", str(stays.STAYS)))
ASKED = 7
CAUGHT_UP = 1_000
NOW = stays.NOW + timedelta(days=30)
ALL = Period(stays.SINCE, stays.NOW)
QUARTER = Period(stays.NOW - timedelta(days=90), stays.NOW)
COUNTED = (
    ("received", ("tier",)),
    ("resolved", ("tier",)),
    ("tier_3_share", ()),
    ("requests_in", ("month",)),
    ("backlog", ("queue",)),
    ("hand_offs", ("queue", "to")),
)
MEASURED = (("to_resolution_elapsed", ("tier",)), ("in_queue_working", ("queue",)), ("at_tier_elapsed", ()))
CHOSEN = {"account": ("dealer-7", "dealer-8", "dealer-9"), "type": ("integration.dms",)}

OF_REQUESTS = "FROM stays JOIN requests ON id = request WHERE {chosen}"
DUCKS = {
    "requests received by tier": f"SELECT tier, COUNT(DISTINCT request) {OF_REQUESTS} GROUP BY tier",
    "requests in by month": "SELECT date_trunc('month', make_timestamp(opened::BIGINT * 1000000)),"
    " COUNT(*) FROM requests WHERE {chosen} GROUP BY 1",
    "time to resolution by tier": "SELECT h, quantile_cont(took, [0.5, 0.9]) FROM (SELECT MAX(tier) h,"
    f' SUM("left" - entered) took {OF_REQUESTS} AND resolved > 0 GROUP BY request) GROUP BY h',
    "working time in a queue": f"SELECT place, quantile_cont(business, [0.5, 0.9]) {OF_REQUESTS}"
    ' AND "left" > 0 GROUP BY place',
}


def main() -> None:
    call_command("migrate", verbosity=0)
    prepare(now=stays.SINCE)
    begun = time.perf_counter()
    cases = stays.fill(WANTED)
    print(f"{connection.vendor}: {Stay.objects.count():,} stays of {cases:,} requests", end=" ")
    print(f"written in {time.perf_counter() - begun:.0f} s")
    disk()
    facts = built()
    change(facts)
    questions(facts)
    duck(facts)
    compared(HOME, plain=WANTED <= stays.STAYS)


def disk() -> None:
    data = b"x" * (1 << 20)
    with (HOME / "written").open("wb", buffering=0) as file:
        rate = limits.rate(lambda: file.write(data))
        os.fsync(file.fileno())
    (HOME / "written").unlink()
    print(f"disk: {limits.flushes(HOME):,.0f} flushes a second, {rate:,.0f} MB a second in sequence")


def built() -> Facts:
    keeper, begun, worked = Keeper(HOME), time.perf_counter(), time.process_time()
    while keeper.step():
        pass
    took, worked = time.perf_counter() - begun, time.process_time() - worked
    facts, opened = timed(ready)
    part = facts.parts[0]
    size = sum(path.stat().st_size for path in (HOME / "facts").rglob("*.npy"))
    number, requests = len(part.stays["entered"]), len(part.cases["id"])
    each = sum(column.itemsize for column in part.stays.values())
    print(
        f"built in {took:.1f} s: {number / took:,.0f} stays, {(number + requests) / took:,.0f} rows a second"
    )
    print(f"{size / number:.1f} bytes a stay with everything in it, {each} its own", end="; ")
    print(f"opened in {opened:.1f} ms")
    for table in ("cases", "stays", "waits", "again", "deals", "disputes"):
        rows = getattr(part, table)
        wide = sum(column.itemsize for column in rows.values())
        print(
            f"  {table}: {rows_of(rows):,} rows of {wide} bytes, {rows_of(rows) * wide / number:.1f} a stay"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of this process: {peak:,.0f} MB")
    return facts


def ready() -> Facts:
    found = serving.ready(NOW)
    assert found is not None
    return found


def change(facts: Facts) -> None:
    """A poll that finds nothing, and one behind a thousand stays that closed."""
    polled = statistics.median(timed(ready)[1] for _ in range(500))
    ids = list(Case.objects.filter(state="open").order_by("id").values_list("id", flat=True)[:CAUGHT_UP])
    Case.objects.filter(id__in=ids).update(first_response_at=stays.NOW)
    record_many([Draft("case.noted", "case", id, SYSTEM, NOW) for id in ids], now=NOW)
    _, caught = timed(ready)
    record_many([Draft("case.noted", "case", ids[0], SYSTEM, NOW)], now=NOW)
    _, one = timed(ready)
    print(f"a poll {polled * 1000:.0f} us", end="; ")
    print(f"{len(ids):,} requests caught up in {caught:.1f} ms, one more in {one:.1f} ms")


def questions(facts: Facts) -> None:
    """Each question from the facts, with what has changed beside them, and as plain SQL."""
    print("milliseconds: the facts by the wall and of the processor, which others lengthen less, and SQL")
    print(f"{'':34} {'all':>14} {'SQL':>9} {'filtered':>14} {'SQL':>9} {'quarter':>14} {'SQL':>9}")
    walls, processors = 0.0, 0.0
    for key, by in (*COUNTED, *MEASURED):
        metric, line = catalogue.metric(key), ""
        asked = [Question("support", ALL, NOW, by=by), Question("support", ALL, NOW, filters=CHOSEN, by=by)]
        for question in (*asked, Question("support", QUARTER, NOW, by=by)):
            wall, processor = columnar(metric, question)
            _, plain = timed(partial(metric.sql, question))
            line += f" {wall:7.1f} {processor:6.1f} {plain:9.1f}"
            if question is asked[0]:
                walls, processors = walls + wall, processors + processor
        print(f"{key + ' by ' + (by[0] if by else 'nothing'):34}{line}", flush=True)
    number = len(COUNTED) + len(MEASURED)
    print(f"all {number} of them from the facts: {walls:.0f} ms, {processors:.0f} of the processor")


def columnar(metric: Metric, question: Question) -> tuple[float, float]:
    """The middle of some askings, each with its poll: milliseconds by the wall, and of the processor."""
    form = metric.columns
    assert form is not None
    walls, processors = [], []
    for _ in range(ASKED):
        begun = time.process_time()
        walls.append(timed(lambda: form(ready(), question))[1])
        processors.append((time.process_time() - begun) * 1000)
    return statistics.median(walls), statistics.median(processors)


def duck(facts: Facts) -> None:
    """Questions of the same kind put to DuckDB, over the same columns in its own tables."""
    engine = ducked(facts)
    ids = [str(id) for id in Account.objects.filter(key__in=CHOSEN["account"]).values_list("id", flat=True)]
    accounts = ", ".join(str(facts.code("account", id)) for id in ids)
    limits_of = (
        "TRUE",
        f"account IN ({accounts}) AND type = {facts.code('type', CHOSEN['type'][0])}",
        f"opened >= {int(QUARTER.start.timestamp())}",
    )
    print(f"DuckDB {duckdb.__version__} in a file of its own, ms {'all':>20} {'filtered':>9} {'quarter':>9}")
    for name, query in DUCKS.items():
        took = [asked_duck(engine, query.format(chosen=limit)) for limit in limits_of]
        print(f"{name:50} " + " ".join(f"{each:9.1f}" for each in took), flush=True)
    engine.close()


def ducked(facts: Facts) -> duckdb.DuckDBPyConnection:
    """The columns of stays and requests as tables of DuckDB's."""
    part = facts.parts[0]
    place = part.stays["place"]
    given = {name: part.stays[name].astype(np.int64) for name in ("entered", "left", "business")}
    tiers = np.array([each.tier for each in facts.places], dtype=np.uint8)
    given |= {"tier": tiers[place], "place": place, "request": part.of_stays(part.cases["id"])}
    requests = {name: part.cases[name] for name in ("id", "opened", "account", "type")}
    requests["resolved"] = (part.cases["state"] == facts.code("state", "resolved")).astype(np.uint8)
    engine = duckdb.connect(str(HOME / "facts.duckdb"))
    for name, columns in (("stays", given), ("requests", requests)):
        engine.register("given", columns)
        engine.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        engine.unregister("given")
    return engine


def asked_duck(engine: duckdb.DuckDBPyConnection, query: str) -> float:
    """The middle of some askings, in milliseconds."""
    return statistics.median(timed(lambda: engine.execute(query).fetchall())[1] for _ in range(ASKED))


def timed(job: Callable[[], T]) -> tuple[T, float]:
    """What a job gives, and its milliseconds."""
    begun = time.perf_counter()
    answer = job()
    return answer, (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
