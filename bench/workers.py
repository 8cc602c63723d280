"""Two workers on PostgreSQL: how much faster do they sort what is in hand than one?

`bin/with-postgres bin/bench workers`. The same number of mails is sorted by one process, then by two, three
times each in turn; what counts is the median of the ratios, as a machine is not always equally busy.
"""

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
sys.path.insert(0, str(Path(__file__).resolve().parent))

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from mails import MAILS, corpus  # noqa: E402

from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.commands.offspring import start  # noqa: E402
from opsdesk.mail import intake  # noqa: E402
from opsdesk.mail.arrivals import Incoming  # noqa: E402
from opsdesk.mail.child import sorting  # noqa: E402
from opsdesk.mail.models import Arrival, Source  # noqa: E402
from opsdesk.mail.sources import file_source  # noqa: E402

TURNS, BATCH = 3, 100


def main() -> None:
    if connection.vendor != "postgresql":
        print("about PostgreSQL only: bin/with-postgres bin/bench workers")
        return
    now = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    source = file_source("bench", desk="support", start_at=None, now=now)
    sorted_by(1, source, 0, now)  # the first one finds everything cold
    ratios = []
    for turn in range(1, TURNS + 1):
        one, two = (sorted_by(workers, source, 10 * turn + workers, now) for workers in (1, 2))
        ratios.append(two / one)
        print(f"one worker {one:6,.0f} mails a second, two {two:6,.0f}: x {two / one:.2f}")
    print(f"median x {statistics.median(ratios):.2f}; must reach x 1.8, on {os.cpu_count()} cores")


def sorted_by(workers: int, source: Source, seed: int, now: datetime) -> float:
    """Mails a second, of as many as the intake bench has, each new to the desk."""
    mails = [raw.replace(b"@dealer.example>", b".%d@dealer.example>" % seed) for raw in corpus(seed)]
    for first in range(0, MAILS, BATCH):
        items = [Incoming(raw, str(first)) for raw in mails[first : first + BATCH]]
        intake.store_many(source=source, items=items, now=now)
    connections.close_all()
    begun = time.perf_counter()
    children = [start(lambda: works(now)) for _ in range(workers)]
    for child in children:
        os.waitpid(child, 0)
    took = time.perf_counter() - begun
    if Arrival.objects.filter(outcome="").exists():
        raise SystemExit("something is still in hand")
    return MAILS / took


def works(now: datetime) -> int:
    while intake.sort_pending(limit=50, now=now):
        pass
    sorting().close()
    return 0


if __name__ == "__main__":
    main()
