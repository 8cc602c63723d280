"""The handler of `mail.deliver`: one message of ours to the server that takes our mail, and what it said.

At least once: between the server's "250" and our commit lies nothing but that commit; whoever is killed
there leaves the message to be sent again, with the same Message-ID. See docs/handbook/sending.md.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.db import connection

from opsdesk.clock.tasks import Handler, TaskValue, delay_after
from opsdesk.mail import deliveries, outbox
from opsdesk.mail.handover import Envelope, NotNow, NotTaken, Server, Token, hand_over
from opsdesk.mail.models import Message
from opsdesk.mail.outgoing import wire_domain
from opsdesk.mail.recipients import is_own
from opsdesk.mail.trouble import PASSING
from opsdesk.vault import queries as vault

# With the back-off of tasks (10 s, doubled up to an hour) these are three days.
TRIES = 80
# So long everybody waits for a recipient whom the server doesn't take just now.
WAIT_FOR_ALL = 6
# No try to commit begins later than this after the server's "250": a task's lease must outlast it, after
# the longest conversation.
COMMIT_WITHIN_S = 40.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 8.0

logger = logging.getLogger("opsdesk.mail")


@dataclass(frozen=True, slots=True)
class _Way:
    server: Server
    token: Token | None


def carrier(server: Server, *, token: Token | None = None) -> Handler:
    """The handler that sends by this server; `token` gives the access token where it wants one."""

    def deliver(task: TaskValue, now: datetime) -> None:
        began = monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=monotonic() - began)

        message = outbox.to_send(task.subject_id)
        if message is not None:
            _deliver(message, task, _Way(server, token), clock)

    return deliver


def _deliver(message: Message, task: TaskValue, way: _Way, clock: Callable[[], datetime]) -> None:
    try:
        envelope = envelope_of(message)

        def accepted(problem: str) -> None:
            _commit(lambda: deliveries.sent(message.id, problem=problem, now=clock()))

        hand_over(
            way.server,
            envelope,
            wait_for_all=task.attempts <= WAIT_FOR_ALL,
            accepted=accepted,
            token=way.token,
        )
    except NotTaken as never:
        logger.warning("message %s can't be delivered: %s", message.id, never.code)
        deliveries.failed(task, problem=never.text, code=never.code, now=clock())
    except NotNow as later:
        logger.info("message %s was not taken, try %s: %s", message.id, task.attempts, later.code)
        if task.attempts >= TRIES:
            deliveries.failed(task, problem=later.text, code=later.code, now=clock())
            return
        run_at = clock() + delay_after(task.attempts)
        deliveries.put_off(task, problem=later.text, code=later.code, run_at=run_at, now=clock())


def envelope_of(message: Message) -> Envelope:
    """From whom to whom, and the stored bytes as they are. Raises `NotTaken` where there is nobody.

    Our own addresses get nothing: it would come back as a loop.
    """
    named = dict.fromkeys(_wire(one[1]) for one in [*message.to, *message.cc] if one[1])
    recipients = tuple(address for address in named if not is_own(address))
    if not recipients:
        raise NotTaken("no recipient", "There is nobody to send it to but ourselves.")
    try:
        raw = vault.read(message.blob_id)
    except (vault.BlobRedacted, vault.BlobMissing) as gone:
        raise NotTaken(type(gone).__name__, "The words of this message were erased.") from None
    return Envelope(_wire(message.from_address), recipients, raw)


def _wire(address: str) -> str:
    """An address as it stands in an envelope: its domain as DNS has it."""
    local = address.rpartition("@")[0]
    return f"{local}@{wire_domain(address)}"


def _commit(write: Callable[[], object]) -> None:
    """Write down that it was sent, as persistently as can be: else it would be sent again."""
    began, pause = monotonic(), FIRST_PAUSE_S
    while True:
        try:
            write()
        except PASSING:
            if monotonic() - began + pause > COMMIT_WITHIN_S:
                raise
            connection.close()
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        else:
            return
