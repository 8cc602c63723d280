"""The desk's definition and targets as they stand."""

from datetime import date

from opsdesk.cases.definition import DeskDefinition, TargetValue
from opsdesk.cases.documents import read_desk
from opsdesk.cases.models import Target
from opsdesk.kernel.memory import remembered
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault import queries as vault


class NoSuchDesk(Refusal):
    message = gettext_noop("There is no desk %(desk)s.")


_read: dict[int, DeskDefinition] = {}


@remembered
def desk(key: str, version: int | None = None) -> DeskDefinition:
    """The newest published definition of a desk, or the one of that version."""
    document = vault.current("desk", key) if version is None else vault.version("desk", key, version)
    if document is None:
        raise NoSuchDesk(desk=key)
    if document.id not in _read or _read[document.id].version != document.version:
        _read[document.id] = read_desk(document.source, source=f"desk {key}", version=document.version)
    return _read[document.id]


@remembered
def desks() -> tuple[DeskDefinition, ...]:
    """Every desk in its newest version, by key."""
    return tuple(desk(name) for name in vault.names("desk"))


@remembered
def targets(desk: str, on: date) -> tuple[TargetValue, ...]:
    """The targets that hold on a day; per name and tier the newest that has begun."""
    rows = Target.objects.filter(desk=desk, holds_from__lte=on).order_by("holds_from", "id")
    newest = {(row.name, row.tier): row for row in rows}
    return tuple(TargetValue(row.name, row.tier, row.budget_s, row.holds_from) for row in newest.values())
