"""Mail handed over by HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DataError, OperationalError
from django.http import HttpResponse
from django.test import Client

from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import intake, sources
from opsdesk.mail.models import Arrival
from opsdesk.vault import queries as vault
from opsdesk.web.hooks import views
from tests import cast
from tests.mail.letters import letter

pytestmark = pytest.mark.django_db
Post = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()
    cache.clear()


@pytest.fixture
def token() -> str:
    return sources.add_webhook("relay", desk="support", actor=SYSTEM, now=datetime.now(UTC))


@pytest.fixture
def post(token: str) -> Post:
    client = Client(enforce_csrf_checks=True)

    def run(raw: bytes, *, key: str = "relay", bearer: str = token, **more: Any) -> HttpResponse:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        kind = more.pop("kind", "message/rfc822")
        return client.post(f"/hooks/mail/{key}", raw, content_type=kind, headers=headers, **more)  # type: ignore[return-value, arg-type]

    return run


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_the_raw_bytes_are_an_arrival_and_the_same_again_is_none(post: Post, kind: str) -> None:
    raw = letter() + b"\x00\xff a=b&c=%41\r\n"
    first, second = post(raw, kind=kind), post(raw, kind=kind)
    (arrival,) = Arrival.objects.select_related("source")
    assert (first.status_code, first.json()) == (201, {"arrival": arrival.id, "new": True})
    assert (second.status_code, second.json()) == (200, {"arrival": arrival.id, "new": False})
    assert vault.read(arrival.blob_id) == raw
    assert (arrival.source.kind, arrival.received_at) == ("webhook", arrival.recorded_at)
    assert intake.sort(arrival.id, now=datetime.now(UTC)) == "requests"


@pytest.mark.parametrize("bearer", ["", "wrong", "ключ"])
def test_without_the_token_nothing_is_taken(post: Post, bearer: str) -> None:
    answer = post(letter(), bearer=bearer)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert Arrival.objects.count() == 0


def test_the_token_of_one_source_opens_no_other(post: Post) -> None:
    sources.add_webhook("other", desk="support", actor=SYSTEM, now=datetime.now(UTC))
    assert post(letter(), key="other").status_code == 401
    assert post(letter(), key="nowhere").status_code == 401


def test_a_closed_source_takes_nothing(post: Post) -> None:
    sources.close("relay", actor=SYSTEM, now=datetime.now(UTC))
    assert post(letter()).status_code == 410


def test_what_is_too_large_empty_or_of_no_length_is_refused(post: Post, settings: Any) -> None:
    settings.OPSDESK_MAX_MAIL_BYTES = 70_000
    assert post(b"").status_code == 411
    assert post(b"", CONTENT_LENGTH="0").status_code == 400
    assert post(b"x" * 50, **{"wsgi.input": BytesIO(b"short")}).status_code == 400
    assert post(letter(text="x" * 70_000)).status_code == 413
    assert post(letter(), CONTENT_LENGTH="").status_code == 411
    assert post(letter(), CONTENT_LENGTH="many").status_code == 411
    assert Arrival.objects.count() == 0
    assert post(letter(text="x" * 60_000)).status_code == 201


def test_a_mail_larger_than_any_form_is_taken(post: Post) -> None:
    assert post(letter(text="x" * 31 * 1024 * 1024)).status_code == 201


def test_who_sends_too_often_or_guesses_tokens_is_asked_to_wait(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAILS_A_MINUTE", 2)
    monkeypatch.setattr(views, "FAILURES_A_MINUTE", 2)
    codes = [post(letter(number)).status_code for number in range(2)]
    assert codes == [201, 201]
    over = post(letter(3))
    assert (over.status_code, over["Retry-After"]) == (429, "60")
    cache.clear()
    assert [post(letter(), bearer="wrong").status_code for _ in range(3)] == [401, 401, 429]


def test_who_has_the_token_is_heard_however_many_wrong_ones_come_from_the_same_address(post: Post) -> None:
    codes = [post(letter(), bearer="wrong").status_code for _ in range(views.FAILURES_A_MINUTE + 5)]
    assert codes[-1] == 429
    assert post(letter()).status_code == 201


def test_what_can_not_be_stored_is_asked_for_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**more: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(intake, "store", locked)
        answer = post(letter())
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert post(letter()).status_code == 201


def test_only_a_post_is_a_mail(token: str) -> None:
    answer = Client().get("/hooks/mail/relay", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 405


def test_what_the_database_quotes_of_a_mail_is_in_no_log(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(**more: object) -> None:
        raise DataError("DETAIL: Failing row contains (17, sam@dealer.example).")

    monkeypatch.setattr(intake, "store", refuses)
    assert post(letter()).status_code == 503
    assert "a mail for relay could not be stored: DataError" in caplog.text
    assert "sam@dealer.example" not in caplog.text
