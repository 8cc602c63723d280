"""Mails for the tests, as bytes; and the ways they come in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from opsdesk.mail import intake, sources
from opsdesk.mail.models import Arrival, Message, Source
from tests.cast import MONDAY

DESK = "support@voice.example"
CUSTOMER = "sam@dealer.example"
NOW = MONDAY + timedelta(hours=1)


def letter(
    number: object = 1,
    *,
    sender: str = f"Sam Dealer <{CUSTOMER}>",
    to: str = DESK,
    subject: str = "The assistant repeats itself",
    text: str = "It says everything twice since this morning.",
    answers: object | None = None,
    references: Iterable[object] = (),
    at: datetime = MONDAY,
    headers: Iterable[tuple[str, str]] = (),
    id: str | None = None,
) -> bytes:
    """A mail of number `number`; `answers` and `references` are numbers of other letters or whole ids."""
    lines = [
        f"Received: from x by mx.voice.example; {at:%a, %d %b %Y %H:%M:%S +0000}",
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}",
        f"Message-ID: {id_of(number) if id is None else id}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    if answers is not None:
        lines.append(f"In-Reply-To: {id_of(answers)}")
    named = " ".join(id_of(one) for one in references)
    if named:
        lines.append(f"References: {named}")
    return ("\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text, ""])).encode()


def id_of(number: object) -> str:
    text = str(number)
    return text if text.startswith("<") else f"<{text}@mail.example>"


def source(key: str = "files", *, start_at: datetime | None = None) -> Source:
    return sources.file_source(key, desk="support", start_at=start_at, now=MONDAY)


def bring(raw: bytes, *, now: datetime = NOW, label: str = "x.eml", into: Source | None = None) -> Arrival:
    """Store a mail and sort it; its arrival as it then stands."""
    stored = intake.store(source=into or source(), raw=raw, label=label, received_at=None, now=now)
    intake.sort(stored.arrival_id, now=now)
    return Arrival.objects.get(id=stored.arrival_id)


def message_of(arrival: Arrival) -> Message:
    assert arrival.message is not None
    return arrival.message
