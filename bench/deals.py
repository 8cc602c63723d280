"""Deals: moves a second with their ledger, and the lists of deals and disputes at a million deals.

On SQLite with every commit on disk, one process; in `bin/with-postgres bin/bench deals` one and two. Each
move is one transaction of the real actions: firing what is due, compare-and-set, transfers, timers, journal.
Beside it, in the same run, the disk's own commits. The million is made by copying deals that the actions
made, with their disputes and cases; then what a page asks is measured, by the wall and, behind it, the
processor's part. BENCH_DEALS sets another number of deals, BENCH_LIVES how many live to be timed.
"""

import json
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = "--lives" not in sys.argv
if HERE:
    os.environ["OPSDESK_HOME"] = tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME"))
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402

from bench.limits import commits  # noqa: E402
from opsdesk.cases.models import Case  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.deals import actions, ledger, lists, scopes  # noqa: E402
from opsdesk.deals.actions import Draught, Party  # noqa: E402
from opsdesk.deals.card import card  # noqa: E402
from opsdesk.deals.issues import Choice  # noqa: E402
from opsdesk.deals.lifecycle import Outcome, Reason  # noqa: E402
from opsdesk.deals.lists import DealFilters  # noqa: E402
from opsdesk.deals.models import Deal, Transfer  # noqa: E402
from opsdesk.disputes import actions as disputes  # noqa: E402
from opsdesk.disputes import lists as queue  # noqa: E402
from opsdesk.disputes import rulings  # noqa: E402
from opsdesk.disputes.models import Dispute  # noqa: E402
from opsdesk.journal import triggers  # noqa: E402
from opsdesk.kernel.actor import SYSTEM, Actor, ActorKind, Role  # noqa: E402
from opsdesk.kernel.memory import remembering  # noqa: E402
from opsdesk.kernel.money import Money  # noqa: E402
from opsdesk.kernel.permissions import OF_A_TOKEN  # noqa: E402
from opsdesk.people import actions as people  # noqa: E402
from opsdesk.people import queries as persons  # noqa: E402
from opsdesk.people.models import Person  # noqa: E402

HOME = Path(os.environ["OPSDESK_HOME"])
DEALS = int(os.environ.get("BENCH_DEALS", "1000000"))
LIVES = int(os.environ.get("BENCH_LIVES", "1000"))
PATTERN, ASKED = 1000, 100
NOW = datetime.now(UTC).replace(microsecond=0)
SCOPES = ("MN.USED_CAR_PRIVATE", "MN.USED_CAR_DEALER", "MN.REAL_ESTATE_SALE", "KR.USED_CAR_PRIVATE")
ITEMS = ("Toyota Prius", "Hyundai Avante", "Квартир, 3 өрөө", "현대 그랜저", "Nissan Leaf")
MARKET = Actor(ActorKind.TOKEN, 1, "market", abilities=frozenset(act.value for act in OF_A_TOKEN))
random_of = random.Random(7)


def main() -> None:
    call_command("migrate", verbosity=0)
    prepare(now=NOW)
    operator = an_operator()
    for key in SCOPES:
        scopes.set_stage(scope=key, stage="open", reason="The bench.", actor=SYSTEM, now=NOW)
    moves()
    ruled(operator)
    at_a_million(operator)


def an_operator() -> Actor:
    found = people.invite(email="olga@bench.example", name="Olga", actor=SYSTEM, now=NOW)
    who = {"person_id": found.id, "desk": "deals", "from_on": NOW.date(), "actor": SYSTEM, "now": NOW}
    people.grant(role=Role.OPERATOR, **who)
    people.seat(queue="disputes", **who)
    return persons.actor(Person.objects.get(id=found.id).id, NOW)


def live(number: int) -> None:
    """Four moves: made, funded, delivered, approved."""
    deal_id = delivered(number, NOW).id
    with remembering():
        actions.approve(deal_id=deal_id, actor=MARKET, now=NOW)


