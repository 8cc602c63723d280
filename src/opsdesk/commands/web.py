import argparse
import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.servers.basehttp import get_internal_wsgi_application
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from opsdesk.commands.offspring import die_with
from opsdesk.commands.ports import Address, reserved
from opsdesk.commands.readiness import check_migrated

HELP = "answer browsers and nothing else"
STOP_WITHIN_S = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
    parser.add_argument("--processes", type=int, default=1, help="how many processes answer (1)")
    parser.add_argument("--threads", type=int, default=4, help="how many requests each answers at once (4)")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    check_migrated()
    address = Address(options.host, options.port)
    with reserved(address, Path(settings.OPSDESK_HOME)):
        return answer(address, processes=options.processes, threads=options.threads)


def answer(address: Address, *, processes: int, threads: int) -> int:
    """Answer requests until told to stop by a signal."""
    server = Server(
        settings.WSGI_APPLICATION,
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)
    return 0


def _application(parent: int) -> Callable[..., Any]:
    """Called in each process that answers: the application, with its pages read in already."""
    die_with(parent)
    application: Callable[..., Any] = get_internal_wsgi_application()
    return application
