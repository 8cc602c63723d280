"""The rows and facts of arrivals, before they are written."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from opsdesk.journal.actions import Draft
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.mail.models import Arrival, Outcome, Source
from opsdesk.mail.placing import Placed


@dataclass(frozen=True, slots=True)
class Incoming:
    """Raw bytes with where they came from. `received_at` None: the mail's own headers say it."""

    raw: bytes
    label: str
    received_at: datetime | None = None
    mailbox: str = ""
    uidvalidity: int | None = None
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The arrival of some bytes; `new` is False when it had come before."""

    arrival_id: int
    new: bool


_PAST = {
    Outcome.REQUESTS: "became_requests",
    Outcome.JOINED: "joined",
    Outcome.SET_ASIDE: "set_aside",
    Outcome.DUPLICATE: "found_duplicate",
    Outcome.QUARANTINED: "quarantined",
}

Key = tuple[str, str, int | None, int | None]


def key_of(item: Incoming, digest: str) -> Key:
    return digest, item.mailbox, item.uidvalidity, item.uid


def ids_by_key(source: Source, keys: Sequence[Key]) -> dict[Key, int]:
    rows = Arrival.objects.filter(source=source, blob_id__in={key[0] for key in keys})
    return {(row.blob_id, row.mailbox, row.uidvalidity, row.uid): row.id for row in rows}


def new_arrival(source: Source, key: Key, item: Incoming, now: datetime) -> Arrival:
    return Arrival(
        source=source,
        mailbox=item.mailbox,
        uidvalidity=item.uidvalidity,
        uid=item.uid,
        blob_id=key[0],
        label=item.label.replace("\x00", "")[-400:],
        received_at=item.received_at,
        recorded_at=now,
    )


def stored_fact(arrival_id: int, source: Source, key: Key, item: Incoming, now: datetime) -> Draft:
    happened = min(item.received_at or now, now)
    payload = {"source": source.id, "digest": key[0], "size": len(item.raw)}
    return Draft("arrival.stored", "arrival", arrival_id, SYSTEM, happened, payload)


def with_outcome(one: Placed, now: datetime) -> Arrival:
    """The row as it is to be written; the one that was read stays as it is, should the transaction fail."""
    arrival = copy(one.arrival)
    arrival.outcome = one.verdict.outcome
    arrival.reason = one.verdict.reason[:40]
    arrival.detail = one.verdict.detail[:2000]
    arrival.sorted_at = now
    arrival.received_at = one.received_at or arrival.received_at
    arrival.message = one.message or arrival.message
    return arrival


def outcome_fact(one: Placed, actor: Actor, now: datetime) -> Draft:
    kind = f"arrival.{_PAST[Outcome(one.verdict.outcome)]}"
    payload = {"outcome": one.verdict.outcome, "reason": one.verdict.reason, "before": one.arrival.outcome}
    return Draft(kind, "arrival", one.arrival.id, actor, now, payload | one.payload)
