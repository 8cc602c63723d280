"""From a life to the case that is written: instants, persons, accounts and types as they are known here."""

from collections.abc import Collection

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.importing import PastCase, PastStay, PastWait
from opsdesk.cases.opening import EMAIL_LENGTH, NAME_LENGTH, NO_SUBJECT
from opsdesk.history.events import described
from opsdesk.history.instants import instant
from opsdesk.history.maps import HistoryMap
from opsdesk.history.names import Names
from opsdesk.history.rules import Life, LifeStay, LifeWait, live
from opsdesk.history.spill import Told

PARTY_LENGTH = 60


def life_of(told: Told, desk: DeskDefinition, mapped: HistoryMap) -> Life:
    """The life that the events tell, in the queues of a desk."""
    return live(told.events, {queue.key: queue.tier for queue in desk.queues}, mapped.entry)


def built(
    told: Told, life: Life, *, desk: DeskDefinition, mapped: HistoryMap, names: Names, import_id: int
) -> PastCase:
    """The case as it is written. What `names` doesn't know is counted there."""
    said = described(told.attributes)
    type, cause = (
        _of_table("type", said["type"], mapped, desk, names),
        _of_table("cause", said["cause"], mapped, desk, names),
    )
    leaf = desk.type(type)
    account_id = names.account(said["account"], said["requester"])
    if said["account"] and account_id is None:
        names.miss("account", said["account"])
    address = said["requester"] if "@" in said["requester"] else ""
    return PastCase(
        state=life.state,
        subject=said["subject"] or f"{NO_SUBJECT} {told.case}",
        stays=tuple(_stay(stay, desk, names) for stay in life.stays),
        reopened=life.reopened,
        excerpt=_excerpt(said["also"], said["account"] if account_id is None else ""),
        requester_email=address[:EMAIL_LENGTH].lower(),
        requester_name="" if address else said["requester"][:NAME_LENGTH],
        account_id=account_id,
        family=leaf.family if leaf else "",
        type=type,
        cause=cause if life.state == "resolved" else "",
        resolution=life.here.left_by
        if life.state == "resolved" and not names.person(life.here.left_by)
        else "",
        last_touch_at=instant(life.last_touch) if life.last_touch is not None else None,
        first_response_at=instant(life.first_response) if life.first_response is not None else None,
        payload={"import": import_id, "stays": len(life.stays)},
    )


def senders(cases: Collection[Told]) -> set[str]:
    """Whom accounts are looked for by."""
    found = [described(told.attributes) for told in cases]
    return {said[name] for said in found for name in ("account", "requester") if said[name]}


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


def _stay(stay: LifeStay, desk: DeskDefinition, names: Names) -> PastStay:
    strangers = [words for words in stay.persons if names.person(words) is None]
    for words in strangers:
        names.miss("person", words)
    return PastStay(
        queue=desk.queue(stay.queue),
        entrance=stay.entrance,
        entered_at=instant(stay.entered),
        entered_by_id=names.person(stay.entered_by),
        first_touch_at=instant(stay.touched) if stay.touched is not None else None,
        first_touch_by_id=names.person(stay.touched_by),
        left_at=instant(stay.left) if stay.left is not None else None,
        left_by_id=names.person(stay.left_by),
        exit=stay.exit,
        next_queue=stay.next_queue,
        words=", ".join(strangers),
        waits=tuple(_wait(wait) for wait in stay.waits),
    )


def _wait(wait: LifeWait) -> PastWait:
    party = (wait.party or "other")[:PARTY_LENGTH] if wait.on == "third_party" else ""
    ended = instant(wait.ended) if wait.ended is not None else None
    return PastWait(wait.on, party, instant(wait.began), ended)
