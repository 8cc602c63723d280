import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

from opsdesk.commands.offspring import listen_for_stops
from opsdesk.commands.readiness import check_migrated
from opsdesk.worker.loop import Crew, name_of_worker, work
from opsdesk.worker.messengers import Messengers
from opsdesk.worker.readers import Readers
from opsdesk.worker.wiring import SOURCES, WIRING

HELP = "do what falls due: timers, deliveries, sorting what has come in"
LOOK_EVERY_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(options: argparse.Namespace, *, now: datetime) -> int:
    check_migrated()
    return work_until_told()


def work_until_told() -> int:
    """Work until a signal says stop; 1 if the worker ended by itself."""
    told = listen_for_stops()
    stop = Event()
    crews: dict[str, Crew] = {
        "mailboxes": Readers(worker=name_of_worker(), clock=_now),
        "endpoints": Messengers(worker=name_of_worker(), clock=_now, wiring=WIRING),
    }
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as pool:
        working = pool.submit(work, clock=_now, stop=stop, wiring=WIRING, sources=SOURCES, crews=crews)
        while not told and not working.done():
            time.sleep(LOOK_EVERY_S)
        stop.set()
    return 0 if working.result() else 1


def _now() -> datetime:
    return datetime.now(UTC)
