"""What can go wrong with the index, and who meets it at the same time."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import connection, transaction

from opsdesk.accounts import actions as accounts
from opsdesk.accounts import erasing
from opsdesk.mail import indexing, redaction
from opsdesk.mail.models import Arrival, Message, Outcome
from opsdesk.search.actions import Entry, put_many
from opsdesk.search.models import Indexed, Kind, Words
from tests import cast
from tests.mail.letters import bring, letter, message_of
from tests.worker.processes import until

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_text_of_many_bytes_is_indexed() -> None:
    text = " ".join(f"{number:05}" + "ж" * 70 for number in range(20_000))
    put_many([Entry(Kind.NOTE, 1, NOW, (text, "\U00010400" * 100_000))])
    assert Words.objects.count() == 1


def break_index() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER hurt BEFORE INSERT ON search_words BEGIN SELECT RAISE(ABORT, 'hurt'); END"
            )
            return
        cursor.execute(
            "CREATE FUNCTION hurt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'hurt'; END $$"
        )
        cursor.execute("CREATE TRIGGER hurt BEFORE INSERT ON search_words EXECUTE FUNCTION hurt()")


def mend_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER hurt" + (" ON search_words" if connection.vendor == "postgresql" else "")
        )


@pytest.mark.django_db
def test_a_mail_that_the_index_does_not_take_becomes_a_request_and_is_indexed_later() -> None:
    cast.desk()
    break_index()
    arrival = bring(letter("one"), now=NOW)
    assert Arrival.objects.get(id=arrival.id).outcome == Outcome.REQUESTS
    assert not Indexed.objects.exists()
    mend_index()
    indexing.begin(NOW)
    while indexing.step(NOW):
        pass
    assert set(Indexed.objects.values_list("kind", flat=True)) == {Kind.MESSAGE, Kind.CASE}


def indexed_meanwhile() -> Thread:
    """Somebody who indexes everything anew, on a connection of their own, and now waits or is done."""

    def work() -> None:
        while indexing.step(NOW):
            pass
        connection.close()

    thread = Thread(target=work)
    thread.start()
    return thread


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_erased_while_it_is_indexed_is_not_found_again() -> None:
    cast.desk()
    ada = cast.admin()
    message = message_of(bring(letter("one", text="a pangolin"), now=NOW))
    indexing.begin(NOW)
    with transaction.atomic():
        redaction.redact_message(message.id, reason="asked", actor=ada.actor, now=NOW)
        thread = indexed_meanwhile()
        until(waits)
    thread.join()
    assert Message.objects.get(id=message.id).redacted_at
    assert not Indexed.objects.filter(kind=Kind.MESSAGE).exists()
    assert "pangolin" not in str(list(Words.objects.values_list("words", flat=True)))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_erased_while_it_is_indexed_is_not_found_again() -> None:
    ada = cast.admin()
    account = accounts.add(
        key="north", name="North", domains=[], addresses=["pangolin@north.example"], live_on=None,
        left_on=None, actor=ada.actor, now=NOW,
    )  # fmt: skip
    indexing.begin(NOW)
    with transaction.atomic():
        erasing.forget_address("pangolin@north.example", actor=ada.actor, now=NOW)
        thread = indexed_meanwhile()
        until(waits)
    thread.join()
    assert Indexed.objects.filter(kind=Kind.ACCOUNT, ref_id=account.id).count() == 1
    assert "pangolin" not in str(list(Words.objects.values_list("words", flat=True)))
