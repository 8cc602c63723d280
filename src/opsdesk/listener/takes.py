"""What the desk says to those who bring mail: whom it takes mail for, and when it has it."""

import asyncio
import logging
from collections.abc import Sequence

from aiosmtpd.smtp import SMTP, Envelope, Session

from opsdesk.listener.room import Room
from opsdesk.listener.storing import Storing
from opsdesk.mail import envelopes
from opsdesk.mail.headers import one_line
from opsdesk.mail.refusals import SourceClosed
from opsdesk.mail.trouble import named

MOST_RECIPIENTS = 100

TAKEN = "250 2.0.0 OK, stored"
LATER = "451 4.3.0 The desk can't store mail at the moment, please try again later"
UNKNOWN = "550 5.1.1 No such address here; this server takes mail for its desk only"
CLOSED = "550 5.2.1 This address takes no mail any more"
TOO_MANY = "452 4.5.3 Too many recipients, please send to the others separately"

logger = logging.getLogger("opsdesk.listener")


class Taker:
    """Hooks of the conversation. Whatever fails here is a passing failure: nobody is turned away for it."""

    def __init__(self, storing: Storing, room: Room) -> None:
        self._storing = storing
        self._room = room

    async def handle_EHLO(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """What is offered: never a sign-in, there is nothing to relay."""
        session.host_name = hostname
        return [each for each in responses if not each.startswith("250-AUTH")]

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: Sequence[str],
    ) -> str:
        """Take only what is for a desk."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        try:
            desk = await asyncio.wrap_future(self._storing.desk_of(address))
        except SourceClosed:
            return CLOSED
        except Exception as failure:  # noqa: BLE001 - whatever it is, they come again
            logger.error("a recipient could not be looked up: %s", named(failure))
            return LATER
        if not desk:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        _desks_of(envelope).add(desk)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Say that it is here only when it is on disk."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        said = envelopes.Envelope(envelope.mail_from or "", tuple(envelope.rcpt_tos))
        label = _label(session, envelope)
        stored = self._storing.store(raw, desks=_desks_of(envelope), label=label, envelope=said)
        stored.add_done_callback(lambda _: self._room.give_back(len(raw)))
        try:
            await asyncio.wrap_future(stored)
        except Exception as failure:  # noqa: BLE001 - whatever it is, they come again
            logger.error("a mail of %s bytes could not be stored: %s", len(raw), named(failure))
            return LATER
        return TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours must not turn a mail away for good."""
        logger.error("a conversation failed: %s", named(error))
        return LATER


def _desks_of(envelope: Envelope) -> set[str]:
    """The desks of the recipients so far; kept with the envelope, gone with it."""
    found: set[str] = envelope.__dict__.setdefault("desks", set())
    return found


def _label(session: Session, envelope: Envelope) -> str:
    peer: object = session.peer
    address = peer[0] if isinstance(peer, tuple) else "?"
    sender = one_line((envelope.mail_from or "").encode("utf-8", "replace").decode())
    return f"SMTP {sender} ({address})"
