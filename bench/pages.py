"""Pages: the queue and a case of 50 messages, at 10 thousand and at a million cases, of which 5 % are open.

Server time of whole requests through Django's handler (middleware, badges, templates), on SQLite: the 95th
percentile over requests that ask for one queue after another, and beside it the processor's part of it,
which a busy machine lengthens less. The same database then answers one index seek, as the limit of the run.
Rows are made in bulk, not by the actions: only reading is measured here.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import DateTimeField, Field, Model  # noqa: E402
from django.test import Client  # noqa: E402

from opsdesk.cases.due import FAR  # noqa: E402
from opsdesk.cases.models import Case, Stay  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.config.wsgi import application  # noqa: E402 - as served: it sets the process up
from opsdesk.kernel.actor import SYSTEM, Role  # noqa: E402
from opsdesk.mail import intake, sources  # noqa: E402
from opsdesk.people import actions as people  # noqa: E402
from opsdesk.people.models import Person  # noqa: E402

SIZES = (10_000, 1_000_000)
OPEN_SHARE = 20  # one in so many is open
PATTERN = 10_000  # so many are made here, the others copied
ASKED = 200
NOW = datetime.now(UTC).replace(microsecond=0)
QUEUES = (("ops", 1), ("core-support", 2), ("integration-support", 2), ("core-engineering", 3))
PEERS = "peers, 1 k -> 50 k open: Roundup 60 -> 96 ms, django-helpdesk 37 -> 218, RT 238 -> 241"
random_of = random.Random(7)


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds by the wall, and of the processor."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} ms ({self.processor:.1f} of the processor)"


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=NOW)
    client, person = signed_in()
    long_case = conversation(50)
    made, first = 0, Took(0, 0)
    for size in SIZES:
        made = grow(made, size, person)
        queue = measured(client, pages(client))
        first = first if first.wall else queue
        case = measured(client, (f"/cases/{long_case}" for _ in range(ASKED)))
        print(
            f"{size:>9,} cases, {size // OPEN_SHARE:>6,} open: queue page p95 {queue}"
            f" (x {queue.wall / first.wall:.2f}, processor x {queue.processor / first.processor:.2f}),"
            f" case page with 50 messages p95 {case}, an index seek {seek():.3f} ms"
        )
    print(f"must reach: queue <= 30 ms and growth <= 1.3 x; case <= 50 ms. {PEERS}")


def signed_in() -> tuple[Client, Person]:
    found = people.invite(email="olga@bench.example", name="Olga", actor=SYSTEM, now=NOW)
    people.grant(
        person_id=found.id, desk="support", role=Role.OPERATOR, from_on=NOW.date(), actor=SYSTEM, now=NOW
    )
    people.seat(person_id=found.id, desk="support", queue="ops", from_on=NOW.date(), actor=SYSTEM, now=NOW)
    person = Person.objects.get(id=found.id)
    client = Client(HTTP_HOST="localhost")
    client.force_login(person)
    return client, person


def conversation(messages: int) -> int:
    """A case with so many messages, through the real intake; its number."""
    source = sources.file_source("bench", desk="support", start_at=None, now=NOW)
    for n in range(messages):
        answers = f"In-Reply-To: <{n - 1}@bench.example>\r\n" if n else ""
        body = "Line of a mail.\r\n" * 40 + "\r\nOn Monday somebody wrote:\r\n" + "> quoted\r\n" * 30
        raw = (
            f"From: Sam <sam@bench.example>\r\nTo: support@opsdesk.example\r\nSubject: Long talk\r\n"
            f"Message-ID: <{n}@bench.example>\r\n{answers}\r\n{body}"
        ).encode()
        at = NOW - timedelta(hours=messages - n)
        stored = intake.store(source=source, raw=raw, label=str(n), received_at=at, now=at)
        intake.sort(stored.arrival_id, now=at)
    return Case.objects.get().id


def grow(made: int, size: int, person: Person) -> int:
    """Fill the tables up to `size` cases: the first from here, the others copies of them, ever older."""
    began = time.perf_counter()
    with transaction.atomic():
        if not made:
            cases = Case.objects.bulk_create(a_case(n, person) for n in range(PATTERN))
            Stay.objects.bulk_create(a_stay(case) for case in cases)
            made = PATTERN
        newest = Case.objects.order_by("-id").values_list("id", flat=True)[0]
        first = newest - made + 1
        for by in range(made, size, PATTERN):
            copy(Case, "id", first, by, {"id": f"id + {by}"})
            copy(Stay, "case_id", first, by, {"id": "NULL", "case_id": f"case_id + {by}"})
    print(f"{'':9}  filled to {size:,} in {time.perf_counter() - began:.0f} s")
    return size


def copy(model: type[Model], key: str, first: int, by: int, changed: dict[str, str]) -> None:
    """Copy the first rows, `by` numbers further on and as many half minutes earlier."""
    named = {str(field.column): field for field in model._meta.concrete_fields}
    values = [changed.get(name) or earlier(name, field, by) for name, field in named.items()]
    columns = ", ".join(f'"{name}"' for name in named)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {", ".join(values)}'
            f' FROM "{model._meta.db_table}" WHERE {key} >= %s AND {key} < %s',
            [first, first + PATTERN],
        )


def earlier(name: str, field: Field, by: int) -> str:
    if not isinstance(field, DateTimeField):
        return f'"{name}"'
    moved = f"datetime(\"{name}\", '-{by // 2} minutes')"
    return f'CASE WHEN "{name}" < \'9000\' THEN {moved} ELSE "{name}" END'


def a_case(n: int, person: Person) -> Case:
    alive = n % OPEN_SHARE == 0
    queue, tier = QUEUES[n // OPEN_SHARE % len(QUEUES)]
    opened_at = NOW - timedelta(minutes=n // 2)
    due_at = opened_at + timedelta(hours=16) if alive and n % 60 else None
    waiting = alive and due_at is None
    return Case(
        desk="support",
        kind="request",
        state="waiting" if waiting else "open" if alive else "resolved",
        queue=queue,
        tier=tier,
        highest_tier=tier,
        assignee=person if n % 500 == 0 else None,
        subject=f"Request number {n}: the assistant repeats itself",
        excerpt="It says everything twice since this morning.",
        requester_email=f"sam{n % 5000}@bench.example",
        requester_name="Sam Dealer",
        family="core",
        type="core.llm-behaviour",
        opened_at=opened_at,
        recorded_at=opened_at,
        last_inbound_at=opened_at,
        due_at=due_at,
        due_target="resolution" if due_at else "",
        due_sort_at=due_at or FAR,
        waiting_on="customer" if waiting else "",
        waiting_since=opened_at if waiting else None,
        resolved_at=None if alive else opened_at + timedelta(hours=5),
    )


def a_stay(case: Case) -> Stay:
    done = case.resolved_at is not None
    return Stay(
        case=case,
        number=1,
        desk=case.desk,
        queue=case.queue,
        tier=case.tier,
        entrance="opened",
        entered_at=case.opened_at,
        left_at=case.resolved_at,
        exit="resolved" if done else "",
        elapsed_s=18_000 if done else None,
        business_s=18_000 if done else None,
        waiting_customer_s=0 if done else None,
        waiting_third_party_s=0 if done else None,
    )


def pages(client: Client) -> Iterator[str]:
    """Addresses as an operator asks for them: my queue, each queue, all cases."""
    kinds = ["/desks/support/mine", "/desks/support/cases"]
    kinds += [f"/desks/support/queues/{queue}" for queue, _ in QUEUES]
    for _ in range(ASKED):
        yield random_of.choice(kinds)


def measured(client: Client, addresses: Iterator[str]) -> Took:
    """The 95th percentile of the server's time."""
    assert application is not None
    for address in ("/desks/support/mine", "/desks/support/cases"):
        client.get(address)
    times = [timed(lambda address=address: client.get(address).status_code == 200) for address in addresses]
    return Took(
        statistics.quantiles((one.wall for one in times), n=20)[-1],
        statistics.quantiles((one.processor for one in times), n=20)[-1],
    )


def seek() -> float:
    """One row by its key, in milliseconds."""

    def one() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM cases_case WHERE id = %s", [random_of.randrange(1, SIZES[0])])
            return cursor.fetchone() is not None

    return statistics.median(timed(one).wall for _ in range(ASKED))


def timed(work: Callable[[], bool]) -> Took:
    began, spent = time.perf_counter(), time.process_time()
    if not work():
        raise SystemExit("a page did not answer as it should")
    return Took((time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000)


if __name__ == "__main__":
    main()
