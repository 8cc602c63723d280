"""Who looks after the installation sees what there is of the facts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from opsdesk.commands import doctor
from opsdesk.insight.facts.keeping import Keeper
from opsdesk.insight.facts.state import State, state
from opsdesk.journal.actions import begin_generation
from tests import cast
from tests.insight.facts.building import build

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.OPSDESK_HOME = tmp_path
    cast.desk()
    return tmp_path


def facts_of_doctor() -> str:
    return doctor._facts().detail


def test_before_anything_is_built_the_state_says_so(home: Path) -> None:
    assert state() == State()
    assert "not built" in facts_of_doctor()


def test_the_state_counts_what_is_in_the_base_and_what_came_since(home: Path) -> None:
    cast.request_at(cast.MONDAY)
    build(home)
    cast.request_at(cast.MONDAY)
    found = state()
    assert (found.cases, found.stays, found.deals, found.is_built) == (1, 1, 0, True)
    assert found.behind > 0 < found.bytes
    assert "1 cases, 1 stays, 0 deals" in facts_of_doctor()


def test_a_build_under_way_is_shown(home: Path) -> None:
    cast.request_at(cast.MONDAY)
    keeper = Keeper(home)
    keeper.step()
    assert state().progress is not None
    assert "0 % of the next" in facts_of_doctor()
    del keeper
    assert state().progress is None


def test_a_base_of_another_generation_is_none(home: Path) -> None:
    build(home)
    begin_generation(reason="restored", now=NOW)
    assert not state().is_built


def test_a_base_without_its_manifest_is_none(home: Path) -> None:
    build(home)
    (home / "facts" / "00000001" / "manifest.json").unlink()
    assert not state().is_built
