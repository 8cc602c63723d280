"""One small example year, lived once for all the tests that look at it, and undone after them."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from opsdesk.commands.installation import prepare
from opsdesk.demo import filling
from opsdesk.demo.months import Counts, Scale
from opsdesk.kernel.memory import forget

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
SMALL = Scale(months=4, requests=30, accounts=40, deals=0.5)
TINY = Scale(months=1, requests=8, accounts=20, worked=Counts(12, 4, 1, 1), deals=0.3)


def lived(scale: Scale, *, seed: int = 7) -> filling.Plan:
    prepare(now=filling.opens_at(NOW, scale))
    return filling.fill(seed=seed, now=NOW, scale=scale, progress=lambda share: None)


def _no_way_out(*_: Any) -> None:
    raise AssertionError("the example must not talk to anybody")


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any) -> Iterator[filling.Plan]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(socket.socket, "connect", _no_way_out)
        yield lived(SMALL)
        transaction.set_rollback(True)
    forget()
