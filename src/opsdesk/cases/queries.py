"""The desk's definition and targets as they stand."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from opsdesk.cases.definition import DeskDefinition, TargetValue
from opsdesk.cases.documents import read_desk
from opsdesk.cases.models import Case, Target
from opsdesk.cases.refusals import TakesNoRequests
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault import queries as vault


class NoSuchDesk(Refusal):
    message = gettext_noop("There is no desk %(desk)s.")


@remembered
def desk(key: str, version: int | None = None) -> DeskDefinition:
    """The newest published definition of a desk, or the one of that version."""
    document = vault.current("desk", key) if version is None else vault.version("desk", key, version)
    if document is None:
        raise NoSuchDesk(desk=key)
    return _of_document(document.id, document.source, document.version)


@lru_cache(maxsize=64)
def _of_document(document_id: int, source: str, version: int) -> DeskDefinition:
    # By the text too: a publication that is rolled back leaves its id to the next one.
    return read_desk(source, source=f"desk {document_id}", version=version)


@remembered
def desks() -> tuple[DeskDefinition, ...]:
    """Every desk in its newest version, by key."""
    return tuple(desk(name) for name in vault.names("desk"))


def mail_desk(key: str) -> DeskDefinition:
    """The newest definition of a desk that takes mail. Refuses `NoSuchDesk`, `TakesNoRequests`."""
    found = desk(key)
    if not found.takes_mail:
        raise TakesNoRequests(desk=found.name)
    return found


def mail_desks() -> tuple[DeskDefinition, ...]:
    """Those that take mail, by key."""
    return tuple(each for each in desks() if each.takes_mail)


@remembered
def targets(desk: str, on: date) -> tuple[TargetValue, ...]:
    """The targets that hold on a day; per name and tier the newest that has begun."""
    rows = Target.objects.filter(desk=desk, holds_from__lte=on).order_by("holds_from", "id")
    newest = {(row.name, row.tier): row for row in rows}
    return tuple(TargetValue(row.name, row.tier, row.budget_s, row.holds_from) for row in newest.values())


class Standing(NamedTuple):
    """Where a case stands."""

    tier: int
    queue: str


def standings(case_ids: Collection[int], *, desk: str) -> frozenset[Standing]:
    """Where these cases of a desk stand, each place once."""
    found = Case.objects.filter(id__in=case_ids, desk=desk).values_list("tier", "queue")
    return frozenset(Standing(*each) for each in found)
