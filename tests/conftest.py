"""What every test stands on: a home of its own, a database of its own, the append-only triggers in place."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["OPSDESK_HOME"] = str(HOME)

os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
# Coverage of templates needs their line numbers.
settings.TEMPLATES[0]["OPTIONS"]["debug"] = True
django.setup()

from django.db import connection  # noqa: E402 - Django has to know its settings first

from opsdesk.journal import triggers  # noqa: E402

RECORDS = settings.DATABASES["default"]
if connection.vendor == "sqlite":
    # Threads share a file, not a database in memory.
    RECORDS.setdefault("TEST", {})["NAME"] = str(HOME / "test.sqlite3")
else:
    # `bin/with-postgres -n` makes a cluster for each worker, at the ports that follow.
    port = int(RECORDS["PORT"] or 5432) + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    if Path(RECORDS["HOST"], f".s.PGSQL.{port}").exists():
        RECORDS["PORT"] = str(port)

hypothesis_settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
hypothesis_settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same every time"))

# Of the pages' tests those that run on PostgreSQL too: lists with filters and paging, reports, counts of
# statements, rights, and two people at once.
PAGES_THAT_LIST = {
    "test_case.py",
    "test_deals_lists.py",
    "test_disputes.py",
    "test_funnel_page.py",
    "test_intake_pages.py",
    "test_intake_paging.py",
    "test_partings.py",
    "test_query_counts.py",
    "test_queues.py",
    "test_replying.py",
    "test_rights.py",
    "test_search_page.py",
}
TRANSACTIONAL = {"transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what says nothing about this engine: the other one's tests, and on PostgreSQL, where
    everything has run on SQLite before, those that ask no database."""
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(
                    pytest.mark.skip(reason="is about PostgreSQL; bin/with-postgres runs it there")
                )
        return
    kept = [item for item in items if asks_the_database(item) and not is_only_about_pages(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def is_only_about_pages(item: pytest.Item) -> bool:
    """Whether it is about how pages look and lead on: what they ask is asked by the rooms' tests too."""
    return item.path.parent.name == "web" and item.path.name not in PAGES_THAT_LIST


def asks_the_database(item: pytest.Item) -> bool:
    """Whether the test is marked for the database or has a fixture that is."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & (TRANSACTIONAL | {"db"}))


@pytest.fixture(autouse=True)
def append_only(request: pytest.FixtureRequest) -> Iterator[None]:
    """Arm the append-only triggers; a transactional test's flush may pass them, nothing else."""
    marker = request.node.get_closest_marker("django_db")
    transactional = bool(TRANSACTIONAL & set(request.fixturenames)) or bool(
        marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    )
    if not (marker or transactional or "db" in request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db" if transactional else "db")
    triggers.install(connection)
    yield
    if transactional:
        triggers.lift(connection)
