from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.insight import intake_report
from opsdesk.kernel.period import Period
from opsdesk.mail import intake, ledger
from opsdesk.mail.ledger import Filters
from opsdesk.mail.models import Outcome, Part
from opsdesk.mail.refusals import ArrivalUnknown, MessageUnknown, NotReadable
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def fill() -> None:
    bring(letter("a"))
    bring(letter("b", answers="a"))
    bring(letter("m", headers=[("X-Spam-Flag", "YES")]))
    bring(b"garbage")
    bring(b"X-Way: 2\r\n" + letter("a"), into=source("other"))
    intake.store(source=source(), raw=letter("z"), label="z", received_at=None, now=NOW)


def test_every_number_opens_its_list() -> None:
    fill()
    counts = ledger.counts(Filters(), now=NOW)
    assert (counts.by_outcome, counts.in_hand, counts.total) == ({one.value: 1 for one in Outcome}, 1, 6)
    for outcome in [*Outcome.values, ledger.IN_HAND]:
        (row,) = ledger.page(Filters(outcome=outcome), now=NOW).rows
        assert row.outcome == ("" if outcome == ledger.IN_HAND else outcome)


def test_filters_narrow_the_list_and_the_counts_alike() -> None:
    fill()
    for filters, number in [
        (Filters(source="other"), 1),
        (Filters(source="files"), 5),
        (Filters(desk="support"), 6),
        (Filters(desk="deals"), 0),
        (Filters(period=Period(NOW, NOW + timedelta(seconds=1))), 2),
        (Filters(period=Period(NOW - timedelta(days=1), NOW)), 4),
    ]:
        assert ledger.counts(filters, now=NOW).total == number
        assert len(ledger.page(filters, now=NOW).rows) == number
    assert ledger.reasons(Filters(outcome=Outcome.SET_ASIDE)) == {"spam": 1}
    assert len(ledger.page(Filters(reason="spam"), now=NOW).rows) == 1
    assert ledger.sources() == ["files", "other"]


def test_what_is_in_hand_is_late_after_ten_minutes() -> None:
    intake.store(source=source(), raw=letter(), label="x", received_at=None, now=NOW)
    for passed, late in [(timedelta(minutes=10, seconds=-1), 0), (timedelta(minutes=10), 1)]:
        assert ledger.counts(Filters(), now=NOW + passed).late == late
        assert [row.late for row in ledger.page(Filters(), now=NOW + passed).rows] == [bool(late)]


def test_pages_follow_one_another_without_a_gap_or_a_double() -> None:
    for number in range(7):
        bring(letter(number), now=NOW + timedelta(minutes=number // 3))
    seen: list[int] = []
    cursor = None
    while True:
        page = ledger.page(Filters(), now=NOW, after=cursor, size=3)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7


def test_the_ledger_goes_by_when_a_mail_reached_the_server_as_every_report_counts() -> None:
    """Imported together today: what came first stands last, and each is in the days in which it came."""
    came = [NOW - timedelta(days=day) for day in (1, 2, 0)]
    old = [
        intake.store(source=source(), raw=letter(n), label="x", received_at=at, now=NOW).arrival_id
        for n, at in enumerate(came)
    ]
    asked = Filters(period=Period(NOW - timedelta(days=2), NOW))
    first = ledger.page(asked, now=NOW, size=1)
    second = ledger.page(asked, now=NOW, size=1, after=first.next_cursor)
    assert [row.id for row in (*first.rows, *second.rows)] == old[:2]
    assert (second.next_cursor, ledger.counts(asked, now=NOW).total) == (None, 2)
    assert [(row.came_at, row.stored_later) for row in first.rows] == [(came[0], True)]
    report = intake_report.ledger(desk="support", period=asked.period, now=NOW)
    assert report.arrivals == 2


@pytest.mark.parametrize("filters", [Filters(), Filters(outcome="joined")])
def test_a_page_of_the_ledger_is_read_off_an_index(filters: Filters) -> None:
    """So that the millionth arrival costs as much as the first: nothing is sorted, nothing walked over."""
    with CaptureQueriesContext(connection) as queries:
        ledger.page(filters, now=NOW, after=ledger.Cursor(NOW, 5))
    (asked,) = (each["sql"] for each in queries if "mail_arrival" in each["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if connection.vendor == 'sqlite' else ''} {asked}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert ("arrival_by_outcome" if filters.outcome else "arrival_newest") in plan
    assert "TEMP B-TREE" not in plan


def test_an_arrival_shows_what_became_of_it_and_why() -> None:
    arrival = bring(letter("a"), label="box/1.eml")
    card = ledger.arrival(arrival.id, now=NOW)
    assert (card.row.label, card.row.outcome, card.row.subject) == (
        "box/1.eml",
        "requests",
        "The assistant repeats itself",
    )
    assert len(card.row.case_ids) == 1
    assert (card.can_rerun, card.can_set_aside, card.desk) == (False, False, "support")
    assert [entry.kind for entry in card.history] == ["arrival.became_requests", "arrival.stored"]
    assert ledger.raw(arrival.id) == letter("a")


def test_a_duplicate_names_the_first_one() -> None:
    first = bring(letter("a"))
    again = bring(b"X-Way: 2\r\n" + letter("a"), into=source("other"))
    assert ledger.arrival(again.id, now=NOW).first_arrival_id == first.id
    assert ledger.arrival(first.id, now=NOW).first_arrival_id is None


def test_what_is_quarantined_can_be_handled() -> None:
    card = ledger.arrival(bring(b"garbage").id, now=NOW)
    assert (card.can_rerun, card.can_set_aside, card.message_id) == (True, True, None)


def with_file() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Message-ID"], mail["Date"] = (
        "a@b.example",
        "<f@x.example>",
        f"{MONDAY:%d %b %Y %H:%M:%S +0000}",
    )
    mail.set_content("see")
    mail.add_alternative("<p>see <script>x</script></p>", subtype="html")
    mail.add_attachment(b"\x00\xff", maintype="image", subtype="png", filename="photo.png")
    return mail.as_bytes()


def test_a_file_and_the_html_are_cut_out_of_the_raw_bytes() -> None:
    message = message_of(bring(with_file()))
    file = ledger.attachment(message.id, "2")
    assert (file.filename, file.media_type, file.data) == ("photo.png", "image/png", b"\x00\xff")
    page = ledger.html_document(message.id).page
    assert "<p>see </p>" in page
    assert "script" not in page


def test_a_file_that_is_not_where_it_was_found_is_refused_in_words() -> None:
    message = message_of(bring(with_file()))
    Part.objects.filter(message=message).update(path="7")
    with pytest.raises(NotReadable, match="no such part"):
        ledger.attachment(message.id, "7")


def test_what_is_not_there_is_refused() -> None:
    message = message_of(bring(letter()))
    with pytest.raises(MessageUnknown):
        ledger.attachment(message.id, "2")
    with pytest.raises(MessageUnknown):
        ledger.html_document(message.id)
    with pytest.raises(ArrivalUnknown):
        ledger.arrival(404, now=NOW)
    with pytest.raises(ArrivalUnknown):
        ledger.raw(404)
