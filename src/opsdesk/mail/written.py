"""A request that reached an operator by telephone or otherwise, written down: a mail like any other."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.policy import compat32
from email.quoprimime import body_encode
from email.utils import format_datetime

from django.db import transaction

from opsdesk.cases.queries import desk as desk_definition
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import intake, outgoing, sources
from opsdesk.mail.arrivals import Stored
from opsdesk.mail.headers import Address, address_of, one_line
from opsdesk.mail.models import CaseMessage
from opsdesk.mail.recipients import is_own

_AT_ONCE = 10  # letters: their encoded word stays below 75 bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody asked for. `key` and `begun_at` are the form's: sent twice, it is the same mail."""

    desk: str
    requester_email: str
    requester_name: str
    subject: str
    text: str
    key: str
    begun_at: datetime


@transaction.atomic
def enter(written: Written, *, actor: Actor, now: datetime) -> Stored:
    """Store what was written down as the mail that the requester might have sent. Refuses `Invalid` fields.

    The journal says who wrote it down; the sorting then treats it as it does any other.
    """
    check_may(actor, Act.HANDLE_MAIL, desk=written.desk)
    raw = _bytes(written)
    source = sources.form_source(written.desk, now=now)
    stored = intake.store(source=source, raw=raw, label=f"form {written.key}", received_at=now, now=now)
    if stored.new:
        record(
            kind="arrival.written_down",
            subject_kind="arrival",
            subject_id=stored.arrival_id,
            actor=actor,
            happened_at=now,
            now=now,
            payload={"source": source.id},
        )
    return stored


def case_of(arrival_id: int) -> int | None:
    """The request that an arrival opened or joined, None when it did neither."""
    links = CaseMessage.objects.filter(message__arrivals=arrival_id, removed_at__isnull=True)
    return links.order_by("id").values_list("case_id", flat=True).first()


def _bytes(written: Written) -> bytes:
    requester = _requester(written)
    desk = desk_definition(written.desk)
    if not written.subject.strip():
        raise Invalid("subject", gettext_noop("Say in a few words what is asked for."))
    if not written.text.strip():
        raise Invalid("text", gettext_noop("Write down what is asked for."))
    domain = outgoing.wire_domain(desk.address)
    mail = Message(policy=compat32.clone(linesep="\r\n"))
    # Who has no address is named all the same: an empty one is written, and nobody can be answered.
    mail["From"] = f"{_words(requester.name)} <{_wire(requester.address)}>".strip()
    mail["To"] = f"{_words(desk.name)} <{_wire(desk.address)}>"
    mail["Subject"] = _words(one_line(written.subject))
    mail["Date"] = format_datetime(written.begun_at)
    mail["Message-ID"] = f"<{written.key}@form.{domain}>"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = 'text/plain; charset="utf-8"'
    mail["Content-Transfer-Encoding"] = "quoted-printable"
    lines = written.text.strip().splitlines()
    mail.set_payload(body_encode("\n".join(lines).encode("utf-8").decode("latin-1") + "\n", eol="\n"))
    return mail.as_bytes()


def _wire(address: str) -> str:
    return f"{address.rpartition('@')[0]}@{outgoing.wire_domain(address)}" if address else ""


def _words(text: str) -> str:
    """A text for a header, whole in any language: short encoded words, which readers join without a gap."""
    pieces = [text[start : start + _AT_ONCE] for start in range(0, len(text), _AT_ONCE)]
    return " ".join(f"=?utf-8?b?{b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _requester(written: Written) -> Address:
    name, given = one_line(written.requester_name), written.requester_email.strip()
    address = address_of(given)
    if given and not (address and outgoing.is_sendable(address)):
        raise Invalid("requester_email", gettext_noop("No mail can be sent to this address."))
    if address and is_own(address):
        raise Invalid("requester_email", gettext_noop("This is an address of the desk, not of a customer."))
    if not address and not name:
        raise Invalid("requester_name", gettext_noop("Say who asks: a name, an address, or both."))
    return Address(name, address)
