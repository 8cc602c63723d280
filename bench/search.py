"""Searching a million cases, each with its subject and a message: SQLite, or in bin/with-postgres -m 4GB.

Words are drawn as in a language (a few often, most rarely), a part of them Korean and Cyrillic; every message
has a code of its own and one of 50,000 senders. Rows are made in bulk, not by the actions; their texts come
into the index by its actions. Measured is `finding.find`, and the whole page through Django's handler; beside
it, in the same run, one row by its key. By the wall, and behind it the processor's part of this process: of a
busy machine only that says something. BENCH_CASES sets another number of cases.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.test import Client  # noqa: E402

from opsdesk.cases.due import FAR  # noqa: E402
from opsdesk.cases.indexed import of_case  # noqa: E402
from opsdesk.cases.models import Case  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.kernel.actor import SYSTEM, Actor, Role  # noqa: E402
from opsdesk.mail import finding  # noqa: E402
from opsdesk.mail.indexed import of_message  # noqa: E402
from opsdesk.mail.models import CaseMessage, Message, Thread  # noqa: E402
from opsdesk.people import actions as people  # noqa: E402
from opsdesk.people import queries as persons  # noqa: E402
from opsdesk.people.models import Person  # noqa: E402
from opsdesk.search.actions import put_many  # noqa: E402
from opsdesk.vault import actions as vault  # noqa: E402

CASES = int(os.environ.get("BENCH_CASES", "1000000"))
BATCH, ASKED, SENDERS, WORDS = 5000, 60, 50_000, 40_000
OPEN_SHARE = 20  # one in so many is open
NOW = datetime.now(UTC).replace(microsecond=0)
QUEUES = (("ops", 1), ("core-support", 2), ("integration-support", 2), ("core-engineering", 3))
CASE = {
    "desk": "support",
    "kind": "request",
    "family": "core",
    "type": "core.llm-behaviour",
    "due_sort_at": FAR,
}
MESSAGE = {"direction": "in", "dated_at": None}
draw = random.Random(7)


class Took(NamedTuple):
    """Milliseconds by the wall, and of the processor."""

    wall: float
    processor: float


def letters(alphabet: str, shortest: int, longest: int) -> str:
    return "".join(draw.choices(alphabet, k=draw.randint(shortest, longest)))


def vocabulary() -> list[str]:
    """Words, the most frequent first; every tenth is Korean, every tenth Cyrillic."""
    made = []
    for number in range(WORDS):
        if number % 10 == 3:
            made.append(letters("배송이늦어요고객님안녕하세주문번호차량예약확인", 2, 4))
        elif number % 10 == 7:
            made.append(letters("абвгдежзийклмнопрстуүхцчшыэюяөё", 4, 9))
        else:
            made.append(letters("abcdefghijklmnopqrstuvwxyz", 3, 10))
    return made


VOCABULARY = vocabulary()
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(WORDS)))


def text(words: int) -> str:
    return " ".join(draw.choices(VOCABULARY, cum_weights=WEIGHTS, k=words))


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=NOW)
    person = signed_in()
    grow(person)
    with connection.cursor() as cursor:
        # What the engine does by itself in the weeks in which so many cases come.
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    reader = persons.actor(person.id, NOW)
    client = Client(HTTP_HOST="localhost")
    client.force_login(person)
    print(f"{connection.vendor}, {CASES:,} cases, {2 * CASES:,} texts; milliseconds")
    print(f"{'':28}{'p50':>11}{'p95':>11}{'most':>11}{'cpu p50':>11}{'cpu p95':>11}")
    everything: list[Took] = []
    for name, make in QUERIES.items():
        times = [asked(make(), reader) for _ in range(ASKED)]
        everything += times
        tell(name, times)
    tell("all of them", everything)
    tell("the whole page", [page(client, query) for query in some_queries()])
    tell("limit: one row by its key", [seek() for _ in range(ASKED)])


def signed_in() -> Person:
    found = people.invite(email="bench@bench.example", name="Bench", actor=SYSTEM, now=NOW)
    people.grant(
        person_id=found.id, desk="support", role=Role.OPERATOR, from_on=NOW.date(), actor=SYSTEM, now=NOW
    )
    return Person.objects.get(id=found.id)


def grow(person: Person) -> None:
    began, indexing = time.perf_counter(), 0.0
    digest = vault.store_one(b"Subject: bench\r\n\r\n", media_type="message/rfc822", now=NOW)
    thread = Thread.objects.create(created_at=NOW)
    first = Case(**CASE, opened_at=NOW, recorded_at=NOW)
    written = Message(**MESSAGE, blob_id=digest, thread=thread, received_at=NOW, recorded_at=NOW)
    for start in range(0, CASES, BATCH):
        numbers = range(start, min(start + BATCH, CASES))
        with transaction.atomic():
            cases = [a_case(number, person) for number in numbers]
            messages = [a_message(case) for case in cases]
            write(first, cases)
            write(written, messages)
            write(
                CaseMessage(how="opened", linked_at=NOW),
                [{"id": case["id"], "case_id": case["id"], "message_id": case["id"]} for case in cases],
            )
            before = time.process_time()
            put_many([of_message(Message(**each)) for each in messages])
            put_many([of_case(Case(**each)) for each in cases])
            indexing += time.process_time() - before
    each = indexing / CASES * 500
    print(
        f"made in {time.perf_counter() - began:.0f} s; into the index {each:.2f} ms of the processor a text"
    )


def write(like: Model, rows: Sequence[dict[str, Any]]) -> None:
    """Rows like this one but for some columns, as ready SQL: the ORM would take most of the time."""
    fields = like._meta.concrete_fields
    common = [field.get_db_prep_save(getattr(like, field.attname), connection) for field in fields]
    changed = [(place, field) for place, field in enumerate(fields) if field.attname in rows[0]]
    made = []
    for row in rows:
        values = list(common)
        for place, field in changed:
            values[place] = field.get_db_prep_save(row[field.attname], connection)
        made.append(values)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {like._meta.db_table} ({names}) VALUES ({places})", made)


def a_case(number: int, person: Person) -> dict[str, Any]:
    alive = number % OPEN_SHARE == 0
    queue, tier = QUEUES[number // OPEN_SHARE % len(QUEUES)]
    opened_at = NOW - timedelta(minutes=(CASES - number) / 2)
    sender = draw.randrange(SENDERS)
    return {
        "id": number + 1,
        "state": "open" if alive else "resolved",
        "queue": queue,
        "tier": tier,
        "highest_tier": tier,
        "assignee_id": person.id if number % 2000 == 0 else None,
        "subject": text(6),
        "requester_email": f"person{sender}@dealer{sender % 5000}.example",
        "requester_name": f"Person {sender}",
        "opened_at": opened_at,
        "resolved_at": None if alive else opened_at + timedelta(hours=5),
    }


def a_message(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": case["id"],
        "identity": f"{case['id']}",
        "message_id": f"{case['id']}.{draw.randrange(1 << 32):x}@bench.example",
        "from_address": case["requester_email"],
        "from_name": case["requester_name"],
        "to": [["", "support@opsdesk.example"]],
        "subject": case["subject"],
        "text": f"{text(40)} RQ-{case['id']:07d}-ab {text(10)}",
        "received_at": case["opened_at"],
    }


def word(first: int, last: int) -> str:
    return VOCABULARY[draw.randrange(first, last)]


def of_script(least: str, most: str) -> str:
    return draw.choice([each for each in VOCABULARY[:3000] if least <= each[0] <= most])


QUERIES: dict[str, Callable[[], str]] = {
    "a frequent word": lambda: word(0, 20),
    "a word": lambda: word(20, 2000),
    "a rare word": lambda: word(2000, WORDS),
    "two frequent words": lambda: f"{word(0, 20)} {word(0, 20)}",
    "a frequent and a rare word": lambda: f"{word(0, 20)} {word(5000, WORDS)}",
    "three words": lambda: f"{word(20, 500)} {word(20, 500)} {word(20, 500)}",
    "a phrase": lambda: f'"{word(0, 50)} {word(0, 50)}"',
    "a word without another": lambda: f"{word(0, 200)} -{word(0, 20)}",
    "a beginning": lambda: f"{word(20, 2000)[:4]}*",
    "a Korean word": lambda: of_script("가", "힣")[:2],
    "a Cyrillic word": lambda: of_script("а", "ө"),
    "a code": lambda: f"RQ-{draw.randrange(CASES):07d}-ab",
    "a part of a code": lambda: f"{draw.randrange(CASES):07d}",
    "an address": lambda: f"person{(n := draw.randrange(SENDERS))}@dealer{n % 5000}.example",
    "from: a domain": lambda: f"from:dealer{draw.randrange(5000)}.example",
    "a frequent word, is:open": lambda: f"{word(0, 20)} is:open",
    "a word, queue and state": lambda: f"{word(20, 2000)} queue:core-support is:unassigned",
    "a frequent word, is:mine": lambda: f"{word(0, 20)} is:mine",
    "a word before a day": lambda: (
        f"{word(0, 200)} before:{NOW - timedelta(days=draw.randrange(300)):%Y-%m-%d}"
    ),
    "only filters": lambda: "queue:ops is:resolved",
    "what nobody wrote": lambda: "qqqq" + letters("xyz", 6, 6),
}


def some_queries() -> list[str]:
    return [make() for make in QUERIES.values() for _ in range(3)]


def asked(query: str, reader: Actor) -> Took:
    return timed(lambda: finding.find(query, reader=reader, now=NOW, zone=ZoneInfo("UTC")))


def page(client: Client, query: str) -> Took:
    return timed(lambda: client.get("/search", {"q": query}))


def seek() -> Took:
    return timed(lambda: Case.objects.get(id=draw.randrange(1, CASES)))


def timed(work: Callable[[], object]) -> Took:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Took((time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000)


def tell(name: str, took: Sequence[Took]) -> None:
    times, work = [each.wall for each in took], [each.processor for each in took]
    figures = [statistics.median(times), statistics.quantiles(times, n=20)[-1], max(times)]
    figures += [statistics.median(work), statistics.quantiles(work, n=20)[-1]]
    print(f"{name:28}{''.join(f'{figure:11.1f}' for figure in figures)}", flush=True)


if __name__ == "__main__":
    main()
