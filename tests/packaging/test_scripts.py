import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path for path in (ROOT / "bin").iterdir() if path.suffix != ".sh")


def bash(code: str, *, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", code],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / "bin" / "common.sh", ROOT / ".ci" / "run"], ids=str)
def test_a_script_can_be_read_by_bash(script: Path) -> None:
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_every_script_can_be_run() -> None:
    assert [path.name for path in [*SCRIPTS, ROOT / ".ci" / "run"] if not os.access(path, os.X_OK)] == []


def test_ci_runs_the_tests_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[1:] == ['cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec bin/test']


def test_every_script_that_the_pages_name_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name
        for page in pages
        for name in re.findall(r"(?<![\w./])bin/([a-z-]+)", page.read_text(encoding="utf-8"))
    }
    assert named <= {path.name for path in SCRIPTS}
    assert {"demo", "test"} <= named


def test_what_cannot_be_installed_is_named_and_nothing_else_happens(tmp_path: Path) -> None:
    """On a machine without apt the names of the missing packages are the help there is."""
    for tool in ("bash", "dirname", "basename"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    done = bash(
        "source bin/common.sh; install_packages python3-venv chromium; echo went on", PATH=str(tmp_path)
    )
    assert done.returncode == 1
    assert "python3-venv chromium" in done.stderr
    assert "went on" not in done.stdout


def test_no_service_starts_while_packages_are_installed(tmp_path: Path) -> None:
    """Debian asks a program of this name whether a service may start: 101 forbids it."""
    policy = tmp_path / "policy-rc.d"
    wanted = f'source bin/common.sh; POLICY={policy}; as_root() {{ "$@"; }}; without_services'
    asked = bash(f"{wanted} bash -c '{policy} dovecot start; echo $?; exit 7'")
    assert (asked.stdout, asked.returncode) == ("101\n", 7)
    assert not policy.exists()


def test_a_machine_with_its_own_rule_for_services_keeps_it(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("its own")
    done = bash(f"source bin/common.sh; POLICY={policy}; without_services cat {policy}")
    assert (done.stdout, policy.read_text()) == ("its own", "its own")


def test_tools_that_are_there_are_not_installed_again() -> None:
    done = bash("source bin/common.sh; install_packages() { echo $*; }; ensure_test_tools; echo $?")
    assert done.stdout == "0\n"


def test_where_what_writes_pdf_cannot_be_had_that_is_said_and_all_else_goes_on() -> None:
    nowhere = "missing_for_pdf() { echo no-such-letters; }; install_packages() { die 'no way to get them'; }"
    done = bash(f"source bin/common.sh; {nowhere}; ensure_pdf; echo went on")
    assert (done.stdout, done.returncode) == ("went on\n", 0)
    assert "no-such-letters" in done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real scripts and a lock of no packages."""
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text("# nothing\n")
    return tmp_path


@pytest.mark.parametrize(
    ("script", "command"),
    [("opsdesk", "import-mail"), ("serve", "serve import-mail"), ("demo", "demo import-mail")],
)
def test_what_is_named_on_the_command_line_is_meant_from_where_the_user_stands(
    project: Path, script: str, command: str
) -> None:
    ready = "source bin/common.sh; mkdir -p $VENV/bin; stamp_of runtime >$VENV/stamp-runtime"
    assert bash(ready, cwd=project).returncode == 0
    python = project / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$PWD" "$OPSDESK_HOME" "$@"\n')
    python.chmod(0o755)
    here = project / "old mail"
    here.mkdir()
    done = bash(f"../bin/{script} import-mail ./2019", cwd=here, OPSDESK_HOME="./kept")
    assert done.stdout == f"{here} ./kept -P -m opsdesk {command} ./2019\n"


def setup(project: Path) -> str:
    done = bash("bin/setup", cwd=project)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.slow
def test_setting_up_twice_does_the_work_once(project: Path) -> None:
    assert "filling" in setup(project)
    begun = time.monotonic()
    assert setup(project) == ""
    assert time.monotonic() - begun < 2


@pytest.mark.slow
def test_a_new_lock_or_an_interrupted_setup_fills_the_environment_again(project: Path) -> None:
    setup(project)
    (project / "requirements" / "runtime.txt").write_text("# another\n")
    assert "filling" in setup(project)
    (project / ".venv" / "stamp-runtime").unlink()
    shutil.rmtree(project / ".venv" / "bin")
    assert "filling" in setup(project)
    assert bash(".venv/bin/python -c 'import pip'", cwd=project).returncode == 0


@pytest.mark.slow
def test_a_project_that_was_moved_gets_an_environment_of_its_new_place(project: Path) -> None:
    setup(project)
    moved = project.rename(project.with_name(project.name + "-moved"))
    assert "filling" in setup(moved)
    prefix = bash(".venv/bin/python -c 'import sys; print(sys.prefix)'", cwd=moved).stdout.strip()
    assert prefix == str(moved / ".venv")


@pytest.mark.slow
def test_every_bench_runs_in_turn_or_those_that_are_named(project: Path) -> None:
    (project / "requirements" / "dev.txt").write_text("# nothing\n")
    (project / "bench").mkdir()
    for job in ("timers", "intake"):
        (project / "bench" / f"{job}.py").write_text(f'print("{job} ran")\n')
    assert bash("bin/bench all", cwd=project).stdout == "intake ran\ntimers ran\n"
    assert bash("bin/bench", cwd=project).stdout == "intake ran\ntimers ran\n"
    assert bash("bin/bench timers", cwd=project).stdout == "timers ran\n"
    unknown = bash("bin/bench all timers", cwd=project)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "bench/all.py" in unknown.stderr


def test_postgresql_is_there_for_one_command_and_gone_afterwards() -> None:
    done = bash("bin/with-postgres bash -c 'echo $OPSDESK_DATABASE_URL; exit 7'")
    assert done.returncode == 7
    place = re.search(r"host=([^&]+)", done.stdout)
    assert place
    assert not Path(place[1]).exists()


def test_postgresql_stops_even_when_its_script_is_killed() -> None:
    script = subprocess.Popen(
        ["bin/with-postgres", "bash", "-c", "echo $OPSDESK_DATABASE_URL; exec sleep 60"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert script.stdout
    place = Path(re.findall(r"host=([^&]+)", script.stdout.readline())[0])
    server = int((place / "data-5432" / "postmaster.pid").read_text().splitlines()[0])
    try:
        os.kill(script.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while Path(f"/proc/{server}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(f"/proc/{server}").exists()
    finally:
        os.killpg(script.pid, signal.SIGKILL)
        script.wait()
        shutil.rmtree(place, ignore_errors=True)
