"""Mail to request, end to end on SQLite.

1,000 mails of 11 KB mean, 900 threads, 10 % of them replies, 10 % with a 50 KB attachment.

Printed beside it: what parsing alone, commits alone and the disk's own flushes reach in the same run.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)
sys.path.insert(0, str(Path(__file__).resolve().parent))

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from limits import commits, flushes  # noqa: E402
from mails import MAILS, THREADS, corpus  # noqa: E402

from opsdesk.cases.models import Case  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.mail import intake, ledger  # noqa: E402
from opsdesk.mail.arrivals import Incoming  # noqa: E402
from opsdesk.mail.child import sorting  # noqa: E402
from opsdesk.mail.models import Message  # noqa: E402
from opsdesk.mail.parsing import parse  # noqa: E402
from opsdesk.mail.sources import file_source  # noqa: E402

BATCH, SINGLY = 100, 200
PEERS = (
    ("Roundup 2.6", "30 new senders, 84 known"),
    ("django-helpdesk 2.6", "68 SQLite, 86 PostgreSQL"),
    ("RT 5.0", "12.6"),
)


def timed(job: Callable[[], object]) -> float:
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


def parse_all(mails: list[bytes]) -> None:
    for raw in mails:
        parse(raw)


def store_all(mails: list[bytes], now: datetime) -> None:
    source = file_source("bench", desk="support", start_at=None, now=now)
    for start in range(0, len(mails), BATCH):
        items = [Incoming(raw, f"{start}") for raw in mails[start : start + BATCH]]
        intake.store_many(source=source, items=items, now=now)


def store_each(mails: list[bytes], now: datetime) -> None:
    source = file_source("one by one", desk="support", start_at=None, now=now)
    for raw in mails:
        intake.store(source=source, raw=raw, label="one", received_at=None, now=now)


def sort_all(now: datetime) -> None:
    while intake.sort_pending(limit=BATCH, now=now):
        pass


def main() -> None:
    now = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    mails = corpus()
    sorting().parse(mails[0])
    limit_parse = MAILS / timed(lambda: parse_all(mails))
    singly = [b"X-Way: another\r\n" + raw for raw in mails[:SINGLY]]
    stored, sorted_ = timed(lambda: store_all(mails, now)), timed(lambda: sort_all(now))
    limit_commit, limit_disk = commits(HOME), flushes(HOME)
    alone = timed(lambda: store_each(singly, now))
    rate, in_series = MAILS / (stored + sorted_), 1 / (1 / limit_parse + 1 / limit_commit)
    counts = ledger.counts(ledger.Filters(), now=now)
    threads = Message.objects.values("thread").distinct().count()
    print(f"{MAILS} mails, {sum(map(len, mails)) / MAILS / 1000:.1f} KB mean, SQLite, synchronous FULL")
    print(f"stored, in batches of {BATCH}              {MAILS / stored:8,.0f} mails a second")
    each = SINGLY / alone
    print(f"stored one by one                     {each:8,.0f}   {each / limit_commit:.0%} of the commits")
    print(f"sorted into requests                  {MAILS / sorted_:8,.0f}")
    print(
        f"end to end                            {rate:8,.0f}   {rate / in_series:.0%} of the limit in series"
    )
    print(f"limit: parsed only, one process       {limit_parse:8,.0f}")
    print(f"limit: commits of SQLite, FULL        {limit_commit:8,.0f}")
    print(f"limit: flushes of the disk            {limit_disk:8,.0f}")
    print(f"limit: parsed and committed in series {in_series:8,.0f}")
    print(f"threads {threads} of {THREADS}, requests {Case.objects.count()}, outcomes {counts.by_outcome}")
    for name, figure in PEERS:
        print(f"measured elsewhere, same kind of machine: {name:<20} {figure}")


if __name__ == "__main__":
    try:
        main()
    finally:
        sorting().close()
        shutil.rmtree(HOME, ignore_errors=True)
