from collections.abc import Iterator
from typing import Any

import pytest

from tests.links.far_end import FarEnd, far_end


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as running:
        yield running


@pytest.fixture
def _at_home(settings: Any) -> None:
    """Receivers on this machine are let through."""
    settings.OPSDESK_WEBHOOK_ALLOW_HTTP = True
    settings.OPSDESK_WEBHOOK_ALLOW_PRIVATE = True
