import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import opsdesk
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import TaskValue
from opsdesk.web.health import views as health
from opsdesk.worker.kinds import Wired, handlers, held
from opsdesk.worker.wiring import WIRING
from tests.worker.processes import environment


def declared() -> list[tuple[str, LaneName]]:
    """Every kind that some room's `timers.py` declares, with its lane."""
    rooms = [module.name for module in pkgutil.iter_modules(opsdesk.__path__) if module.ispkg]
    return [
        (kind, lane)
        for room in rooms
        if any(
            module.name == "timers"
            for module in pkgutil.iter_modules(importlib.import_module(f"opsdesk.{room}").__path__)
        )
        for kind, lane in importlib.import_module(f"opsdesk.{room}.timers").TASK_KINDS.items()
    ]


def test_every_kind_that_a_room_declares_is_wired_once_and_no_other() -> None:
    kinds = [kind for kind, _ in declared()]
    assert len(kinds) == len(set(kinds)) > 0
    assert set(kinds) == set(WIRING)


def test_every_kind_is_wired_in_the_lane_that_its_room_names() -> None:
    assert {kind: wired.lane for kind, wired in WIRING.items()} == dict(declared())


def test_a_held_kind_has_its_reason_and_is_done_by_nobody() -> None:
    done = [kind for lane in LaneName for kind in handlers(lane, WIRING)]
    assert sorted([*done, *held(WIRING)]) == sorted(WIRING)
    assert held(WIRING)["mail.deliver"]


def test_the_health_page_knows_the_held_kinds() -> None:
    assert set(health.HELD) == set(held(WIRING))


def nothing(task: TaskValue, now: datetime) -> None:
    return


@pytest.mark.parametrize(("handler", "reason"), [(None, ""), (nothing, "both")])
def test_a_kind_is_done_or_held(handler: Callable[[TaskValue, datetime], None] | None, reason: str) -> None:
    with pytest.raises(ValueError, match="a handler, or a reason"):
        Wired(LaneName.IO, handler, reason)


@pytest.mark.parametrize(("server", "is_held"), [("", True), ("smtp://mail.example", False)])
def test_deliveries_are_held_until_a_server_is_named(server: str, is_held: bool, tmp_path: Path) -> None:
    program = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'opsdesk.config.settings'; django.setup();"
        " from opsdesk.worker.wiring import WIRING; from opsdesk.worker.kinds import held, handlers;"
        " from opsdesk.web.health.views import HELD; from opsdesk.clock.models import LaneName;"
        " print('mail.deliver' in held(WIRING), 'mail.deliver' in HELD,"
        " 'mail.deliver' not in handlers(LaneName.IO, WIRING))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path) | {"OPSDESK_SMTP_URL": server},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [str(is_held)] * 3
