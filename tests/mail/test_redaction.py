"""Erasing mail: the words, the bytes, what cases took over; and that threads and repeats are known still."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from opsdesk.cases import actions as cases
from opsdesk.cases import forgetting
from opsdesk.cases.models import Case, Note
from opsdesk.cases.redaction import ERASED, NoteErased, NoteUnknown, note_erasure, redact_note
from opsdesk.cases.timers import FORGET_WORDS
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import task_value
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import conversation, intake, ledger, redaction, replies, splits
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome, Part
from opsdesk.mail.redaction import redact_arrival, redact_message
from opsdesk.mail.refusals import AlreadyErased, ArrivalUnknown, MessageErased, MessageUnknown, StillToBeSent
from opsdesk.search.models import Kind
from opsdesk.vault.models import Blob, Chunk
from tests import cast
from tests.mail.letters import CUSTOMER, NOW, bring, id_of, letter, message_of, source
from tests.mail.test_bounces import dsn

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)
SECRET = "the password is hunter-twelve"
ATTACHED = "\r\n".join(
    [
        f"From: Sam Dealer <{CUSTOMER}>",
        "To: support@voice.example",
        "Cc: Boss <boss@dealer.example>",
        "Subject: Login of the scheduler",
        "Date: Mon, 02 Mar 2026 18:00:00 +0000",
        f"Message-ID: {id_of('files')}",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "",
        f"<p>{SECRET}</p>",
        "--b",
        "Content-Type: text/plain",
        'Content-Disposition: attachment; filename="hunter-twelve.txt"',
        "",
        "hunter-twelve",
        "--b--",
        "",
    ]
).encode()


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def ada() -> cast.Somebody:
    return cast.admin()


def erase(arrival: Arrival, by: cast.Somebody, reason: str = "secret") -> redaction.Redacted:
    return redact_message(message_of(arrival).id, reason=reason, actor=by.actor, now=LATER)


def case_of(arrival: Arrival) -> Case:
    return CaseMessage.objects.get(message=message_of(arrival), removed_at=None).case


def test_nothing_of_the_words_is_left_anywhere(ada: cast.Somebody) -> None:
    arrival = bring(ATTACHED, label="Login hunter-twelve.eml")
    done = erase(arrival, ada)
    assert done.messages == (arrival.message_id,)
    assert done.cases == (case_of(arrival).id,)
    for task in Task.objects.filter(kind=FORGET_WORDS):
        forgetting.forget(task_value(task), LATER)
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = repr(
                [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()]
            )
        assert "hunter" not in rows, table
        assert "Login of the scheduler" not in rows, table
        assert "boss@dealer" not in rows, table


def test_what_stays_is_that_there_was_a_mail(ada: cast.Somebody) -> None:
    arrival = bring(ATTACHED)
    before = message_of(arrival)
    erase(arrival, ada)
    after = Message.objects.get(id=before.id)
    for name in ("identity", "message_id", "blob_id", "thread_id", "from_address", "dated_at", "received_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.subject, after.text, after.from_name, after.to, after.cc) == ("", "", "", [], [])
    assert after.redacted_at == LATER
    part = Part.objects.get(message=after)
    assert (part.filename, part.media_type, part.size) == ("", "text/plain", len("hunter-twelve"))
    blob = Blob.objects.get(digest=before.blob_id)
    assert (blob.redacted_at, blob.size) == (LATER, len(ATTACHED))
    assert not Chunk.objects.filter(blob=blob).exists()
    case = case_of(arrival)
    assert (case.subject, case.excerpt, case.requester_email) == (ERASED, "", CUSTOMER)


def test_the_journal_says_who_and_why_and_nothing_of_the_words(ada: cast.Somebody) -> None:
    arrival = bring(letter(text=SECRET))
    erase(arrival, ada, "asked")
    fact = Entry.objects.get(kind="message.redacted")
    assert (fact.subject_id, fact.actor_id, fact.recorded_at) == (arrival.message_id, ada.id, LATER)
    assert fact.payload == {"reason": "asked", "cases": [case_of(arrival).id]}
    assert Entry.objects.filter(kind="blob.redacted", payload__digest=arrival.blob_id).count() == 1
    assert Entry.objects.filter(kind="case.words_redacted", subject_id=case_of(arrival).id).count() == 1


def test_whoever_looks_is_told_who_erased_it_when_and_why(ada: cast.Somebody) -> None:
    arrival = bring(ATTACHED)
    message = message_of(arrival)
    path = Part.objects.get(message=message).path
    erase(arrival, ada)
    looks = (
        lambda: ledger.raw(arrival.id),
        lambda: ledger.attachment(message.id, path),
        lambda: ledger.html_document(message.id),
    )
    for look in looks:
        with pytest.raises(MessageErased, match=r"erased on 2026-03-03 by Ada. Why: It holds a password"):
            look()
    found = redaction.erasures([message.id, 999])
    assert found == {message.id: redaction.Erasure(LATER, "Ada", "secret")}


def test_the_same_mail_again_is_a_duplicate_and_its_bytes_go_too(ada: cast.Somebody) -> None:
    first = bring(letter(text=SECRET))
    erase(first, ada)
    by_another_way = b"Received: from elsewhere by mx2.voice.example\r\n" + letter(text=SECRET)
    same_bytes = bring(letter(text=SECRET), into=source("other"), now=LATER)
    other_bytes = bring(by_another_way, now=LATER, label="hunter-twelve.eml")
    for again in (same_bytes, other_bytes):
        assert (again.outcome, again.message_id) == (Outcome.DUPLICATE, first.message_id)
        assert Blob.objects.get(digest=again.blob_id).redacted_at is not None
        with pytest.raises(MessageErased):
            ledger.raw(again.id)
    assert Arrival.objects.get(id=other_bytes.id).label == ""
    assert not Chunk.objects.exists()
    assert Case.objects.count() == 1
    stored = intake.store(source=source(), raw=letter(text=SECRET), label="x", received_at=None, now=LATER)
    assert (stored.arrival_id, stored.new) == (first.id, False)


def test_every_delivery_of_a_mail_is_erased_with_it(ada: cast.Somebody) -> None:
    first = bring(letter(text=SECRET))
    bring(b"Received: from elsewhere by mx2.voice.example\r\n" + letter(text=SECRET))
    assert len(erase(first, ada).blobs) == 2
    assert not Chunk.objects.exists()


def test_what_one_of_us_typed_from_a_mail_goes_with_it(ada: cast.Somebody) -> None:
    odd = bring(b"\x00\xff hunter-twelve")
    case_id = intake.request_by_hand(
        odd.id, subject="Reset hunter-twelve", text=SECRET, requester_email="", actor=ada.actor, now=NOW
    )
    typed = CaseMessage.objects.get(case_id=case_id).message
    redact_message(typed.id, reason="secret", actor=ada.actor, now=LATER)
    assert Message.objects.get(id=typed.id).text == ""
    assert Case.objects.get(id=case_id).subject == ERASED


def test_an_answer_still_finds_its_case_and_the_thread_holds(ada: cast.Somebody) -> None:
    first = bring(letter(1, text=SECRET))
    erase(first, ada)
    answer = bring(letter(2, answers=1, text="Any news?"), now=LATER)
    assert answer.outcome == Outcome.JOINED
    assert case_of(answer) == case_of(first)
    assert message_of(answer).thread_id == message_of(first).thread_id
    views = conversation.of_case(case_of(first).id).messages
    assert [view.id for view in views] == [first.message_id, answer.message_id]
    replies.reply(case_id=case_of(first).id, text="Soon.", wait=False, actor=ada.actor, now=LATER)


def test_a_subject_that_one_of_us_wrote_stays_and_the_excerpt_goes(ada: cast.Somebody) -> None:
    arrival = bring(letter(text=f"First the hours. Then: {SECRET}, reset it."))
    message = message_of(arrival)
    start = message.text.index("Then")
    part = splits.split_span(
        case_id=case_of(arrival).id,
        message_id=message.id,
        start=start,
        end=len(message.text),
        subject="Reset a login",
        actor=ada.actor,
        now=NOW,
    )
    assert "hunter" in part.excerpt
    redact_message(message.id, reason="secret", actor=ada.actor, now=LATER)
    part.refresh_from_db()
    assert (part.subject, part.excerpt) == ("Reset a login", "")
    for case_id in (part.id, part.split_from_id):
        assert [view.spans for view in conversation.of_case(case_id or 0).messages] == [()]


def test_what_came_back_of_a_letter_goes_with_it(ada: cast.Somebody) -> None:
    case = case_of(bring(letter()))
    ours = replies.reply(case_id=case.id, text=SECRET, wait=True, actor=ada.actor, now=NOW)
    replies.mark_sent(ours.id, now=NOW)
    came_back = dsn(["Final-Recipient: rfc822; x@y.example", "Action: failed"], words=SECRET)
    arrival = bring(came_back.replace(b"9f1c@desk.example", ours.message_id.encode()), now=LATER)
    erased = redact_message(ours.id, reason="secret", actor=ada.actor, now=LATER)
    assert erased.messages == (ours.id, message_of(arrival).id)
    assert not Message.objects.filter(text__contains="hunter").exists()
    assert arrival.blob_id in erased.blobs


def test_a_name_that_only_this_mail_said_leaves_its_case(ada: cast.Somebody) -> None:
    arrival = bring(letter(1, sender=f"Sam Dealer <{CUSTOMER}>"))
    further = bring(letter(2, answers=1, sender=f"Sam Dealer <{CUSTOMER}>"))
    erase(arrival, ada)
    assert case_of(arrival).requester_name == "Sam Dealer"
    erase(further, ada)
    another = bring(letter(3, sender="Kim Other <kim@elsewhere.example>"))
    erase(another, ada)
    assert (case_of(another).requester_name, case_of(another).requester_email) == (
        "",
        "kim@elsewhere.example",
    )


def test_a_reply_that_waits_to_be_sent_is_not_erased(ada: cast.Somebody) -> None:
    arrival = bring(letter())
    reply = replies.reply(case_id=case_of(arrival).id, text=SECRET, wait=False, actor=ada.actor, now=NOW)
    with pytest.raises(StillToBeSent):
        redact_message(reply.id, reason="secret", actor=ada.actor, now=LATER)
    assert Message.objects.get(id=reply.id).text == SECRET
    assert Chunk.objects.filter(blob_id=reply.blob_id).exists()


def test_what_cannot_be_erased_is_refused_and_changes_nothing(ada: cast.Somebody) -> None:
    arrival = bring(letter())
    message_id = message_of(arrival).id
    for somebody in (cast.lead(), cast.operator(), cast.viewer()):
        with pytest.raises(NotAnAdmin):
            redact_message(message_id, reason="asked", actor=somebody.actor, now=LATER)
    with pytest.raises(Invalid):
        redact_message(message_id, reason="retention", actor=ada.actor, now=LATER)
    with pytest.raises(MessageUnknown):
        redact_message(999, reason="asked", actor=ada.actor, now=LATER)
    with pytest.raises(ArrivalUnknown):
        redact_arrival(999, reason="asked", actor=ada.actor, now=LATER)
    assert not Entry.objects.filter(kind__contains="redacted").exists()
    erase(arrival, ada)
    with pytest.raises(AlreadyErased):
        erase(arrival, ada)


def test_what_was_never_understood_is_erased_as_it_came(ada: cast.Somebody) -> None:
    odd = bring(b"\x00\xff hunter-twelve", label="hunter-twelve.bin")
    assert odd.outcome == Outcome.QUARANTINED
    redact_arrival(odd.id, reason="mistake", actor=ada.actor, now=LATER)
    odd.refresh_from_db()
    assert (odd.label, odd.detail, odd.outcome) == ("", "", Outcome.QUARANTINED)
    with pytest.raises(MessageErased, match="by Ada"):
        ledger.raw(odd.id)
    with pytest.raises(AlreadyErased):
        redact_arrival(odd.id, reason="mistake", actor=ada.actor, now=LATER)


def test_an_arrival_with_a_message_is_erased_as_the_message(ada: cast.Somebody) -> None:
    arrival = bring(letter(text=SECRET))
    assert redact_arrival(arrival.id, reason="asked", actor=ada.actor, now=LATER).messages == (
        arrival.message_id,
    )


def test_a_note_loses_its_words_and_keeps_its_author(ada: cast.Somebody) -> None:
    case = case_of(bring(letter()))
    olga = cast.operator()
    cases.write_note(case_id=case.id, text=SECRET, actor=olga.actor, now=NOW)
    note = Note.objects.get()
    with pytest.raises(NotAnAdmin):
        redact_note(note.id, reason="secret", actor=olga.actor, now=LATER)
    redact_note(note.id, reason="secret", actor=ada.actor, now=LATER)
    note.refresh_from_db()
    assert (note.text, note.author_id, note.written_at) == ("", olga.id, NOW)
    fact = note_erasure(case.id, note.id)
    assert fact is not None
    assert (fact.actor_id, fact.payload["reason"]) == (ada.id, "secret")
    with pytest.raises(NoteErased):
        redact_note(note.id, reason="secret", actor=ada.actor, now=LATER)
    with pytest.raises(NoteUnknown):
        redact_note(999, reason="secret", actor=ada.actor, now=LATER)


def test_erased_words_find_nothing_and_what_stays_is_found(ada: cast.Somebody) -> None:
    arrival = bring(letter(text=SECRET), label="x")
    kept = bring(letter(2, text="hunter thirteen"))
    assert found("hunter") == {arrival.message_id, kept.message_id}
    erase(arrival, ada)
    assert found("hunter") == {kept.message_id}
    assert found("sam@dealer.example", Kind.CASE) == {case_of(arrival).id, case_of(kept).id}


def test_an_index_of_many_parts_forgets_by_and_by(
    ada: cast.Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("is about SQLite's index")
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    arrival = bring(letter(text=SECRET))
    for number in range(2, 30):
        bring(letter(number, text=" ".join(f"{number}word{n}" for n in range(150))))
    erase(arrival, ada)
    assert in_index()
    tasks = 0
    while (task := Task.objects.armed().filter(kind=FORGET_WORDS).first()) is not None:
        assert task.due_at == LATER.replace(minute=0) + timedelta(hours=1) or tasks
        Task.objects.filter(id=task.id).update(state="done", finished_at=LATER)
        forgetting.forget(task_value(task), LATER)
        tasks += 1
    assert tasks >= 1
    assert not in_index()


def in_index() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM search_index_data")
        return any(b"unter" in bytes(block) for (block,) in cursor.fetchall())


def found(words: str, kind: Kind = Kind.MESSAGE) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.ref_id, w.words FROM search_indexed i JOIN search_words w ON w.id = i.id"
            " WHERE i.kind = %s",
            [int(kind)],
        )
        return {ref for ref, text in cursor.fetchall() if words.split("@", maxsplit=1)[0] in str(text)}


@pytest.mark.django_db(transaction=True)
def test_the_file_of_the_database_does_not_hold_the_words_any_more(
    ada: cast.Somebody, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("is about SQLite's file")
    arrival = bring(letter(text=SECRET + " filler" * 3000, subject="hunter-twelve again"))
    assert in_file()
    erase(arrival, ada)
    assert not in_file()


def in_file() -> bool:
    """Whether the words stand in the database's file, what lies beside it brought in."""
    path = str(connection.settings_dict["NAME"])
    connection.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"hunter-twelve" in Path(path).read_bytes()
