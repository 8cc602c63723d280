"""What the workers of one run have in common: the first that asks makes it, the others copy it."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MEASURED_FROM_THE_START = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder of that name, which `make` makes at the path it is given; once for a run."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    made, draft = run / f"once-{name}", run / f"draft-{name}"
    with (run / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(draft)
            draft.rename(made)
    return made


def untraced() -> dict[str, str]:
    """The environment of a process that coverage is to know nothing of, nor any installation of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OPSDESK_") and name not in MEASURED_FROM_THE_START
    }


def migrate(home: Path) -> None:
    """Bring a home up to date as `opsdesk migrate` does, which its own tests look at."""
    environment = untraced() | {"OPSDESK_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "opsdesk", "migrate", "--quiet", "--no-backup"]
    subprocess.run(command, env=environment, check=True)


def new_home(factory: pytest.TempPathFactory, place: Path) -> Path:
    """What `opsdesk migrate` makes of an empty home, at that place."""
    shutil.copytree(once(factory, "home", migrate), place, dirs_exist_ok=True)
    return place
