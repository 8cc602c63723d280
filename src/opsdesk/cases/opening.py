"""Opening a case: a request, a dispute, an incident."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from opsdesk.cases import stays
from opsdesk.cases.classes import type_fields
from opsdesk.cases.definition import QueueDef
from opsdesk.cases.ground import check_may_here, load_locked
from opsdesk.cases.indexed import of_case
from opsdesk.cases.lifecycle import Phase, phase
from opsdesk.cases.models import Case, CaseKind, CaseState, Entrance, Stay
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.cases.refusals import NotClosed, TakesNoRequests
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.search import actions as search

SUBJECT_LENGTH = 400
EMAIL_LENGTH = 254
NAME_LENGTH = 160
NO_SUBJECT = gettext_noop("(no subject)")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case begins with. `opened_at`: when its mail reached the server.

    `queue`: where it enters, the desk's entry queue unless said. A request's desk must take mail.
    `country`: whose working hours count, where a queue has several. `deadline_at`: when it ends by itself.

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
    kind: CaseKind = CaseKind.REQUEST
    queue: str = ""
    severity: str = ""
    country: str = ""
    deadline_at: datetime | None = None


def open_request(opening: Opening, *, now: datetime, actor: Actor = SYSTEM) -> Case:
    """Open a request in the desk's entry queue.

    Refuses `TakesNoRequests`, and a type the desk hasn't as `Invalid`.
    """
    return open_requests([opening], now=now, actor=actor)[0]


@transaction.atomic
def open_requests(openings: Sequence[Opening], *, now: datetime, actor: Actor = SYSTEM) -> list[Case]:
    """Open several requests, in their order, with as few statements as there can be."""
    cases = [_case(opening, now) for opening in openings]
    return _written(cases, openings, actor=actor, now=now)


@transaction.atomic
def open_dispute(opening: Opening, *, actor: Actor, now: datetime) -> Case:
    """Open the case of a dispute in the desk's entry queue, as part of the verb that raises the issue.

    Who may raise one is that verb's to ask. A type the desk hasn't is left out: the dispute has its reason.
    """
    known = opening.type if desk_definition(opening.desk).type(opening.type) else ""
    return open_as(replace(opening, type=known, kind=CaseKind.DISPUTE), actor=actor, now=now)


def open_as(opening: Opening, *, actor: Actor, now: datetime) -> Case:
    """Open one case of whatever kind, in the caller's transaction."""
    return _written([_case(opening, now)], [opening], actor=actor, now=now)[0]


def _written(cases: list[Case], openings: Sequence[Opening], *, actor: Actor, now: datetime) -> list[Case]:
    rows.insert_rows(cases)
    rows.insert_rows([_first_stay(case, case, actor) for case in cases])
    if len(cases) == 1:
        search.put_if_possible(of_case(cases[0]))
    else:
        search.put_many([of_case(case) for case in cases])
    facts = [_opened(case, opening, actor) for case, opening in zip(cases, openings, strict=True)]
    record_many(facts, now=now)
    return cases


def _first_stay(case: Case, saved: Case | None, actor: Actor) -> Stay:
    """The stay a request begins with; without `saved` it is only for reckoning."""
    entry = desk_definition(case.desk).queue(case.queue)
    return Stay(
        case=saved,
        number=1,
        desk=case.desk,
        queue=entry.key,
        tier=entry.tier,
        last_resort=entry.last_resort,
        entrance=Entrance.OPENED,
        entered_at=case.opened_at,
        entered_by_id=actor.id if actor.is_person else None,
    )


def _opened(case: Case, opening: Opening, actor: Actor) -> Draft:
    links = {"follows": opening.follows_id, "claims": opening.claims_id, "from": opening.split_from_id}
    payload = {"version": 0, "queue": case.queue, "kind": case.kind, **links}
    return Draft("case.opened", "case", case.id, actor, opening.opened_at, payload)


def _case(opening: Opening, now: datetime) -> Case:
    """The row of a case about to be opened, with what its desk says of its type and its due time."""
    desk = desk_definition(opening.desk)
    if opening.kind is CaseKind.REQUEST and not desk.takes_mail:
        raise TakesNoRequests(desk=desk.name)
    case = _plain(opening, desk.queue(opening.queue or desk.entry_queue), now)
    for name, value in type_fields(desk, opening.type).items():
        setattr(case, name, value)
    for name, value in stays.due_fields(case, desk, _first_stay(case, None, SYSTEM)).items():
        setattr(case, name, value)
    return case


def _plain(opening: Opening, entry: QueueDef, now: datetime) -> Case:
    return Case(
        desk=opening.desk,
        kind=opening.kind,
        severity=opening.severity,
        country=opening.country,
        deadline_at=opening.deadline_at,
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
        last_inbound_at=max(now, opening.opened_at),
        follows_id=opening.follows_id,
        claims_id=opening.claims_id,
        split_from_id=opening.split_from_id,
    )


@transaction.atomic
def open_linked(
    *, case_id: int, subject: str, words: str, type: str = "", actor: Actor, now: datetime
) -> Case:
    """Go on from a closed case in a new request of the same requester, linked to it.

    It is what a person does where `reopen` refuses `CaseClosed`. Refuses `NotClosed` and `Invalid` fields.
    """
    before = load_locked(case_id)
    check_may_here(before, Act.REOPEN, actor=actor)
    grace = desk_definition(before.desk).grace_days
    if phase(before.state, resolved_at=before.resolved_at, now=now, grace_days=grace) is not Phase.CLOSED:
        raise NotClosed(case=case_id)
    if not subject.strip():
        raise Invalid("subject", gettext_noop("Give the request a subject."))
    if not words.strip():
        raise Invalid("words", gettext_noop("Say what is asked for."))
    opening = Opening(
        desk=before.desk,
        subject=subject,
        opened_at=now,
        excerpt=words,
        requester_email=before.requester_email,
        requester_name=before.requester_name,
        account_id=before.account_id,
        type=type or before.type,
        follows_id=before.id,
    )
    return open_request(opening, now=now, actor=actor)
