"""Real processes of Opsdesk, and looking at what became of them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

REPOSITORY = Path(__file__).resolve().parents[2]


def until(holds: Callable[[], bool], *, within: float = 30.0) -> None:
    """Wait for something that another thread or process brings about."""
    give_up = monotonic() + within
    while not holds():
        assert monotonic() < give_up, "it did not happen in time"
        sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(home: Path) -> dict[str, str]:
    """An installation of its own, on SQLite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPSDESK_")}
    return kept | {"OPSDESK_HOME": str(home), "PYTHONPATH": str(REPOSITORY / "src")}


def opsdesk(home: Path, *arguments: str, measured: bool = True) -> subprocess.Popen[str]:
    """The command as a process; not `measured` where it is to be killed, and what coverage saw with it."""
    command = [sys.executable, "-m", "opsdesk", *arguments]
    env = environment(home)
    if not measured:
        env.pop("COVERAGE_PROCESS_CONFIG", None)
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)


@contextmanager
def running(home: Path, *arguments: str, measured: bool = True) -> Iterator[subprocess.Popen[str]]:
    """The process, killed at the end if the test has not stopped it."""
    process = opsdesk(home, *arguments, measured=measured)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def wait_for_line(process: subprocess.Popen[str], part: str) -> str:
    """Read what the process says until a line has `part` in it."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if part in line:
            return line
    raise AssertionError("".join(said))


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [int(word) for word in text.split()]


def descendants(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *descendants(child))]


def is_running(pid: int) -> bool:
    """Whether the process is there and more than a zombie that nobody has asked for yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)
