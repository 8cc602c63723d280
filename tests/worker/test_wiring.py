import importlib
import pkgutil
from collections.abc import Callable
from datetime import datetime

import pytest

import opsdesk
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import TaskValue
from opsdesk.web.health import views as health
from opsdesk.worker.kinds import Wired, handlers, held
from opsdesk.worker.wiring import WIRING


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
