from datetime import timedelta
from threading import Thread as Thread_

import pytest
from django.db import connection

from opsdesk.cases.models import Case
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import child, inhand, intake, placing, sources
from opsdesk.mail.arrivals import Incoming, Stored
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome, Thread
from opsdesk.mail.refusals import ArrivalUnknown, NothingToRerun, NotInQuarantine, SourceDiffers
from opsdesk.vault import queries as vault
from opsdesk.vault.actions import redact
from tests import cast
from tests.cast import MONDAY
from tests.mail.hostile import HOSTILE
from tests.mail.letters import CUSTOMER, NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def test_a_mail_becomes_a_request_as_of_the_instant_it_reached_the_server() -> None:
    arrival = bring(letter())
    case = Case.objects.get()
    assert (arrival.outcome, arrival.reason, arrival.received_at) == (Outcome.REQUESTS, "", MONDAY)
    assert (case.subject, case.requester_email, case.opened_at) == (
        "The assistant repeats itself",
        CUSTOMER,
        MONDAY,
    )
    assert case.excerpt == "It says everything twice since this morning."
    assert case.queue == "ops"
    link = CaseMessage.objects.get()
    assert (link.case_id, link.message_id, link.how) == (case.id, message_of(arrival).id, "opened")


def test_the_raw_bytes_are_found_again_by_their_digest() -> None:
    raw = letter()
    assert vault.read(bring(raw).blob_id) == raw


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Arrival, Message, Thread, CaseMessage, Case, Entry))


def test_the_same_arrival_again_changes_nothing() -> None:
    raw = letter()
    first = intake.store(source=source(), raw=raw, label="a.eml", received_at=None, now=NOW)
    intake.sort(first.arrival_id, now=NOW)
    before = everything()
    again = intake.store(
        source=source(), raw=raw, label="b.eml", received_at=None, now=NOW + timedelta(days=1)
    )
    intake.sort(again.arrival_id, now=NOW + timedelta(days=1))
    assert again == Stored(first.arrival_id, new=False)
    assert everything() == before


def test_every_hostile_mail_gets_an_outcome_keeps_its_bytes_and_stops_nothing() -> None:
    items = [Incoming(raw, name, MONDAY) for name, raw in HOSTILE.items()]
    stored = intake.store_many(source=source(), items=[*items, Incoming(letter("last"), "last")], now=NOW)
    while intake.sort_pending(limit=10, now=NOW):
        pass
    assert {vault.read(Arrival.objects.get(id=one.arrival_id).blob_id) for one in stored} == {
        *HOSTILE.values(),
        letter("last"),
    }
    assert not Arrival.objects.filter(outcome="").exists()
    assert Arrival.objects.get(label="last").outcome == Outcome.REQUESTS
    assert Arrival.objects.filter(outcome=Outcome.QUARANTINED).exclude(reason="").exists()


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_mail_alone_gets_an_outcome(name: str) -> None:
    assert bring(HOSTILE[name]).outcome in Outcome.values


def test_a_failure_of_ours_leaves_the_mail_in_hand_and_sorts_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poisoned = "poisoned"

    def fails(text: str) -> str:
        if poisoned in text:
            raise ValueError("a bug")
        return text

    monkeypatch.setattr(placing, "excerpt_of", fails)
    texts = ["one", poisoned, "three"]
    items = [Incoming(letter(text, text=text), text) for text in texts]
    intake.store_many(source=source(), items=items, now=NOW)
    for _ in range(intake.TRIES - 1):
        intake.sort_pending(limit=10, now=NOW)
    assert [one.outcome for one in Arrival.objects.order_by("id")] == ["requests", "", "requests"]
    intake.sort_pending(limit=10, now=NOW)
    arrival = Arrival.objects.get(label=poisoned)
    assert (arrival.outcome, arrival.reason, arrival.detail) == (Outcome.QUARANTINED, "failed", "ValueError")
    monkeypatch.undo()
    assert intake.rerun(arrival.id, actor=cast.operator().actor, now=NOW) == Outcome.REQUESTS


def test_two_who_sort_the_same_mail_give_it_one_outcome() -> None:
    stored = intake.store(source=source(), raw=letter(), label="x", received_at=None, now=NOW)
    seen = inhand.arrival_of(stored.arrival_id)
    mail = child.sorting().parse(letter())
    for _ in range(2):
        intake._settle([(seen, mail)], {}, now=NOW)
    assert Case.objects.count() == 1
    assert Entry.objects.filter(kind="arrival.became_requests").count() == 1


def test_a_source_keeps_the_start_it_was_made_with() -> None:
    source("files", start_at=MONDAY)
    assert source("files").start_at == MONDAY
    with pytest.raises(SourceDiffers):
        source("files", start_at=NOW)
    with pytest.raises(SourceDiffers):
        sources.file_source("files", desk="deals", start_at=None, now=NOW)


def quarantined() -> Arrival:
    arrival = bring(b"no mail at all")
    assert (arrival.outcome, arrival.reason) == (Outcome.QUARANTINED, "no headers")
    return arrival


def test_what_is_quarantined_can_be_run_again_and_the_journal_keeps_the_old_outcome() -> None:
    arrival = quarantined()
    assert intake.rerun(arrival.id, actor=cast.operator().actor, now=NOW) == Outcome.QUARANTINED
    kinds = Entry.objects.filter(subject_kind="arrival").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["arrival.stored", "arrival.quarantined", "arrival.quarantined", "arrival.rerun"]


