"""The cast of the tests of disputes: the deals desk with its people, an open scope, deals, files."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import actions, evidence, rulings
from opsdesk.disputes.models import Dispute, Evidence, Ruling
from opsdesk.kernel.actor import Actor, Role
from tests import cast
from tests.cast import Somebody
from tests.deals.cast import DAY, HOUR, MARKET, MOMENT, MONDAY, delivered, scope

__all__ = ["DAY", "HOUR", "MARKET", "MOMENT", "MONDAY", "delivered", "scope"]

REQUIRED = ("exterior", "interior", "odometer")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works on the deals desk."""

    olga: Somebody
    omar: Somebody
    enzo: Somebody
    lena: Somebody
    ada: Somebody


def desk() -> Staff:
    """The shipped desks and calendars, the pilot's scope open, one person or two of each role."""
    cast.desk(MONDAY)
    scope()
    return Staff(
        olga=cast.somebody("olga", [Role.OPERATOR], ["disputes"], desk="deals"),
        omar=cast.somebody("omar", [Role.OPERATOR], ["disputes"], desk="deals"),
        enzo=cast.somebody("enzo", [Role.ENGINEER], ["on-call"], desk="deals"),
        lena=cast.somebody("lena", [Role.LEAD], [], desk="deals"),
        ada=cast.admin(),
    )


def jpeg(number: int = 0) -> bytes:
    """Bytes that begin like a JPEG; another number, other bytes."""
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + number.to_bytes(4, "big") + b"\x00" * 64 + b"\xff\xd9"
    )


def pdf(number: int = 0) -> bytes:
    return b"%PDF-1.7\n%" + str(number).encode() + b"\n%%EOF\n"


def photo(deal: Deal, item: str = "", number: int = 0, *, now: datetime, actor: Actor = MARKET) -> Evidence:
    return evidence.add(
        deal_id=deal.id, data=jpeg(number), name=f"photo {number}.jpg", item=item, actor=actor, now=now
    )


def all_photos(deal: Deal, *, now: datetime, actor: Actor = MARKET) -> None:
    """A photo for each required item of the pilot's checklist."""
    for number, item in enumerate(REQUIRED):
        photo(deal, item, number, now=now, actor=actor)


def raised(
    reason: Reason = Reason.DAMAGE_MINOR,
    *,
    at: datetime = MONDAY + HOUR,
    actor: Actor = MARKET,
    complete: bool = True,
    deal: Deal | None = None,
    text: str = "The left mirror is scratched.",
    **fields: object,
) -> Dispute:
    """A dispute with its evidence, raised at an instant on a deal delivered an hour before."""
    found = deal or delivered(at - HOUR, **fields)
    if complete:
        all_photos(found, now=at)
    else:
        photo(found, now=at)
    return actions.raise_issue(deal_id=found.id, reason=reason, text=text, actor=actor, now=at)


def choice(
    outcome: Outcome = Outcome.OFFSET,
    amount: int | None = None,
    *,
    reason: str = "The photos show it.",
    replacement: str = "",
    looked_again: bool = False,
) -> Choice:
    return Choice(outcome, reason, amount, replacement, looked_again)


def rule(
    dispute: Dispute,
    outcome: Outcome = Outcome.OFFSET,
    amount: int | None = None,
    *,
    by: Somebody,
    at: datetime,
    seen_version: int | None = None,
    **words: object,
) -> Ruling:
    return rulings.rule(
        dispute_id=dispute.id,
        choice=choice(outcome, amount, **words),  # type: ignore[arg-type]
        actor=by.actor,
        now=at,
        seen_version=seen_version,
    )
