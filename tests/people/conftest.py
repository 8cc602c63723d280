import pytest

from tests.people.builders import a_desk


@pytest.fixture
def desks(db: None) -> None:
    """Two published desks: roles are given on desks that are there."""
    a_desk("support")
    a_desk("deals")
