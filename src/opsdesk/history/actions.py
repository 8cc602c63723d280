"""What is asked of an import: bring it in, withdraw it, put it back, let its open cases stand in queues."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from opsdesk.cases import importing
from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.queries import mail_desk
from opsdesk.history.files import Export
from opsdesk.history.looks import check_format
from opsdesk.history.maps import read_map
from opsdesk.history.models import Import, Origin
from opsdesk.history.refusals import (
    ImportUnknown,
    NotAllOfIt,
    NothingOpen,
    NotInTheNumbers,
    NotWithdrawn,
    SameCasesStand,
)
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.vault.actions import digest_of

MAP = "map"
SUBJECT = "import"
CASES_AT_ONCE = 1000
BRINGING = (Import.State.READING, Import.State.WRITING)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is brought in: a file under a map, to a desk.

    `placed`: what is still open stands in its queues. `stored`: the file lies in the vault.
    """

    export: Export
    map: str
    desk: str
    placed: bool = False
    stored: bool = False


@transaction.atomic
def ask(asked: Asked, *, actor: Actor, now: datetime) -> Import:
    """Have a file brought in. The same file under the same map is the import that is there, which goes on
    where it stopped, unless it was withdrawn. Refuses `DocumentInvalid`, `TakesNoRequests`, `OtherFormat`.
    """
    check_may(actor, Act.BRING_HISTORY, desk=asked.desk)
    mapped = read_map(asked.map, source=MAP, desk=mail_desk(asked.desk))
    check_format(asked.export, mapped.format)
    digest = digest_of(asked.map.encode())
    same = Import.objects.filter(desk=asked.desk, file_digest=asked.export.digest, map_digest=digest)
    standing = same.exclude(state__in=[Import.State.WITHDRAWN, Import.State.FAILED])
    there = standing.select_for_update().order_by("-id").first()
    if there is not None:
        return there
    found = Import.objects.create(
        desk=asked.desk,
        state=Import.State.READING,
        file_name=asked.export.name[:200],
        file_digest=asked.export.digest,
        file_bytes=asked.export.size,
        stored=asked.stored,
        map=asked.map,
        map_digest=digest,
        origin=mapped.tool,
        placed=asked.placed,
        asked_by_id=actor.id,
        asked_at=now,
    )
    note("import.asked", found, actor=actor, now=now)
    return found


@transaction.atomic
def withdraw(import_id: int, *, actor: Actor, now: datetime) -> Import:
    """Have an import taken out of every number and list; its rows stay. One that is still read or written
    stops, and what is written of it goes too. Refuses `NotInTheNumbers`.
    """
    found = _locked(import_id, actor)
    if found.state not in (Import.State.DONE, *BRINGING):
        raise NotInTheNumbers(number=import_id)
    return _turn(found, Import.State.WITHDRAWING, "import.withdrawal_asked", actor=actor, now=now)


@transaction.atomic
def put_back(import_id: int, *, actor: Actor, now: datetime) -> Import:
    """Have a withdrawn import count again, as it was. Refuses `NotWithdrawn`, `SameCasesStand`, and
    `NotAllOfIt` for one that was stopped.
    """
    found = _locked(import_id, actor)
    if found.state != Import.State.WITHDRAWN:
        raise NotWithdrawn(number=import_id)
    if found.finished_at is None:
        raise NotAllOfIt(number=import_id)
    keys = found.origins.filter(stands=False).values("key")
    others = Origin.objects.filter(desk=found.desk, tool=found.origin, stands=True, key__in=keys)
    other = others.order_by("imported_id").first()
    if other is not None:
        raise SameCasesStand(count=others.count(), other=other.imported_id)
    return _turn(found, Import.State.RETURNING, "import.return_asked", actor=actor, now=now)


@transaction.atomic
def place(import_id: int, *, actor: Actor, now: datetime) -> int:
    """Let what of an import is still open stand in its queues; how many. Refuses `NothingOpen`."""
    found = _locked(import_id, actor)
    if found.state != Import.State.DONE:
        raise NothingOpen(number=import_id)
    nowhere = found.origins.filter(stands=True, case__queue=NOWHERE).order_by("case_id")
    count, last, desk = 0, 0, mail_desk(found.desk)
    while ids := list(nowhere.filter(case_id__gt=last).values_list("case_id", flat=True)[:CASES_AT_ONCE]):
        count += importing.place(ids, desk, actor=actor, now=now)
        last = ids[-1]
    if not count:
        raise NothingOpen(number=import_id)
    Import.objects.filter(id=import_id).update(placed=True)
    note("import.placed", found, actor=actor, now=now, cases=count)
    return count


def note(kind: str, imported: Import, *, actor: Actor, now: datetime, **payload: int | str) -> None:
    """One fact about an import."""
    record(
        kind=kind,
        subject_kind=SUBJECT,
        subject_id=imported.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"desk": imported.desk, **payload},
    )


def _locked(import_id: int, actor: Actor) -> Import:
    found = Import.objects.select_for_update().filter(id=import_id).first()
    if found is None:
        raise ImportUnknown(number=import_id)
    check_may(actor, Act.BRING_HISTORY, desk=found.desk)
    return found


def _turn(found: Import, state: Import.State, kind: str, *, actor: Actor, now: datetime) -> Import:
    found.state = state
    found.asked_by_id = actor.id
    found.save()
    note(kind, found, actor=actor, now=now)
    return found
