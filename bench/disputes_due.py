"""Ten thousand disputes due within the same minute, the workers killed in the middle, again and again.

One worker on SQLite, every commit on disk; four on PostgreSQL (`bin/with-postgres bin/bench disputes_due`).
Every dispute has to be settled once, none before its time. How late is read every 50 ms from outside: the
n-th to be due is settled when there are n rulings.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from opsdesk.clock.models import LaneName  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.commands.offspring import start  # noqa: E402
from opsdesk.deals import actions as deals  # noqa: E402
from opsdesk.deals import ledger  # noqa: E402
from opsdesk.deals.actions import Draught, Party  # noqa: E402
from opsdesk.deals.lifecycle import Reason  # noqa: E402
from opsdesk.deals.models import Deal, Scope, Stage  # noqa: E402
from opsdesk.disputes import actions, audit  # noqa: E402
from opsdesk.disputes.models import Dispute, Ruling  # noqa: E402
from opsdesk.kernel.actor import Actor, ActorKind  # noqa: E402
from opsdesk.kernel.money import Money  # noqa: E402
from opsdesk.kernel.permissions import OF_A_TOKEN  # noqa: E402
from opsdesk.worker.loop import work  # noqa: E402
from opsdesk.worker.wiring import WIRING  # noqa: E402

DISPUTES = int(os.environ.get("DISPUTES", "10000"))
MINUTE, TTL, BATCH = timedelta(minutes=1), timedelta(hours=48), 100
KILLS = 12
SCOPE = "MN.USED_CAR_PRIVATE"
MARKET = Actor(ActorKind.TOKEN, 1, "bench", abilities=frozenset(act.value for act in OF_A_TOKEN))


def main() -> None:
    workers = 1 if connection.vendor == "sqlite" else 4
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=datetime.now(UTC) - TTL - MINUTE)
    ids = deliver_them()
    first_due = raise_them(ids)
    print(f"{DISPUTES:,} disputes are due within a minute; {workers} workers on {connection.vendor}")
    polls = settle_them(workers, first_due)
    tell(polls, first_due)
    check()


def deliver_them() -> list[int]:
    """Deals in inspection since a little less than two days ago."""
    at, begun = datetime.now(UTC) - TTL - MINUTE, time.perf_counter()
    country, _, category = SCOPE.partition(".")
    Scope.objects.filter(country=country, category=category).update(stage=Stage.OPEN)
    ids: list[int] = []
    while len(ids) < DISPUTES:
        with transaction.atomic():
            for _number in range(BATCH):
                draught = Draught(SCOPE, "Prius", Party("B"), Party("S"), Money(1_000_000, "MNT"))
                id = deals.create(draught, actor=MARKET, now=at).id
                deals.fund(deal_id=id, actor=MARKET, now=at)
                deals.deliver(deal_id=id, actor=MARKET, now=at)
                ids.append(id)
    print(f"made, funded and delivered: {DISPUTES / (time.perf_counter() - begun):,.0f} deals a second")
    return ids


def raise_them(ids: list[int]) -> datetime:
    """One dispute each; the first is due when all are raised, the last a minute later."""
    begun = time.perf_counter()
    raise_some(ids[:BATCH], first_due=datetime.now(UTC) + timedelta(days=1))
    a_batch = time.perf_counter() - begun
    rest = ids[BATCH:]
    first_due = datetime.now(UTC) + timedelta(seconds=5 + 1.5 * a_batch * len(rest) / BATCH)
    for first in range(0, len(rest), BATCH):
        raise_some(rest[first : first + BATCH], first_due=first_due + first * MINUTE / len(rest))
    if datetime.now(UTC) > first_due:
        raise SystemExit("the disputes took longer to raise than thought; start again")
    return first_due


def raise_some(ids: list[int], *, first_due: datetime) -> None:
    with transaction.atomic():
        for number, id in enumerate(ids):
            at = first_due - TTL + number * MINUTE / DISPUTES
            actions.raise_issue(deal_id=id, reason=Reason.NOT_DELIVERED, actor=MARKET, now=at)


def works() -> int:
    """The worker as it runs: its deadlines, by the clock on the wall."""
    lane = {kind: wired for kind, wired in WIRING.items() if wired.lane == LaneName.DEADLINES}
    return int(work(clock=lambda: datetime.now(UTC), stop=Event(), wiring=lane, sources={}))


def settle_them(workers: int, first_due: datetime) -> list[tuple[datetime, int]]:
    """Let the workers run, kill one of them now and then; how many were settled when."""
    expected, dice = DISPUTES - BATCH, random.Random(3)
    kill_at = sorted(first_due + dice.random() * MINUTE for _ in range(KILLS))
    connections.close_all()
    running = [start(works) for _ in range(workers)]
    polls: list[tuple[datetime, int]] = []
    while not polls or polls[-1][1] < expected:
        time.sleep(0.05)
        polls.append((datetime.now(UTC), Ruling.objects.count()))
        if kill_at and polls[-1][0] >= kill_at[0]:
            kill_at.pop(0)
            running.append(replaced(running.pop(dice.randrange(len(running)))))
        if polls[-1][0] > first_due + 10 * MINUTE:
            raise SystemExit(f"only {polls[-1][1]:,} were settled within ten minutes")
    for worker in running:
        end(worker)
    return polls


def replaced(worker: int) -> int:
    end(worker)
    connections.close_all()
    return start(works)


def end(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def tell(polls: list[tuple[datetime, int]], first_due: datetime) -> None:
    dues = list(Dispute.objects.filter(due_at__lt=first_due + 2 * MINUTE).order_by("due_at", "id"))
    late, poll = [], 0
    for number, dispute in enumerate(dues, start=1):
        while polls[poll][1] < number:
            poll += 1
        late.append(max(0.0, (polls[poll][0] - dispute.due_at).total_seconds()))
    ranked = sorted(late)
    took = (polls[-1][0] - first_due).total_seconds()
    middle, p99 = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.99)]
    print(f"settled in {took:.1f} s from the first deadline, with {KILLS} SIGKILLs")
    print(f"late by {middle:.2f} s in the middle, {p99:.2f} s at p99, {ranked[-1]:.2f} s at most")


def check() -> None:
    """Each settled once, as of its deadline and not before it; the books agree."""
    early = Ruling.objects.filter(recorded_at__lt=django.db.models.F("dispute__due_at")).count()
    other = Ruling.objects.exclude(ruled_at=django.db.models.F("dispute__due_at")).count()
    rulings, settled = Ruling.objects.count(), Deal.objects.filter(state="SETTLED").count()
    faults: list[object] = [*audit.undecided(), *audit.disagreements(limit=DISPUTES)]
    ids = list(Deal.objects.values_list("id", flat=True))
    faults += [fault for first in range(0, len(ids), 500) for fault in ledger.check(ids[first : first + 500])]
    print(f"{rulings:,} rulings, {settled:,} deals settled; early {early}, of another instant {other}")
    print(f"faults in the books: {len(faults)}")
    if early or other or faults or rulings != settled or rulings != DISPUTES - BATCH:
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