def delivered(number: int, now: datetime) -> Deal:
    item = f"{ITEMS[number % len(ITEMS)]} {number}"
    buyer, seller = Party(f"Buyer {number % 997}", f"b-{number}"), Party(f"Seller {number % 499}")
    total = Money(1_000_000 + number, "MNT")
    draught = Draught(SCOPES[number % len(SCOPES)], item, buyer, seller, total, f"B-{os.getpid()}-{number}")
    with remembering():
        deal = actions.create(draught, actor=MARKET, now=now)
    with remembering():
        actions.fund(deal_id=deal.id, actor=MARKET, now=now)
    with remembering():
        return actions.deliver(deal_id=deal.id, actor=MARKET, now=now)


def disputed(number: int, now: datetime) -> Dispute:
    """A deal of which nothing came: the one issue that needs no file."""
    deal = delivered(number, now)
    with remembering():
        return disputes.raise_issue(deal_id=deal.id, reason=Reason.NOT_DELIVERED, actor=MARKET, now=now)


def rule(dispute: Dispute, operator: Actor, now: datetime) -> None:
    choice = Choice(Outcome.REJECT, "The bench.")
    with remembering():
        rulings.rule(dispute_id=dispute.id, choice=choice, actor=operator, now=now)


def lives() -> float:
    """Moves a second of this process."""
    for number in range(20):
        live(9 * 10**6 + number)
    begun = time.perf_counter()
    for number in range(LIVES):
        live(number)
    return 4 * LIVES / (time.perf_counter() - begun)


def moves() -> None:
    print(f"the disk: {commits(HOME):,.0f} commits a second")
    one = lives()
    print(f"one process: {one:,.0f} moves a second, each with its ledger, timers and journal (must: 400)")
    if connection.vendor == "postgresql":
        command = [sys.executable, "-m", "bench.deals", "--lives"]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        both = sum(json.loads(process.communicate()[0]) for process in running)
        cores = multiprocessing.cpu_count()
        print(
            f"two processes: {both:,.0f} moves a second, x {both / one:.2f} ({cores} cores, server included)"
        )


def ruled(operator: Actor) -> None:
    """An issue with its case, and its ruling: two moves, with the cases' and disputes' own records."""
    pairs = LIVES // 10
    ready = [delivered(10**6 + number, NOW) for number in range(pairs)]
    begun = time.perf_counter()
    for deal in ready:
        with remembering():
            dispute = disputes.raise_issue(
                deal_id=deal.id, reason=Reason.NOT_DELIVERED, actor=MARKET, now=NOW
            )
        rule(dispute, operator, NOW)
    took = time.perf_counter() - begun
    print(f"issue raised and ruled, with their case: {2 * pairs / took:,.0f} moves a second")


def pattern(operator: Actor) -> None:
    """A thousand deals at every point of their life: one in twelve disputed, a quarter of those open."""
    for number in range(PATTERN):
        begun = NOW - timedelta(minutes=number % 1440)
        if number % 12:
            deal = delivered(2 * 10**6 + number, begun)
            if number % 10:
                with remembering():
                    actions.approve(deal_id=deal.id, actor=MARKET, now=begun)
        else:
            dispute = disputed(2 * 10**6 + number, begun)
            if number % 48:
                rule(dispute, operator, begun)


