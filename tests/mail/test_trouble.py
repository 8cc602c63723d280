"""When the database is in trouble while mail is sorted."""

import pytest
from django.db import DataError, InterfaceError, OperationalError

from opsdesk.cases.refusals import CaseVoid
from opsdesk.mail import intake, placing
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, Outcome
from tests import cast
from tests.mail.letters import NOW, letter, source

pytestmark = pytest.mark.django_db
MAILS = 3


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()
    items = [Incoming(letter(number), f"{number}") for number in range(MAILS)]
    intake.store_many(source=source(), items=items, now=NOW)


class Engine(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def fail(patch: pytest.MonkeyPatch, failure: Exception, *, times: int = 1000, sqlstate: str = "") -> None:
    """Placing fails so many times, as the engine would make it."""
    real, left = placing.place_all, [times]

    def place_all(*found: object, **more: object) -> object:
        left[0] -= 1
        if left[0] >= 0:
            raise failure from (Engine(sqlstate) if sqlstate else None)
        return real(*found, **more)  # type: ignore[arg-type]

    patch.setattr(placing, "place_all", place_all)


@pytest.mark.parametrize("failure", [OperationalError("database is locked"), InterfaceError("gone")])
def test_a_passing_trouble_counts_against_no_mail_and_lets_the_lane_sleep(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    fail(monkeypatch, failure)
    assert [intake.sort_pending(limit=50, now=NOW) for _ in range(2 * intake.TRIES)] == [0] * 10
    assert set(Arrival.objects.values_list("outcome", "tries")) == {("", 0)}
    monkeypatch.undo()
    assert intake.sort_pending(limit=50, now=NOW) == MAILS


def test_a_deadlock_is_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, OperationalError("deadlock detected"), times=1, sqlstate="40P01")
    assert intake.sort_pending(limit=50, now=NOW) == MAILS


def test_a_case_that_somebody_voids_in_the_same_moment_costs_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, CaseVoid(case=1), times=2)
    assert intake.sort_pending(limit=50, now=NOW) == MAILS
    assert set(Arrival.objects.values_list("tries", flat=True)) == {0}


@pytest.mark.parametrize(
    ("failure", "sqlstate"),
    [(OperationalError("index row too big"), "54000"), (DataError("too long"), "22001")],
)
def test_what_the_mail_itself_brings_about_counts_and_ends_in_quarantine(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, sqlstate: str
) -> None:
    fail(monkeypatch, failure, sqlstate=sqlstate)
    settled = [intake.sort_pending(limit=50, now=NOW) for _ in range(intake.TRIES)]
    assert settled == [*[0] * (intake.TRIES - 1), MAILS]
    assert set(Arrival.objects.values_list("outcome", "reason")) == {(Outcome.QUARANTINED, "failed")}


@pytest.mark.parametrize("failure", [DataError, OperationalError])
def test_the_log_names_the_code_of_a_failure_and_quotes_no_row(
    failure: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fail(monkeypatch, failure("DETAIL: Failing row contains (17, sam@dealer.example)."), sqlstate="22P02")
    intake.sort_pending(limit=10, now=NOW)
    assert f"{failure.__name__} 22P02 at _settle:" in caplog.text
    assert "sam@dealer.example" not in caplog.text