def test_what_was_set_aside_in_error_becomes_a_request_by_a_rerun(monkeypatch: pytest.MonkeyPatch) -> None:
    arrival = bring(letter(headers=[("List-Id", "<news.else.example>")]))
    assert arrival.reason == "list"
    monkeypatch.setattr(placing, "set_aside_for", lambda *_, **__: None)
    assert intake.rerun(arrival.id, actor=cast.operator().actor, now=NOW) == Outcome.REQUESTS
    arrival.refresh_from_db()
    assert Message.objects.count() == 1
    assert (arrival.reason, Case.objects.get().subject) == ("", "The assistant repeats itself")


def test_what_is_done_cannot_be_run_again() -> None:
    arrival = bring(letter())
    with pytest.raises(NothingToRerun):
        intake.rerun(arrival.id, actor=cast.operator().actor, now=NOW)


def test_quarantined_mail_is_set_aside_by_hand_with_a_reason() -> None:
    olga = cast.operator().actor
    first, second = quarantined(), bring(b"more garbage")
    intake.set_aside(first.id, reason="Spam", actor=olga, now=NOW)
    intake.set_aside(second.id, reason="A test of the printer", actor=olga, now=NOW)
    found = Arrival.objects.order_by("id").values_list("outcome", "reason", "detail")
    assert list(found) == [
        ("set_aside", "spam", "Spam"),
        ("set_aside", "by hand", "A test of the printer"),
    ]
    with pytest.raises(NotInQuarantine):
        intake.set_aside(first.id, reason="spam", actor=olga, now=NOW)


def test_quarantined_mail_becomes_a_request_in_the_words_of_who_read_it() -> None:
    arrival = quarantined()
    case_id = intake.request_by_hand(
        arrival.id,
        subject="The lift",
        text="It does not move.",
        requester_email="Sam@Dealer.example",
        actor=cast.operator().actor,
        now=NOW,
    )
    arrival.refresh_from_db()
    case = Case.objects.get(id=case_id)
    assert (arrival.outcome, arrival.reason) == (Outcome.REQUESTS, "by hand")
    assert (case.subject, case.excerpt, case.requester_email) == ("The lift", "It does not move.", CUSTOMER)
    again = bring(b"no mail at all", into=source("other"))
    assert (again.outcome, again.message_id) == (Outcome.DUPLICATE, arrival.message_id)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"subject": " "}, "subject"), ({"requester_email": "nobody"}, "requester_email")],
)
def test_a_request_by_hand_needs_a_subject_and_no_crooked_address(fields: dict[str, str], wrong: str) -> None:
    words = {"subject": "x", "text": "", "requester_email": ""} | fields
    arrival = quarantined()
    with pytest.raises(Invalid) as refused:
        intake.request_by_hand(arrival.id, actor=cast.operator().actor, now=NOW, **words)
    assert refused.value.field == wrong
    assert Arrival.objects.get(id=arrival.id).outcome == Outcome.QUARANTINED


def test_who_has_no_role_on_the_desk_handles_no_mail() -> None:
    arrival = quarantined()
    for actor in (cast.viewer().actor, cast.stranger().actor):
        with pytest.raises((NotYourDesk, NotYourRight)):
            intake.rerun(arrival.id, actor=actor, now=NOW)
        with pytest.raises((NotYourDesk, NotYourRight)):
            intake.set_aside(arrival.id, reason="spam", actor=actor, now=NOW)
        with pytest.raises((NotYourDesk, NotYourRight)):
            intake.request_by_hand(arrival.id, subject="x", text="", requester_email="", actor=actor, now=NOW)


def test_an_arrival_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArrivalUnknown):
        intake.sort(404, now=NOW)


def test_a_mail_whose_bytes_were_erased_before_it_was_sorted_is_quarantined() -> None:
    stored = intake.store(source=source(), raw=letter(), label="x", received_at=None, now=NOW)
    arrival = Arrival.objects.get(id=stored.arrival_id)
    redact(arrival.blob_id, reason="asked", actor=cast.admin().actor, now=NOW)
    intake.sort_pending(limit=10, now=NOW)
    arrival.refresh_from_db()
    assert (arrival.outcome, arrival.reason) == (Outcome.QUARANTINED, "erased")


@pytest.mark.django_db(transaction=True)
def test_several_who_sort_at_once_give_every_mail_one_outcome() -> None:
    cast.desk()
    mails = [letter(number, answers=number % 10 if number >= 10 else None) for number in range(60)]
    items = [Incoming(raw, f"{number}.eml") for number, raw in enumerate(mails)]
    intake.store_many(source=source(), items=items, now=NOW)

    def sort() -> None:
        try:
            while intake.sort_pending(limit=20, now=NOW):
                pass
        finally:
            connection.close()

    threads = [Thread_(target=sort) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Case.objects.count() == 10
    assert (Message.objects.count(), CaseMessage.objects.count(), Thread.objects.count()) == (60, 60, 10)
    outcomes = Entry.objects.filter(subject_kind="arrival").exclude(kind="arrival.stored")
    assert outcomes.count() == outcomes.values("subject_id").distinct().count() == 60
