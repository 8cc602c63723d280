"""The intake ledger: every arrival is stored before anything looks at it, then gets exactly one outcome."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from opsdesk.journal.actions import Draft, record_many, record_one
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import arrivals, bouncing, by_hand, child, envelopes, inhand, placing, redaction
from opsdesk.mail.arrivals import Incoming, Key, Stored
from opsdesk.mail.bounces import Report
from opsdesk.mail.envelopes import Envelope
from opsdesk.mail.filing import Placed
from opsdesk.mail.inhand import InHand
from opsdesk.mail.models import Arrival, Outcome, Source
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import (
    NothingToRerun,
    NotInQuarantine,
    NotUnderstood,
    SomebodyWasFirst,
)
from opsdesk.mail.rules import BY_HAND, SPAM, Verdict
from opsdesk.mail.trouble import PASSING, is_passing, named, was_rolled_back
from opsdesk.vault import actions as vault

logger = logging.getLogger(__name__)

MEDIA_TYPE = "message/rfc822"
TRIES = 5
AT_ONCE = 25
_COLLISIONS = 4
_RERUNNABLE = (Outcome.QUARANTINED, Outcome.SET_ASIDE)


_Understood = tuple[InHand, ParsedMail | NotUnderstood]


@transaction.atomic
def store(
    *,
    source: Source,
    raw: bytes,
    label: str,
    received_at: datetime | None,
    now: datetime,
    mailbox: str = "",
    uidvalidity: int | None = None,
    uid: int | None = None,
    envelope: Envelope | None = None,
) -> Stored:
    """Store one arrival durably, in one short transaction; the same one again changes nothing."""
    item = Incoming(raw, label, received_at, mailbox, uidvalidity, uid, envelope)
    key = arrivals.key_of(item, vault.store_one(raw, media_type=MEDIA_TYPE, now=now))
    arrival_id = arrivals.write_one(source, key, item, now)
    if arrival_id is None:
        return Stored(arrivals.id_of(source, key), new=False)
    record_one(arrivals.stored_fact(arrival_id, source, key, item, now), now=now)
    return Stored(arrival_id, new=True)


@transaction.atomic
def store_many(*, source: Source, items: Sequence[Incoming], now: datetime) -> list[Stored]:
    """Store several arrivals of one source in one transaction; the answers are in their order."""
    if connection.features.has_select_for_update:
        # Two who store the same mail come one after the other.
        Source.objects.select_for_update().get(id=source.id)
    digests = vault.write_many([item.raw for item in items], media_type=MEDIA_TYPE, now=now)
    keys: list[Key] = [arrivals.key_of(item, digest) for item, digest in zip(items, digests, strict=True)]
    by_key = dict(zip(keys, items, strict=True))
    fresh = arrivals.write_all(source, by_key, now)
    there = arrivals.ids_of(source, by_key.keys() - fresh.keys()) if len(fresh) < len(by_key) else {}
    facts = [arrivals.stored_fact(id, source, key, by_key[key], now) for key, id in fresh.items()]
    record_many(facts, now=now)
    ids = there | fresh
    return [Stored(ids[key], new=fresh.pop(key, None) is not None) for key in keys]


def sort(arrival_id: int, *, now: datetime) -> str:
    """Give an arrival in hand its outcome; the outcome it has when it is not in hand any more."""
    arrival = inhand.arrival_of(arrival_id)
    if not arrival.outcome:
        _sort_some([(arrival, _understood(arrival))], now=now)
    return Arrival.objects.values_list("outcome", flat=True).get(id=arrival_id)


def sort_pending(*, limit: int, now: datetime) -> int:
    """Sort up to `limit` arrivals in hand, the oldest first; how many got an outcome. One worker or several.

    Whatever goes wrong with one, the next is sorted: after `TRIES` failures it is quarantined. A database
    in trouble ends the round and counts against no mail.
    """
    settled = 0
    try:
        with remembering(), inhand.due(limit) as arrivals_due:
            for some in _in_turn(arrivals_due):
                settled += _sort_some(some, now=now)
    except PASSING as trouble:
        if not is_passing(trouble):
            raise
        logger.warning("the database is in trouble, the mail stays in hand: %s", named(trouble))
    return settled


def _in_turn(pending: Sequence[InHand]) -> Iterator[list[_Understood]]:
    """The mails parsed, several at once; where only one can write, the parser is kept busy meanwhile."""
    by_id = {arrival.id: arrival for arrival in pending}
    ahead = 1 if connection.features.has_select_for_update else AT_ONCE
    some: list[_Understood] = []
    for arrival_id, mail in child.sorting().parse_each(inhand.raws(pending), ahead=ahead):
        some.append((by_id[arrival_id], _delivered(by_id[arrival_id], mail)))
        if len(some) == AT_ONCE:
            yield some
            some = []
    yield some


def _understood(arrival: InHand) -> ParsedMail | NotUnderstood:
    try:
        return _delivered(arrival, child.sorting().parse(inhand.raw(arrival)))
    except NotUnderstood as refusal:
        return refusal


def _delivered(arrival: InHand, mail: ParsedMail | NotUnderstood) -> ParsedMail | NotUnderstood:
    if isinstance(mail, NotUnderstood):
        return mail
    return envelopes.delivered(mail, envelopes.read(arrival.envelope))


def _sort_some(found: Sequence[_Understood], *, now: datetime) -> int:
    """Sort several in one transaction; if that fails, each in its own, so that only the guilty one stays.

    How many got an outcome. Raises the failure when the database is in trouble.
    """
    if not found:
        return 0
    try:
        return len(_settled(found, now=now))
    except Exception as failure:
        if is_passing(failure):
            raise
        if len(found) > 1:
            return sum(_sort_some([one], now=now) for one in found)
        logger.error("arrival %s could not be sorted: %s", found[0][0].id, named(failure))
        return _count_failure(found[0][0], type(failure).__name__, now=now)


def _settled(found: Sequence[_Understood], *, now: datetime) -> list[Placed]:
    """Settle; when another worker or a person came between, look again, a few times."""
    reports = bouncing.reports_of(found)
    for _ in range(_COLLISIONS):
        try:
            return _settle(found, reports, now=now)
        except (IntegrityError, Refusal) as collision:
            logger.info("somebody came between: %s", type(collision).__name__)
        except OperationalError as failure:
            if not was_rolled_back(failure):
                raise
    return _settle(found, reports, now=now)


@transaction.atomic
def _settle(found: Sequence[_Understood], reports: Mapping[int, Report], *, now: datetime) -> list[Placed]:
    """Place those that are still as they were read, write their outcomes and record them."""
    mine = inhand.unchanged([arrival for arrival, _ in found])
    placed = placing.place_all([one for one in found if one[0].id in mine], now=now)
    arrivals.write_outcomes(placed, now)
    record_many([arrivals.outcome_fact(one, SYSTEM, now) for one in placed], now=now)
    bouncing.note(placed, reports, now=now)
    erased = [one.arrival.id for one in placed if one.message and one.message.redacted_at]
    if erased:
        redaction.erase_again(erased, now=now)
    return placed


def _count_failure(arrival: InHand, failure: str, *, now: datetime) -> int:
    """Count a failure of ours; the last one puts the mail into quarantine, where people see it: 1, else 0."""
    try:
        with transaction.atomic():
            Arrival.objects.filter(id=arrival.id).update(tries=F("tries") + 1)
            if arrival.tries + 1 >= TRIES:
                _write(arrival, Verdict(Outcome.QUARANTINED, "failed", failure), actor=SYSTEM, now=now)
                return 1
    except (DatabaseError, Refusal) as trouble:
        logger.error("the failure of arrival %s could not be counted: %s", arrival.id, named(trouble))
    return 0


def _write(arrival: InHand, verdict: Verdict, *, actor: Actor, now: datetime) -> None:
    _write_placed(Placed(arrival, NotUnderstood(verdict.reason), verdict=verdict), actor=actor, now=now)


def _write_placed(one: Placed, *, actor: Actor, now: datetime) -> None:
    """Set one outcome if nobody was faster, and record it with the one before. Refuses `SomebodyWasFirst`."""
    if not arrivals.set_outcome(one, now):
        raise SomebodyWasFirst()
    record_many([arrivals.outcome_fact(one, actor, now)], now=now)


def rerun(arrival_id: int, *, actor: Actor, now: datetime) -> str:
    """Sort a quarantined or set aside arrival again; the journal keeps the old outcome."""
    arrival = _by_hand(arrival_id, actor)
    found = [(arrival, _understood(arrival))]
    reports = bouncing.reports_of(found)
    before = arrival.outcome
    with transaction.atomic():
        placed = _settle(found, reports, now=now)
        if not placed:
            raise SomebodyWasFirst()
        outcome = placed[0].verdict.outcome
        payload = {"before": before, "outcome": outcome}
        record_many([Draft("arrival.rerun", "arrival", arrival_id, actor, now, payload)], now=now)
    return outcome


@transaction.atomic
def set_aside(arrival_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Set a quarantined arrival aside by hand: spam, or a reason in words. Refuses `NotInQuarantine`."""
    arrival = inhand.arrival_of(arrival_id)
    check_may(actor, Act.HANDLE_MAIL, desk=arrival.desk)
    if arrival.outcome != Outcome.QUARANTINED:
        raise NotInQuarantine()
    code = SPAM if reason.strip().lower() == SPAM else BY_HAND
    _write(arrival, Verdict(Outcome.SET_ASIDE, code, reason.strip()), actor=actor, now=now)


@transaction.atomic
def request_by_hand(
    arrival_id: int, *, subject: str, text: str, requester_email: str, actor: Actor, now: datetime
) -> int:
    """Open a request for a quarantined or set aside arrival, as a person reads it; the case's id."""
    arrival = _by_hand(arrival_id, actor)
    placed = by_hand.place(arrival, by_hand.Words(subject, text, requester_email), actor=actor, now=now)
    _write_placed(placed, actor=actor, now=now)
    return placed.case_id


def _by_hand(arrival_id: int, actor: Actor) -> InHand:
    """The arrival, which the actor may handle and which may be run again. Refuses `NothingToRerun`."""
    arrival = inhand.arrival_of(arrival_id)
    check_may(actor, Act.HANDLE_MAIL, desk=arrival.desk)
    if arrival.outcome not in _RERUNNABLE:
        raise NothingToRerun()
    return arrival
