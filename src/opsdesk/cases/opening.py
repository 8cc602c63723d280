"""Opening a request."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from opsdesk.cases import stays
from opsdesk.cases.classes import type_fields
from opsdesk.cases.definition import QueueDef
from opsdesk.cases.models import Case, CaseKind, CaseState, Entrance, Stay
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.refusal import gettext_noop

SUBJECT_LENGTH = 400
EMAIL_LENGTH = 254
NAME_LENGTH = 160
NO_SUBJECT = gettext_noop("(no subject)")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a request begins with. `opened_at`: when its mail reached the server.

    `follows_id`: the closed case it goes on from; `claims_id`: the case a stranger says it belongs to;
    `split_from_id`: the case it is a part of.
    """

    desk: str
    subject: str
    opened_at: datetime
    excerpt: str = ""
    requester_email: str = ""
    requester_name: str = ""
    account_id: int | None = None
    type: str = ""
    follows_id: int | None = None
    claims_id: int | None = None
    split_from_id: int | None = None


@transaction.atomic
def open_request(opening: Opening, *, now: datetime, actor: Actor = SYSTEM) -> Case:
    """Open a request in the desk's entry queue. Refuses a type the desk hasn't as `Invalid`."""
    desk = desk_definition(opening.desk)
    entry = desk.queue(desk.entry_queue)
    case = _case(opening, entry, now)
    for name, value in type_fields(desk, opening.type).items():
        setattr(case, name, value)
    first = Stay(entered_at=opening.opened_at, tier=entry.tier, queue=entry.key, entrance=Entrance.OPENED)
    for name, value in stays.due_fields(case, desk, first).items():
        setattr(case, name, value)
    case.save(force_insert=True)
    stays.enter(case, entry, number=1, entrance=Entrance.OPENED, at=opening.opened_at, by_id=actor.id)
    links = {"follows": opening.follows_id, "claims": opening.claims_id, "from": opening.split_from_id}
    record(
        kind="case.opened",
        subject_kind="case",
        subject_id=case.id,
        actor=actor,
        happened_at=opening.opened_at,
        now=now,
        payload={"version": 0, "queue": entry.key, **links},
    )
    return case


def _case(opening: Opening, entry: QueueDef, now: datetime) -> Case:
    return Case(
        desk=opening.desk,
        kind=CaseKind.REQUEST,
        state=CaseState.OPEN,
        queue=entry.key,
        tier=entry.tier,
        highest_tier=entry.tier,
        subject=opening.subject.strip()[:SUBJECT_LENGTH] or NO_SUBJECT,
        excerpt=opening.excerpt.strip()[:SUBJECT_LENGTH],
        account_id=opening.account_id,
        requester_email=opening.requester_email[:EMAIL_LENGTH],
        requester_name=opening.requester_name[:NAME_LENGTH],
        opened_at=opening.opened_at,
        recorded_at=now,
        last_inbound_at=opening.opened_at,
        follows_id=opening.follows_id,
        claims_id=opening.claims_id,
        split_from_id=opening.split_from_id,
    )
