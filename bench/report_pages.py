"""The pages of numbers as a lead gets them: whole answers over HTTP from a served desk, beside plain SQL.

Used by `reports.py`, whose rows and facts it serves with `opsdesk web`. Each page is asked once cold, in the
first seconds of its process, and then some times; the middle counts. With the facts out of the way the same
pages answer from the records alone: that is the same question as plain SQL, asked once each.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
from django.conf import settings
from django.test import Client

from bench import stays
from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.people import actions as people
from opsdesk.people.models import Person
from opsdesk.web.flow.pages import PAGES

ASKED = 5
WAIT_S = 900
LAST = stays.NOW.date()
ALL = [("from", stays.SINCE.date().isoformat()), ("to", LAST.isoformat())]
FUNNEL = "/desks/support/funnel"
ADDRESSES = (FUNNEL, *(f"/desks/support/flow/{key}" for key in PAGES), "/findings")
# Of SQL alone these are asked: all of them would take an hour at ten million.
BESIDE = (FUNNEL, "/desks/support/flow/causes", "/desks/support/flow/backlog")


def compared(home: Path, *, plain: bool) -> None:
    """Print what each page takes; `plain`: some of them from the records alone as well."""
    cookie = signed_in()
    with served(home, cookie) as client:
        print(f"\nwhole pages over HTTP, ms {'cold':>24} {'all':>9} {'filtered':>9} {'quarter':>9}")
        slowest = 0.0
        for address in ADDRESSES:
            cold = asked(client, address, ALL)
            took = [middle(client, address, query) for query in queries(address)]
            slowest = max(slowest, *took)
            print(f"{address:38} {cold:9.0f} " + " ".join(f"{each:9.1f}" for each in took), flush=True)
        for key, start in lists():
            address, query = f"/desks/support/numbers/{key}", [*ALL, ("start", str(start))]
            cold, took = asked(client, address, query), middle(client, address, query)
            slowest = max(slowest, took)
            print(f"{f'{address} from {start:,}':50} {cold:9.0f} {took:9.1f}", flush=True)
        print(f"the slowest of them {slowest:.0f} ms")
    if not plain:
        return
    facts = home / "facts"
    facts.rename(home / "facts.aside")
    try:
        with served(home, cookie) as client:
            for address in BESIDE:
                took = [asked(client, address, query) for query in queries(address)]
                line = " ".join(f"{each:9.0f}" for each in took)
                print(f"{address + ', the records alone':57} {line}", flush=True)
    finally:
        (home / "facts.aside").rename(facts)


def queries(address: str) -> tuple[list[tuple[str, str]], ...]:
    """The whole time; of three accounts, the funnel of one, and one type; the last quarter of a year."""
    accounts = (7,) if address == FUNNEL else (7, 8, 9)
    chosen = [*(("account", f"dealer-{n}") for n in accounts), ("type", "integration.dms")]
    quarter = [("from", f"{LAST.year}-10-01"), ("to", LAST.isoformat())]
    return ALL, [*ALL, *chosen], quarter


def lists() -> list[tuple[str, int]]:
    """Lists behind numbers, from the first page and from the middle; of mail where there is some."""
    keys = ["requests_in", *(["messages_in", "threads_in"] if stays.MAILS else [])]
    return [(key, start) for key in keys for start in (0, 350_000)]


def signed_in() -> dict[str, str]:
    """The cookie of a lead's session."""
    found = people.invite(email="lead@bench.example", name="Lena", actor=SYSTEM, now=stays.NOW)
    people.grant(
        person_id=found.id, desk="support", role=Role.LEAD, from_on=LAST, actor=SYSTEM, now=stays.NOW
    )
    client = Client()
    client.force_login(Person.objects.get(id=found.id))
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@contextmanager
def served(home: Path, cookie: dict[str, str]) -> Iterator[httpx.Client]:
    """A desk that answers, and who is signed in there."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {**os.environ, "OPSDESK_HOME": str(home)}
    command = [sys.executable, "-m", "opsdesk", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", cookies=cookie, timeout=WAIT_S, trust_env=False
        ) as client:
            answering(client)
            yield client
    finally:
        process.terminate()
        process.wait()


def answering(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            client.get("/profile")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the desk did not start")


def asked(client: httpx.Client, address: str, query: list[tuple[str, str]]) -> float:
    """Milliseconds until the whole page is here."""
    begun = time.perf_counter()
    answer = client.get(f"{address}?{urlencode(query)}")
    took = (time.perf_counter() - begun) * 1000
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return took


def middle(client: httpx.Client, address: str, query: list[tuple[str, str]]) -> float:
    return statistics.median(asked(client, address, query) for _ in range(ASKED))
