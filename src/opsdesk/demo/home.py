"""Whether a home may be filled, and the mark that says it holds an example."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail.models import Arrival
from opsdesk.people.models import Person
from opsdesk.vault import actions as vault
from opsdesk.vault import queries as documents
from opsdesk.vault.models import Document

KIND = "example"
NAME = "year"
WORK = {"persons": Person, "accounts": Account, "mails": Arrival, "cases": Case}


class HomeInUse(Refusal):
    message = gettext_noop(
        "%(home)s holds real work (%(what)s), so no example is written into it."
        " Name another place: OPSDESK_HOME=~/opsdesk-example opsdesk demo"
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """What the example of a home was made from."""

    text: str
    filled_as_of: datetime


def mark(*, seed: int, now: datetime) -> None:
    """Say in the home itself that what it holds is an example, in the transaction that fills it."""
    source = f"seed: {seed}\nas_of: {now.isoformat()}\n"
    vault.publish(kind=KIND, name=NAME, source=source, note="an example year", actor=SYSTEM, now=now)


def filled() -> Mark | None:
    """The mark of a home that holds the whole example; None for any other, be it without tables."""
    if Document._meta.db_table not in connection.introspection.table_names():
        return None
    document = documents.current(KIND, NAME)
    return Mark(document.source, document.published_at) if document else None


def check_empty(home: str) -> None:
    """Refuse `HomeInUse` where anybody has worked: an example never mixes with real data."""
    there = set(connection.introspection.table_names())
    held = {
        what: model._default_manager.count() for what, model in WORK.items() if model._meta.db_table in there
    }
    found = ", ".join(f"{count} {what}" for what, count in held.items() if count)
    if found:
        raise HomeInUse(home=home, what=found)
