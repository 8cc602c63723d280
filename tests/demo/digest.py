"""One digest of all that a filled home says, but for what is random: ids of our mails, password salts."""

import hashlib

from django.db.models import Model

from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.cases.models import Case, Note, Stay, Wait
from opsdesk.clock.models import Task
from opsdesk.deals.models import Deal, Scope, ScopeDecision, Transfer
from opsdesk.disputes.models import Dispute, Evidence, Ruling, Waiver
from opsdesk.journal.models import Entry
from opsdesk.mail.models import Arrival, CaseMessage, Message, Part
from opsdesk.people.models import Membership, Person, QueueSeat

TOLD: dict[type[Model], tuple[str, ...]] = {
    Account: (),
    Domain: (),
    Address: (),
    Membership: (),
    QueueSeat: (),
    Case: (),
    Stay: (),
    Wait: (),
    Note: (),
    Task: (),
    CaseMessage: (),
    Part: (),
    Scope: (),
    ScopeDecision: (),
    Deal: (),
    Transfer: (),
    Dispute: (),
    Evidence: (),
    Waiver: (),
    Ruling: (),
    Person: ("email", "name", "joined_at"),
    Message: (
        "direction",
        "from_address",
        "subject",
        "text",
        "received_at",
        "machine",
        "delivery",
        "thread_id",
    ),
    Arrival: ("label", "received_at", "outcome", "reason", "message_id"),
    Entry: ("kind", "subject_kind", "subject_id", "actor_id", "happened_at", "recorded_at"),
}


def digest_of_the_home() -> str:
    digest = hashlib.sha256()
    for model, columns in TOLD.items():
        fields = columns or tuple(field.attname for field in model._meta.concrete_fields)
        for row in model._default_manager.order_by("id").values_list(*fields):
            digest.update(repr(row).encode())
    return digest.hexdigest()
