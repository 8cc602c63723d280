"""Storing one mail: what is the same, what is another, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.journal.models import Entry
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Blob, Chunk
from tests import cast
from tests.mail.letters import NOW, letter, source
from tests.mail.test_at_once import meanwhile

pytestmark = pytest.mark.django_db
BIG = letter(text="x" * 2_500_000)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def store(raw: bytes, key: str = "files", **more: object) -> intake.Stored:
    fields = {"label": "x", "received_at": None, "now": NOW} | more
    return intake.store(source=source(key), raw=raw, **fields)  # type: ignore[arg-type]


def test_a_mail_of_several_megabytes_comes_back_byte_for_byte() -> None:
    arrival = Arrival.objects.get(id=store(BIG).arrival_id)
    assert vault.read(arrival.blob_id) == BIG
    assert (Chunk.objects.count(), arrival.blob.size, arrival.recorded_at) == (3, len(BIG), NOW)


def test_the_same_bytes_from_another_source_are_another_arrival_and_no_other_bytes() -> None:
    first, second = store(letter()), store(letter(), "other")
    assert (first.new, second.new, first.arrival_id == second.arrival_id) == (True, True, False)
    assert (Blob.objects.count(), Chunk.objects.count()) == (1, 1)


def test_a_number_of_a_mailbox_is_one_arrival_whatever_came_the_second_time() -> None:
    inbox = {"mailbox": "INBOX", "uidvalidity": 7}
    first = store(letter(1), uid=1, **inbox)
    assert store(letter(2), uid=1, **inbox) == intake.Stored(first.arrival_id, new=False)
    assert store(letter(1), uid=2, **inbox).new
    assert store(letter(1)).new
    assert not store(letter(1)).new
    assert Entry.objects.filter(kind="arrival.stored").count() == Arrival.objects.count() == 3


def test_a_mail_is_stored_with_one_statement_for_each_table() -> None:
    files = source()
    with CaptureQueriesContext(connection) as captured:
        intake.store(source=files, raw=letter(), label="x", received_at=NOW, now=NOW)
    statements = [query["sql"].split("(")[0].strip() for query in captured.captured_queries]
    assert [text for text in statements if "SAVEPOINT" not in text] == [
        "INSERT INTO vault_blob",
        "INSERT INTO vault_chunk",
        "INSERT INTO mail_arrival",
        "INSERT INTO journal_entry",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_store_one_mail_at_once_store_it_once() -> None:
    cast.desk()
    files = source()

    def one() -> bool:
        return intake.store(source=files, raw=letter(), label="x", received_at=None, now=NOW).new

    assert meanwhile(one, one) == [False]
    assert (Arrival.objects.count(), Blob.objects.count(), Chunk.objects.count()) == (1, 1, 1)
    assert Entry.objects.filter(kind="arrival.stored").count() == 1


def test_several_at_once_are_known_by_their_numbers_too_and_one_that_is_there_stops_nothing() -> None:
    def inbox(uid: int, content: int) -> Incoming:
        return Incoming(letter(content), "x", None, "INBOX", 7, uid)

    first = intake.store_many(source=source(), items=[inbox(1, 1), inbox(2, 2)], now=NOW)
    again = intake.store_many(
        source=source(), items=[inbox(3, 3), inbox(2, 4), inbox(1, 1), inbox(3, 3), inbox(3, 5)], now=NOW
    )
    assert [one.new for one in first] == [True, True]
    assert [one.new for one in again] == [True, False, False, False, False]
    assert [one.arrival_id for one in again[1:3]] == [first[1].arrival_id, first[0].arrival_id]
    assert {one.arrival_id for one in (again[0], *again[3:])} == {again[0].arrival_id}
    assert Arrival.objects.count() == Entry.objects.filter(kind="arrival.stored").count() == 3


def test_several_at_once_take_as_many_statements_as_few_do() -> None:
    def statements(numbers: range) -> int:
        items = [Incoming(letter(number), f"{number}") for number in numbers]
        with CaptureQueriesContext(connection) as captured:
            intake.store_many(source=into, items=items, now=NOW)
        return len(captured)

    into = source()
    assert statements(range(100, 150)) <= statements(range(3)) <= 8
