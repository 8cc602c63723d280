"""Answers with files, with a signature, and to whom none goes."""

from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases.models import Case
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import Actor
from opsdesk.mail import conversation, finding, ledger, parsing, replies
from opsdesk.mail.enclosing import MAX_BYTES, Attachment
from opsdesk.mail.models import Message, Outcome
from opsdesk.mail.refusals import AttachmentsTooLarge, NobodyReadsThere
from opsdesk.mail.signing import signed
from opsdesk.people import actions as people
from opsdesk.vault import queries as vault
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, bring, letter

pytestmark = pytest.mark.django_db
PDF = Attachment("견적서.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
EMPTY = Attachment("empty.txt", "text/plain", b"")


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def opened(**more: object) -> Case:
    bring(letter("a", **more))  # type: ignore[arg-type]
    return Case.objects.latest("id")


def answered(case: Case, actor: Actor, **more: object) -> Message:
    fields: dict[str, object] = {"text": "Here it is.", "wait": True}
    return replies.reply(case_id=case.id, actor=actor, now=NOW, **(fields | more))  # type: ignore[arg-type]


def with_signature(person: Somebody, text: str) -> None:
    people.update_profile(
        person_id=person.id,
        name="Olga",
        zone="UTC",
        language="",
        theme="system",
        keys_on=True,
        signature=text,
        actor=person.actor,
        now=NOW,
    )


def test_files_go_along_and_show_on_the_case_like_those_that_came(olga: Somebody) -> None:
    case = opened()
    message = answered(case, olga.actor, attachments=[PDF, EMPTY])
    view = conversation.of_case(case.id).messages[-1]
    assert [(one.path, one.filename, one.media_type, one.size) for one in view.attachments] == [
        ("2", "견적서.pdf", "application/pdf", 11),
        ("3", "empty.txt", "text/plain", 0),
    ]
    assert ledger.attachment(message.id, "2").data == PDF.data
    assert ledger.attachment(message.id, "3").data == b""
    read = parsing.parse(vault.read(message.blob_id))
    assert (read.text, message.text) == ("Here it is.", "Here it is.")


def test_the_journal_has_counts_and_no_names(olga: Somebody) -> None:
    case = opened()
    message = answered(case, olga.actor, attachments=[PDF, EMPTY])
    entry = Entry.objects.get(kind="message.queued", subject_id=message.id)
    assert entry.payload == {"case": case.id, "automatic": False, "files": 2, "bytes": 11}
    plain = answered(case, olga.actor)
    assert Entry.objects.get(kind="message.queued", subject_id=plain.id).payload == {
        "case": case.id,
        "automatic": False,
    }


def test_our_answer_with_files_coming_back_changes_nothing(olga: Somebody) -> None:
    message = answered(opened(), olga.actor, attachments=[PDF])
    back = bring(b"Received: by a list; Mon, 02 Mar 2026 19:00:00 +0000\r\n" + vault.read(message.blob_id))
    assert (back.outcome, back.reason, back.message_id) == (Outcome.SET_ASIDE, "loop", message.id)


def test_too_much_is_refused_and_nothing_is_left_behind(olga: Somebody) -> None:
    case = opened()
    big = Attachment("a.bin", "", bytes(MAX_BYTES + 1))
    with pytest.raises(AttachmentsTooLarge):
        answered(case, olga.actor, attachments=[big])
    case.refresh_from_db()
    assert case.state == "open"
    assert not Message.objects.filter(direction="out").exists()


def test_the_signature_stands_below_its_delimiter_and_is_folded(olga: Somebody) -> None:
    with_signature(olga, "Olga\r\nSupport  \r\n\r\n")
    case = opened()
    message = answered(case, olga.actor, signature=True)
    assert message.text == "Here it is.\n\n-- \nOlga\nSupport"
    assert parsing.parse(vault.read(message.blob_id)).text == message.text
    kinds = [(span.kind, span.text.strip()) for span in conversation.of_case(case.id).messages[-1].spans]
    assert kinds == [("visible", "Here it is."), ("signature", "-- \nOlga\nSupport")]
    assert answered(case, olga.actor).text == "Here it is."


def test_who_has_no_signature_gets_no_delimiter(olga: Somebody) -> None:
    assert answered(opened(), olga.actor, signature=True).text == "Here it is."
    assert signed("x\n", "") == "x\n"


@pytest.mark.parametrize("sender", ["no-reply@shop.example", "mailer-daemon@shop.example"])
def test_where_nobody_reads_no_answer_goes(olga: Somebody, sender: str) -> None:
    case = cast.request_at(requester_email=sender)
    with pytest.raises(NobodyReadsThere):
        answered(case, olga.actor)
    case.refresh_from_db()
    assert case.state == "open"


def test_a_machine_that_names_somebody_to_answer_is_answered_there(olga: Somebody) -> None:
    case = opened(sender="no-reply@forms.example", headers=[("Reply-To", "sam@dealer.example")])
    assert answered(case, olga.actor).to[0][1] == "sam@dealer.example"


def test_the_names_of_files_can_be_searched_for(olga: Somebody) -> None:
    case = opened()
    answered(case, olga.actor, attachments=[Attachment("zebrafish.pdf", "", b"x")])
    found = finding.find("zebrafish", reader=olga.actor, now=NOW, zone=ZoneInfo("UTC"))
    assert [row.id for row in found.rows] == [case.id]
