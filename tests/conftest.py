"""What every test stands on: a home of its own, a database of its own, the append-only triggers in place."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import coverage
import django
import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-tests-"))
TESTS = Path(__file__).parent
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["OPSDESK_HOME"] = str(HOME)

os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
# Coverage of templates needs their line numbers.
settings.TEMPLATES[0]["OPTIONS"]["debug"] = True
django.setup()

from django.db import connection  # noqa: E402 - Django has to know its settings first
from django.test import TransactionTestCase  # noqa: E402
from whitenoise.middleware import WhiteNoiseMiddleware  # noqa: E402

from opsdesk.journal import triggers  # noqa: E402
from tests.blank import begin  # noqa: E402
from tests.measuring import leave_out_the_framework  # noqa: E402
from tests.once import MEASURED_FROM_THE_START  # noqa: E402
from tests.roster import BOTH_ALL_THE_SAME, LONGEST, NOT_TRACED, ONE_ENGINE_IS_ENOUGH  # noqa: E402

RECORDS = settings.DATABASES["default"]
if connection.vendor == "sqlite":
    # Threads share a file, not a database in memory.
    RECORDS.setdefault("TEST", {})["NAME"] = str(HOME / "test.sqlite3")
else:
    # `bin/with-postgres -n` makes a cluster for each worker, at the ports that follow.
    port = int(RECORDS["PORT"] or 5432) + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    if Path(RECORDS["HOST"], f".s.PGSQL.{port}").exists():
        RECORDS["PORT"] = str(port)

if coverage.Coverage.current():
    leave_out_the_framework()


def find_static_files_once(find: Callable[[WhiteNoiseMiddleware], None]) -> Callable[..., None]:
    """Each test client begins with the middleware anew, which read through all static files each time."""
    found: dict[str, Any] = {}

    def find_or_remember(self: WhiteNoiseMiddleware) -> None:
        if not found:
            find(self)
            found.update(self.files)
        self.files.update(found)

    return find_or_remember


WhiteNoiseMiddleware.add_files_from_finders = find_static_files_once(
    WhiteNoiseMiddleware.add_files_from_finders
)

hypothesis_settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
hypothesis_settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same every time"))

TRANSACTIONAL = {"transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first. Leave out what says nothing about this engine: the other one's tests, and on
    PostgreSQL, as everything runs on SQLite, those to which the engine is all one."""
    items.sort(key=turn)
    if connection.vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(
                    pytest.mark.skip(reason="is about PostgreSQL; bin/with-postgres runs it there")
                )
        return
    kept = [item for item in items if is_of_both(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def turn(item: pytest.Item) -> int:
    """When the item's file begins, beside the others."""
    place = place_of(item.path)
    return LONGEST.index(place) if place in LONGEST else len(LONGEST)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Don't even import, for PostgreSQL, a file of which nothing would be kept."""
    if connection.vendor != "postgresql" or collection_path.suffix != ".py":
        return None
    left_out = is_of_one(place_of(collection_path)) and "mark.postgres" not in collection_path.read_text()
    return left_out or None


def is_of_both(item: pytest.Item) -> bool:
    """Whether the test says something on PostgreSQL that it has not said on SQLite."""
    marked = item.get_closest_marker("postgres") is not None
    return asks_the_database(item) and (marked or not is_of_one(place_of(item.path)))


def is_of_one(place: str) -> bool:
    """Whether the file is about what every engine does alike."""
    one = any(fnmatch(place, pattern) for pattern in ONE_ENGINE_IS_ENOUGH)
    return one and place not in BOTH_ALL_THE_SAME


def place_of(path: Path) -> str:
    """Where a file lies among the tests."""
    return path.relative_to(TESTS).as_posix()


def asks_the_database(item: pytest.Item) -> bool:
    """Whether the test is marked for the database or has a fixture that is."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & (TRANSACTIONAL | {"db"}))


# All workers import the same modules: what runs meanwhile, one of them measures.
_waiting = coverage.Coverage.current() if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" else None
if _waiting:
    _waiting.stop()


def pytest_collection_finish() -> None:
    """From here on every worker measures."""
    if _waiting:
        _waiting.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure nothing of a test that is not to be traced, nor of what it starts."""
    measuring = coverage.Coverage.current()
    if measuring is None or not is_untraced(item):
        return (yield)
    started = {name: os.environ.pop(name) for name in MEASURED_FROM_THE_START if name in os.environ}
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()
        os.environ |= started


def is_untraced(item: pytest.Item) -> bool:
    """Whether coverage leaves the test out."""
    listed = any(fnmatch(place_of(item.path), pattern) for pattern in NOT_TRACED)
    return listed or item.get_closest_marker("no_cover") is not None


def pytest_sessionfinish() -> None:
    """Keep what was measured: a worker of pytest's doesn't always come to its own end."""
    if measuring := coverage.Coverage.current():
        measuring.stop()
        measuring.save()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The tests' database, with the append-only triggers armed: a test that commits may pass them at its end,
    nothing else."""
    with django_db_blocker.unblock():
        blank = begin(tmp_path_factory)
        assert triggers.missing(connection) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: blank.put_back())
        yield
    with django_db_blocker.unblock():
        blank.end()
