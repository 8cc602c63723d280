"""A report that mail of ours did not arrive stands on the message, and on its case; it is never answered."""

from datetime import timedelta

import pytest

from opsdesk.cases.models import Case
from opsdesk.journal.models import Entry
from opsdesk.mail import bouncing, intake, replies
from opsdesk.mail.models import Arrival, Bounce, Message
from tests import cast
from tests.mail.letters import NOW, bring, letter, message_of
from tests.mail.test_bounces import dsn, mail

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def answered() -> tuple[Case, Message]:
    cast.desk()
    message = message_of(bring(letter()))
    case = Case.objects.get(case_messages__message=message)
    olga = cast.operator()
    return case, replies.reply(case_id=case.id, text="Try again.", wait=True, actor=olga.actor, now=NOW)


def report(ours: Message, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    lines = ["Final-Recipient: rfc822; sam@dealer.example", f"Action: {action}", f"Status: {status}"]
    lines += ["Diagnostic-Code: smtp; 550 5.1.1 User unknown"]
    return dsn(lines).replace(b"9f1c@desk.example", ours.message_id.encode())


def test_it_stands_on_the_message_and_the_case_and_moves_nothing(answered: tuple[Case, Message]) -> None:
    case, ours = answered
    before = Case.objects.get(id=case.id)
    arrival = bring(report(ours), now=LATER)
    assert (arrival.outcome, arrival.reason) == ("set_aside", "bounce")
    (row,) = bouncing.of_messages([ours.id])[ours.id]
    assert (row.recipient, row.status, row.permanent) == ("sam@dealer.example", "5.1.1", True)
    entry = Entry.objects.get(kind="message.bounced")
    assert (entry.subject_kind, entry.subject_id) == ("case", case.id)
    after = Case.objects.get(id=case.id)
    assert (after.state, after.version, after.last_inbound_at) == (
        "waiting",
        before.version,
        before.last_inbound_at,
    )
    assert Message.objects.filter(direction="out").count() == 1


def test_a_delay_is_told_as_one(answered: tuple[Case, Message]) -> None:
    _, ours = answered
    bring(report(ours, action="delayed", status="4.4.1"), now=LATER)
    (row,) = bouncing.of_messages([ours.id])[ours.id]
    assert not row.permanent
    assert Entry.objects.filter(kind="message.delayed").count() == 1


def test_the_same_report_again_changes_nothing(answered: tuple[Case, Message]) -> None:
    _, ours = answered
    arrival = bring(report(ours), now=LATER)
    lead = cast.lead()
    intake.rerun(arrival.id, actor=lead.actor, now=LATER)
    again = bring(report(ours) + b"\r\n", now=LATER, label="again.eml")
    assert again.outcome in ("duplicate", "set_aside")
    assert Bounce.objects.count() == 1
    assert Arrival.objects.get(id=arrival.id).outcome == "set_aside"


def test_a_report_of_the_old_kind_is_mapped_by_the_thread(answered: tuple[Case, Message]) -> None:
    _, ours = answered
    raw = mail(
        "From: MAILER-DAEMON@mx.example",
        f"In-Reply-To: <{ours.message_id}>",
        "Subject: failure notice",
        "",
        "Something went wrong, nobody says what.",
    )
    bring(raw, now=LATER)
    (row,) = bouncing.of_messages([ours.id])[ours.id]
    assert (row.recipient, row.permanent) == ("", True)


def test_a_report_about_somebody_elses_mail_is_set_aside_and_that_is_all(
    answered: tuple[Case, Message],
) -> None:
    arrival = bring(dsn(["Final-Recipient: rfc822; x@y.example", "Action: failed"]), now=LATER)
    assert arrival.reason == "bounce"
    assert not Bounce.objects.exists()
