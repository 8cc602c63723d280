"""What mail servers report: who was not reached, why, and about which mail."""

import pytest

from opsdesk.mail.bounces import NOTHING, Failure, Report, from_wire, report_of, to_wire
from opsdesk.mail.child import ParserChild
from opsdesk.mail.refusals import NotUnderstood

OURS = "9f1c@desk.example"


def mail(*lines: str) -> bytes:
    return "\r\n".join([*lines, ""]).encode()


def dsn(
    status_lines: list[str], *, returned: str = "message/rfc822", words: str = "It could not be delivered."
) -> bytes:
    return mail(
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <report1@mx.example>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        words,
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
        *status_lines,
        "",
        "--b",
        f"Content-Type: {returned}",
        "",
        "From: ops@desk.example",
        f"Message-ID: <{OURS}>",
        "Subject: Re: x",
        "",
        "our words, Message-ID: <never@mind.example>",
        "--b--",
    )


def test_a_notification_names_the_address_the_status_and_the_mail() -> None:
    raw = dsn(
        [
            "Final-Recipient: rfc822; Sam@Dealer.example",
            "Action: failed",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 <sam@dealer.example>: Recipient address",
            "    rejected: User unknown",
        ]
    )
    report = report_of(raw)
    assert report.failures == (
        Failure(
            "sam@dealer.example",
            "5.1.1",
            True,
            "550 5.1.1 <sam@dealer.example>: Recipient address rejected: User unknown",
        ),
    )
    assert report.about[0] == OURS


def test_only_the_headers_may_come_back() -> None:
    raw = dsn(
        ["Final-Recipient: rfc822; sam@dealer.example", "Action: failed", "Status: 5.7.1"],
        returned="text/rfc822-headers",
    )
    assert report_of(raw).about[0] == OURS


def test_a_delay_is_no_failure_for_good_and_what_arrived_is_none() -> None:
    raw = dsn(
        [
            "Original-Recipient: rfc822;sam@dealer.example",
            "Final-Recipient: rfc822;inner@dealer.example",
            "Action: delayed",
            "Status: 4.4.1",
            "",
            "Final-Recipient: rfc822;dana@dealer.example",
            "Action: delivered",
            "Status: 2.0.0",
        ]
    )
    (only,) = report_of(raw).failures
    assert (only.recipient, only.status, only.permanent) == ("sam@dealer.example", "4.4.1", False)


def test_a_status_is_read_from_the_servers_words_where_the_field_is_empty() -> None:
    raw = dsn(
        ["Final-Recipient: rfc822;a@b.example", "Action: failed", "Diagnostic-Code: smtp; 552 mailbox full"]
    )
    assert report_of(raw).failures[0].status == "552"


EXIM = mail(
    "From: Mail Delivery System <Mailer-Daemon@mx.example>",
    "X-Failed-Recipients: sam@dealer.example",
    "Subject: Mail delivery failed: returning message to sender",
    "Content-Type: text/plain",
    "",
    "This message was created automatically by mail delivery software.",
    "",
    "A message that you sent could not be delivered to one or more of its recipients.",
    "",
    "  sam@dealer.example",
    "    SMTP error from remote mail server after RCPT TO:<sam@dealer.example>:",
    "    550 5.1.1 User unknown",
    "",
    "------ This is a copy of the message, including all the headers. ------",
    "",
    "From: ops@desk.example",
    f"Message-ID: <{OURS}>",
    "Subject: Re: x",
)
QMAIL = mail(
    "From: MAILER-DAEMON@mx.example",
    "Subject: failure notice",
    "Content-Type: text/plain",
    "",
    "Hi. This is the qmail-send program at mx.example.",
    "I'm afraid I wasn't able to deliver your message to the following addresses.",
    "This is a permanent error; I've given up. Sorry it didn't work out.",
    "",
    "<sam@dealer.example>:",
    "Sorry, no mailbox here by that name. (#5.1.1)",
    "",
    "--- Below this line is a copy of the message.",
    "",
    "From: ops@desk.example",
    "Message-ID:",
    f" <{OURS}>",
)


@pytest.mark.parametrize("raw", [EXIM, QMAIL], ids=["exim", "qmail"])
def test_the_old_kinds_are_read_too(raw: bytes) -> None:
    report = report_of(raw)
    (only,) = report.failures
    assert (only.recipient, only.permanent, only.status) == ("sam@dealer.example", True, "5.1.1")
    assert OURS in report.about


def test_a_report_that_says_nothing_says_nothing() -> None:
    raw = mail("From: postmaster@mx.example", "Subject: Hello", "", "Your mailbox is nearly full.")
    assert report_of(raw) == NOTHING


def test_the_id_of_the_report_itself_is_not_what_it_is_about() -> None:
    raw = dsn(
        ["Final-Recipient: rfc822;a@b.example", "Action: failed"], words="Message-ID: <report1@mx.example>"
    )
    assert "report1@mx.example" not in report_of(raw).about


def test_hostile_reports_are_read_without_a_fault() -> None:
    many = ["Final-Recipient: rfc822;a@b.example", "Action: failed", ""] * 200
    assert len(report_of(dsn(many)).failures) == 50
    for nonsense in (
        ["Final-Recipient: \udcff".encode("utf-8", "replace").decode()],
        ["Status: " + "5." * 9000],
        [""],
    ):
        assert isinstance(report_of(dsn(nonsense)), Report)
    with pytest.raises(NotUnderstood):
        report_of(b"")


def test_it_is_read_in_the_process_that_can_be_killed() -> None:
    child = ParserChild()
    try:
        assert child.report(EXIM) == report_of(EXIM)
    finally:
        child.close()
    assert from_wire(to_wire(report_of(QMAIL))) == report_of(QMAIL)
