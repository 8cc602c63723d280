"""Processes that never outlive the one that started them, and that stop when told."""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Thread

TOLD_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
LOOK_EVERY_S = 1.0

logger = logging.getLogger("opsdesk.commands")


def die_with(parent: int) -> None:
    """Be killed as soon as `parent`, the process that started us, is gone, however it went.

    On Linux by the kernel, elsewhere by looking every second. Killing is safe: what was half done is undone.
    """
    if sys.platform == "linux":
        if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError("the kernel doesn't tie this process to the one that started it")
    else:
        Thread(target=_look_for, args=(parent,), daemon=True).start()
    _end_without(parent)


def _look_for(parent: int) -> None:
    while True:
        _end_without(parent)
        time.sleep(LOOK_EVERY_S)


def _end_without(parent: int) -> None:
    """The parent may have gone before anybody watched over it."""
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def listen_for_stops() -> list[int]:
    """The signals that tell this process to stop, in the order they come in from now on."""
    received: list[int] = []
    for number in TOLD_TO_STOP:
        signal.signal(number, lambda got, _: received.append(got))
    return received


def start(run: Callable[[], int]) -> int:
    """Start a process that runs `run`, exits with its answer and dies with this one; its id."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, TOLD_TO_STOP)
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD_TO_STOP)
        return child
    os._exit(_code_of(run, parent))


def _code_of(run: Callable[[], int], parent: int) -> int:
    """Run it in the new process; a code whatever happens."""
    code = 1
    try:
        for number in TOLD_TO_STOP:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD_TO_STOP)
        die_with(parent)
        code = run()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        logger.exception("process %s ends", os.getpid())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code
