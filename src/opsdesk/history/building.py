"""From a life to the case that is written: instants, persons, accounts and types as they are known here."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.importing import PastCase, PastStay, PastWait
from opsdesk.cases.opening import EMAIL_LENGTH, NAME_LENGTH, NO_SUBJECT
from opsdesk.history.instants import instant
from opsdesk.history.maps import ATTRIBUTES, HistoryMap
from opsdesk.history.names import Names
from opsdesk.history.rules import Life, LifeStay, LifeWait, live
from opsdesk.history.spill import Told

PARTY_LENGTH = 60
ACCOUNT, REQUESTER = ATTRIBUTES.index("account"), ATTRIBUTES.index("requester")


def tiers_of(desk: DeskDefinition) -> dict[str, int]:
    """The tier of each queue."""
    return {queue.key: queue.tier for queue in desk.queues}


def life_of(told: Told, tiers: Mapping[str, int], mapped: HistoryMap) -> Life:
    """The life that the events tell, in queues of these tiers."""
    return live(told.events, tiers, mapped.entry)


def built(
    told: Told, life: Life, *, desk: DeskDefinition, mapped: HistoryMap, names: Names, import_id: int
) -> PastCase:
    """The case as it is written. What `names` doesn't know is counted there."""
    subject, account, written_type, requester, written_cause, also = told.attributes
    type = _of_table("type", written_type, mapped, desk, names)
    cause = _of_table("cause", written_cause, mapped, desk, names)
    leaf = desk.type(type) if type else None
    account_id = names.account(account, requester)
    if account and account_id is None:
        names.miss("account", account)
    address = requester if "@" in requester else ""
    at = Instants()
    resolved, by = life.state == "resolved", life.here.left_by
    return PastCase(
        state=life.state,
        subject=subject or f"{NO_SUBJECT} {told.case}",
        stays=tuple([_stay(stay, at, desk, names) for stay in life.stays]),
        reopened=life.reopened,
        excerpt=_excerpt(also, account if account_id is None else ""),
        requester_email=address[:EMAIL_LENGTH].lower(),
        requester_name="" if address else requester[:NAME_LENGTH],
        account_id=account_id,
        family=leaf.family if leaf else "",
        type=type,
        cause=cause if resolved else "",
        resolution=by if resolved and names.person(by) is None else "",
        last_touch_at=at[life.last_touch] if life.last_touch is not None else None,
        first_response_at=at[life.first_response] if life.first_response is not None else None,
        payload=_payload(import_id, len(life.stays)),
    )


class Instants(dict[int, datetime]):
    """Instants by their microseconds, each made once: a stay ends where the next begins."""

    def __missing__(self, at: int) -> datetime:
        found = self[at] = instant(at)
        return found


@lru_cache(maxsize=1000)
def _payload(import_id: int, stays: int) -> Mapping[str, int]:
    """One for all cases of so many stays: it is written down once for many."""
    return {"import": import_id, "stays": stays}


def senders(cases: Collection[Told]) -> set[str]:
    """Whom accounts are looked for by."""
    found = {words for told in cases for words in (told.attributes[ACCOUNT], told.attributes[REQUESTER])}
    return found - {""}


def _excerpt(also: str, account: str) -> str:
    """What is kept as words, with the name of an account that nobody knows."""
    return " · ".join(words for words in (account, also) if words)[:400]


def _of_table(what: str, written: str, mapped: HistoryMap, desk: DeskDefinition, names: Names) -> str:
    """The desk's own key for a type or a cause; what is no key of it and stands in no table is counted."""
    if not written:
        return ""
    table = mapped.types if what == "type" else mapped.causes
    found = table.get(written)
    if found is not None:
        return found
    known = desk.type(written) if what == "type" else next((c for c in desk.causes if c.key == written), None)
    if known is not None:
        return known.key
    names.miss(what, written)
    return ""


def _stay(stay: LifeStay, at: Instants, desk: DeskDefinition, names: Names) -> PastStay:
    strangers = [words for words in stay.persons if names.person(words) is None]
    for words in strangers:
        names.miss("person", words)
    return PastStay(
        desk.queue(stay.queue),
        stay.entrance,
        at[stay.entered],
        names.person(stay.entered_by),
        at[stay.touched] if stay.touched is not None else None,
        names.person(stay.touched_by),
        at[stay.left] if stay.left is not None else None,
        names.person(stay.left_by),
        stay.exit,
        stay.next_queue,
        ", ".join(strangers),
        tuple([_wait(wait, at) for wait in stay.waits]),
    )


def _wait(wait: LifeWait, at: Instants) -> PastWait:
    party = (wait.party or "other")[:PARTY_LENGTH] if wait.on == "third_party" else ""
    return PastWait(wait.on, party, at[wait.began], at[wait.ended] if wait.ended is not None else None)
