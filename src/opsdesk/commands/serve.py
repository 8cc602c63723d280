import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from opsdesk.commands import web
from opsdesk.commands.listen import listening, take_mail
from opsdesk.commands.offspring import listen_for_stops, start
from opsdesk.commands.ports import Address, answers, reserved
from opsdesk.commands.readiness import check_migrated, set_up_if_empty
from opsdesk.commands.worker import work_until_told

HELP = "run web, worker and, where configured, the listener together; start again whichever ends by itself"
LOOK_EVERY_S = 0.1
STOP_WITHIN_S = 25.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    web.arguments(parser)


def run(options: argparse.Namespace, *, now: datetime) -> int:
    set_up_if_empty(now=now)
    check_migrated()
    address = Address(options.host, options.port)
    return serve(address, processes=options.processes, threads=options.threads)


def serve(address: Address, *, processes: int = 1, threads: int = 4) -> int:
    """Run web, worker and listener until told to stop by a signal. They die with this process.

    No database connection may be open: the children would share it.
    """
    children = [
        Child("web", partial(web.answer, address, processes=processes, threads=threads)),
        Child("worker", work_until_told),
    ]
    with ExitStack() as held:
        held.enter_context(reserved(address, Path(settings.OPSDESK_HOME)))
        if settings.OPSDESK_LISTEN is not None:
            # The socket is the supervisor's: while a listener that ended starts again, connections wait.
            place = held.enter_context(listening())
            children.append(Child("listener", partial(take_mail, place)))
        told = listen_for_stops()
        try:
            _keep_running(children, address, told)
        finally:
            _stop(children, told)
    _say(gettext("Opsdesk has stopped."))
    return 0


@dataclass
class Child:
    """One process of ours: while it runs its id, otherwise when to start it again."""

    name: str
    run: Callable[[], int]
    pid: int = 0
    started: float = 0.0
    start_at: float = 0.0
    crashes: int = 0

    def look(self, now: float) -> None:
        """Start it if it is to run; notice if it has ended, and wait longer the more often it has."""
        if self.pid == 0 and now >= self.start_at:
            self.pid, self.started = start(self.run), now
        elif self.pid and (code := _exit_code(self.pid)) is not None:
            self.crashes = self.crashes + 1 if now - self.started < STEADY_AFTER_S else 1
            pause = min(LONGEST_PAUSE_S, 0.5 * 2.0 ** min(self.crashes, 10))
            self.pid, self.start_at = 0, now + pause
            _say(
                gettext("%(name)s ended with code %(code)s; it starts again in %(pause)s s.")
                % {"name": self.name, "code": code, "pause": round(pause)}
            )


def _keep_running(children: Sequence[Child], address: Address, told: Sequence[int]) -> None:
    ready = False
    while not told:
        for child in children:
            child.look(time.monotonic())
        if not ready and answers(address):
            ready = True
            _say(gettext("Opsdesk is ready at %(url)s (Ctrl+C stops it).") % {"url": address.url})
        time.sleep(LOOK_EVERY_S)


def _stop(children: Sequence[Child], told: Sequence[int]) -> None:
    """Ask each to stop; kill those that don't in time, or at once when told a second time."""
    asked, give_up = len(told), time.monotonic() + STOP_WITHIN_S
    running = {child.pid for child in children if child.pid}
    for pid in running:
        os.kill(pid, signal.SIGTERM)
    while running and time.monotonic() < give_up and len(told) <= max(asked, 1):
        running = {pid for pid in running if _exit_code(pid) is None}
        time.sleep(LOOK_EVERY_S / 2)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _exit_code(pid: int) -> int | None:
    """The exit code of a child that has ended (-9: killed by signal 9); None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
