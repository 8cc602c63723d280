"""Mails that open nothing, or nothing that lasts: machines', spam, and bytes nobody understands. Pure."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from random import Random

from opsdesk.demo.dealerships import Customer
from opsdesk.demo.letters import Letter, written
from opsdesk.demo.pens import Pen

Written = Callable[[Random, Pen, datetime], bytes]

ADVERTS = (
    (
        "Grow your website's traffic",
        "We bring your page to the top in three weeks. Reply for our price list.",
    ),
    ("Your parcel could not be delivered", "Confirm your address within a day or the parcel goes back."),
    (
        "Office chairs, factory prices",
        "Chairs, desks and lamps straight from the factory. Ask for the catalogue.",
    ),
)
NEWS = (
    "Weekly dealership digest",
    "What moved the used car market this week",
    "Five ideas for a fuller workshop",
)


def auto_reply(draw: Random, pen: Pen, at: datetime) -> bytes:
    until = draw.choice(("Monday", "next week", "the 15th"))
    return written(
        _letter(
            pen,
            "Automatic reply: away from my desk",
            f"I am out of the office until {until}.",
            at,
            headers=(("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes")),
        )
    )


def bounce(draw: Random, pen: Pen, at: datetime) -> bytes:
    host = pen.customer.address.rpartition("@")[2]
    lines = [
        f"From: Mail Delivery System <mailer-daemon@{host}>",
        f"To: {pen.desk_address}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{pen.message_id()}>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="report"',
        "",
        "--report",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        f"<{pen.customer.address}>: mailbox full ({draw.randrange(400, 480)})",
        "--report",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; mx.{host}",
        "",
        f"Final-Recipient: rfc822; {pen.customer.address}",
        "Action: failed",
        "Status: 5.2.2",
        "",
        "--report--",
        "",
    ]
    return "\r\n".join(lines).encode()


def newsletter(draw: Random, pen: Pen, at: datetime) -> bytes:
    sender = Customer("Dealer Weekly", "news@dealer-weekly.example")
    headers = (("List-Id", "<news.dealer-weekly.example>"), ("Precedence", "bulk"))
    return written(
        _letter(pen, draw.choice(NEWS), "Read it on our page.", at, sender=sender, headers=headers)
    )


def marked_spam(draw: Random, pen: Pen, at: datetime) -> bytes:
    subject, text = draw.choice(ADVERTS)
    return written(_letter(pen, subject, text, at, sender=_nobody(draw), headers=(("X-Spam-Flag", "YES"),)))


def advert(draw: Random, pen: Pen, at: datetime) -> bytes:
    subject, text = draw.choice(ADVERTS)
    return written(_letter(pen, subject, text, at, sender=_nobody(draw)))


def hostile(draw: Random, pen: Pen, at: datetime) -> bytes:
    return draw.choice(HOSTILE)(draw, pen, at)


def _nobody(draw: Random) -> Customer:
    return Customer("", f"offers{draw.randrange(10_000)}@bargains-{draw.randrange(100)}.example")


def _letter(
    pen: Pen,
    subject: str,
    text: str,
    at: datetime,
    *,
    sender: Customer | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Letter:
    return Letter(
        sender=sender or pen.customer,
        to=pen.desk_address,
        subject=subject,
        text=text,
        sent_at=at,
        message_id=pen.message_id(),
        headers=headers,
    )


def _no_headers(draw: Random, pen: Pen, at: datetime) -> bytes:
    return b"\r\n".join(draw.randbytes(40).hex().encode() for _ in range(12))


def _too_deep(draw: Random, pen: Pen, at: datetime) -> bytes:
    """Sixty containers, one inside the other."""
    lines = [f"From: {pen.customer.address}", "Subject: (no subject)", f"Message-ID: <{pen.message_id()}>"]
    for level in range(60):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "Content-Type: text/plain", "", "x"]).encode()


def _too_many_parts(draw: Random, pen: Pen, at: datetime) -> bytes:
    head = f'From: {pen.customer.address}\r\nContent-Type: multipart/mixed; boundary="p"\r\n\r\n'
    return (head + "--p\r\n\r\nx\r\n" * draw.randrange(600, 700) + "--p--\r\n").encode()


def _too_many_headers(draw: Random, pen: Pen, at: datetime) -> bytes:
    traces = "".join(f"X-Trace-{number}: {draw.getrandbits(32):08x}\r\n" for number in range(2100))
    head = f"From: {pen.customer.address}\r\nSubject: looped\r\n{traces}"
    return f"{head}\r\nThis mail went round in circles.".encode()


HOSTILE: tuple[Written, ...] = (
    _no_headers,
    _too_deep,
    _too_many_parts,
    _too_many_headers,
)
