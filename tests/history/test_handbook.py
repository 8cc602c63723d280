"""The map of the handbook can be read."""

import re

import pytest

from opsdesk.cases.queries import desk
from opsdesk.history.maps import read_map
from tests import cast
from tests.architecture.source import ROOT


@pytest.mark.django_db
def test_the_map_of_the_handbook_can_be_read() -> None:
    cast.desk()
    page = (ROOT / "docs" / "handbook" / "history.md").read_text(encoding="utf-8")
    text = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    assert read_map(text, source="handbook", desk=desk("support")).tool == "oldtickets"
