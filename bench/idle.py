"""From a mailbox to a request: how long until a new mail is one, and how fast a backlog comes in.

A worker as it runs, on SQLite, beside a real Dovecot. The goal is 3 s from delivery to the request.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402
from limits import flushes  # noqa: E402

from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.kernel.actor import SYSTEM  # noqa: E402
from opsdesk.mail.child import sorting  # noqa: E402
from opsdesk.mail.models import Arrival  # noqa: E402
from opsdesk.mailboxes import actions  # noqa: E402
from opsdesk.mailboxes.actions import Draft  # noqa: E402
from opsdesk.mailboxes.models import Mailbox as Row  # noqa: E402
from opsdesk.worker.loop import name_of_worker, work  # noqa: E402
from opsdesk.worker.readers import Readers  # noqa: E402
from opsdesk.worker.wiring import SOURCES, WIRING  # noqa: E402
from tests.dovecot import Mailbox, running_server  # noqa: E402

SINGLE, BACKLOG, TEXT = 40, 5000, "The assistant repeats itself. " * 60
LOOK_EVERY_S = 0.02


def now() -> datetime:
    return datetime.now(UTC)


def letter(number: int) -> bytes:
    head = f"From: Sam <s{number}@dealer.example>\nTo: support@desk.example\nSubject: Request {number}\n"
    return f"{head}Message-ID: <{number}@dealer.example>\n\n{TEXT}\n".encode()


def until(holds: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    while not holds():
        time.sleep(LOOK_EVERY_S)
    return time.perf_counter() - begun


def in_moments(box: Mailbox) -> list[float]:
    """Seconds from the delivery of each of some mails to its request, at odd moments."""
    draw, found = random.Random(1), []
    for number in range(SINGLE):
        time.sleep(draw.uniform(0.2, 1.5))
        box.deliver(letter(number))
        found.append(until(lambda number=number: settled() > number))  # type: ignore[misc]
    return sorted(found)


def settled() -> int:
    return Arrival.objects.exclude(outcome="").count()


def backlog(box: Mailbox) -> tuple[float, float]:
    """Seconds until a backlog is stored, and until all of it is requests."""
    row, begun = Row.objects.get(), time.perf_counter()
    for number in range(BACKLOG):
        box.deliver(letter(SINGLE + number))
    print(f"(delivered {BACKLOG} in {time.perf_counter() - begun:.1f} s, while nobody read)")
    actions.switch_on(mailbox_id=row.id, actor=SYSTEM, now=now())
    begun = time.perf_counter()
    until(lambda: Arrival.objects.count() == SINGLE + BACKLOG)
    stored = time.perf_counter() - begun
    until(lambda: settled() == SINGLE + BACKLOG)
    return stored, time.perf_counter() - begun


def measure(box: Mailbox) -> None:
    row = actions.add(
        Draft(
            key="bench",
            desk="support",
            username=box.user,
            start_at=None,
            host=box.host,
            port=box.port,
            security="none",
            secret=box.password,
        ),
        actor=SYSTEM,
        now=now(),
    )
    until(lambda: Row.objects.exclude(reconciled_at=None).exists())
    moments = in_moments(box)
    actions.switch_off(mailbox_id=row.id, actor=SYSTEM, now=now())
    time.sleep(2)
    stored, done = backlog(box)
    p95 = moments[int(len(moments) * 0.95) - 1]
    print(f"{SINGLE} mails at odd moments, from delivery to request: goal 3 s")
    print(f"  median {moments[len(moments) // 2]:.2f} s, p95 {p95:.2f} s, longest {moments[-1]:.2f} s")
    print(f"a backlog of {BACKLOG} mails of {len(letter(0)) / 1000:.1f} KB")
    print(
        f"  stored {BACKLOG / stored:,.0f} a second, and sorted into requests {BACKLOG / done:,.0f} a second"
    )
    print(f"limit: flushes of the disk {flushes(HOME):,.0f} a second")


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=now())
    stop, crews = Event(), {"mailboxes": Readers(worker=name_of_worker(), clock=now)}
    wiring = {"clock": now, "stop": stop, "wiring": WIRING, "sources": SOURCES, "crews": crews}
    worker = Thread(target=work, kwargs=wiring)
    with running_server() as server:
        worker.start()
        try:
            measure(Mailbox(server, "bench@example.test"))
        finally:
            stop.set()
            worker.join()


if __name__ == "__main__":
    try:
        main()
    finally:
        sorting().close()
        shutil.rmtree(HOME, ignore_errors=True)