def at_a_million(operator: Actor) -> None:
    first_deal, first_case, first_dispute = (newest(model) + 1 for model in (Deal, Case, Dispute))
    pattern(operator)
    begun = time.perf_counter()
    copies = DEALS // PATTERN - 1
    triggers.lift(connection)
    with transaction.atomic():
        deal, case, dispute = f"{newest(Deal)} * k", f"{newest(Case)} * k", f"{newest(Dispute)} * k"
        copy(Deal, f"id >= {first_deal}", copies, {"id": f"id + {deal}", "reference": "''"})
        copy(
            Transfer,
            f"deal_id >= {first_deal}",
            copies,
            {"id": f"id + {newest(Transfer)} * k", "deal_id": f"deal_id + {deal}", "key": "key || ' ' || k"},
        )
        copy(Case, f"id >= {first_case}", copies, {"id": f"id + {case}"})
        moved = {"id": f"id + {dispute}", "deal_id": f"deal_id + {deal}", "case_id": f"case_id + {case}"}
        copy(Dispute, f"id >= {first_dispute}", copies, moved)
    triggers.install(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    count, open_ones = Deal.objects.count(), Dispute.objects.filter(decided_at=None).count()
    print(f"filled to {count:,} deals, {Dispute.objects.count():,} disputes, {open_ones:,} of them open")
    print(f"  in {time.perf_counter() - begun:.0f} s")
    ask(open_ones)


def newest(model: type[models.Model]) -> int:
    return int(model.objects.aggregate(models.Max("id"))["id__max"] or 0)


def copy(model: type[models.Model], which: str, copies: int, changed: dict[str, str]) -> None:
    """Copy rows so many times, each time 17 minutes earlier than the last."""
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column != "created_at"]
    values = [changed.get(name, f'"{name}"') for name in columns]
    if any(field.column == "created_at" for field in model._meta.concrete_fields):
        columns.append("created_at")
        lite = connection.vendor == "sqlite"
        values.append(
            "datetime(created_at, (-17 * k) || ' minutes')" if lite else "created_at - k * interval '17 min'"
        )
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE series(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM series WHERE k < {copies})"
            f" INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values)}"
            f" FROM series CROSS JOIN {model._meta.db_table} WHERE {which}"
        )


def ask(open_ones: int) -> None:
    places = [
        lists.Cursor(deal.created_at, deal.id)
        for deal in Deal.objects.filter(id__in=[random_of.randrange(1, newest(Deal)) for _ in range(200)])
    ]
    deep = lambda: random_of.choice(places)  # noqa: E731
    pages: dict[str, Callable[[], object]] = {
        "deals: newest": lambda: lists.page(DealFilters()),
        "deals: anywhere in the list": lambda: lists.page(DealFilters(), after=deep()),
        "deals: one country, two states": lambda: lists.page(
            DealFilters(country="MN", states=("INSPECTION", "ISSUE")), after=deep()
        ),
        "deals: two reasons": lambda: lists.page(
            DealFilters(reasons=("NOT_DELIVERED", "OTHER")), after=deep()
        ),
        "deals: settled, by the deadline": lambda: lists.page(DealFilters(endings=("expired",))),
        "deals: a text found": lambda: lists.page(DealFilters(text="hyundai avante")),
        "deals: a text nowhere": lambda: lists.page(DealFilters(text="zeppelin")),
        "deals: counts by state": lambda: lists.counts(DealFilters()),
        "deals: counts of one country": lambda: lists.counts(DealFilters(country="MN")),
        "deal: its card": lambda: card(deep().id, NOW),
        "disputes: due first": lambda: queue.page(queue.Filters(), now=NOW),
        "disputes: by category": lambda: queue.page(queue.Filters(), queue.CATEGORY, now=NOW),
        "disputes: one country, one band": lambda: queue.page(
            queue.Filters(country="MN", band=queue.TO_48), now=NOW
        ),
        "disputes: decided": lambda: queue.page(queue.Filters(state=queue.DECIDED), now=NOW),
        f"disputes: bands of {open_ones:,}": lambda: queue.bands(queue.Filters(), now=NOW),
        "ledger: the newest 1,000 transfers": lambda: ledger.check(since=ledger.newest_transfer() - 1000),
        "ledger: a slice of 10,000 deals": lambda: ledger.check_slice(deep().id),
    }
    for name, job in pages.items():
        print(f"  {name:34} p95 {measured(job)}")
    print("must reach: queue pages <= 30 ms of server time at a million")


def measured(job: Callable[[], object]) -> str:
    """The 95th percentile of some runs, in milliseconds."""
    walls, processors = [], []
    for _ in range(ASKED):
        wall, processor = time.perf_counter(), time.process_time()
        with remembering():
            job()
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((time.process_time() - processor) * 1000)
    p95 = [statistics.quantiles(taken, n=20)[-1] for taken in (walls, processors)]
    return f"{p95[0]:7.1f} ms ({p95[1]:.1f} of the processor)"


if __name__ == "__main__":
    if not HERE:
        print(json.dumps(lives()))
        sys.exit()
    try:
        main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
