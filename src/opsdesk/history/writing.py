"""Writing the cases of a file, some at a time: each time in one transaction that moves the import's position.

Two who write the same file at once write it once: the second finds the position moved and writes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction

from opsdesk.cases import importing
from opsdesk.cases.bulk import insert
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.importing import PastCase
from opsdesk.cases.queries import mail_desk
from opsdesk.history import names as who
from opsdesk.history.actions import note
from opsdesk.history.building import built, life_of, senders, tiers_of
from opsdesk.history.maps import HistoryMap
from opsdesk.history.models import Import, Origin
from opsdesk.history.names import Names
from opsdesk.history.reading import map_of
from opsdesk.history.spill import Spill, Told
from opsdesk.kernel.actor import SYSTEM
from opsdesk.people import queries as people

CASES_AT_ONCE = 500


class Writer:
    """Writes one import from its events in order."""

    def __init__(self, imported: Import, spill: Spill, *, now: datetime) -> None:
        self.imported = imported
        self.desk: DeskDefinition = mail_desk(imported.desk)
        self.tiers = tiers_of(self.desk)
        self.mapped: HistoryMap = map_of(imported)
        self.names: Names = who.known()
        self.asker = people.actor(imported.asked_by_id, now) if imported.asked_by_id else SYSTEM
        self.spill = spill
        self.cases: Iterator[Told] = spill.cases(imported.position)

    def step(self, *, now: datetime) -> bool:
        """Write the next cases; whether there may be more. False too where somebody else has written them."""
        some = list(islice(self.cases, CASES_AT_ONCE))
        if not some:
            self._finish(now=now)
            return False
        imported = self.imported
        try:
            return self._write(some, now=now)
        except Exception:
            # They are still to be written: the next try begins where this one did.
            self.imported, self.cases = imported, self.spill.cases(imported.position)
            self.names.forget()
            raise

    @transaction.atomic
    def _write(self, some: Sequence[Told], *, now: datetime) -> bool:
        before, after = self.imported.position, some[-1].end
        mine = Import.objects.filter(id=self.imported.id, state=Import.State.WRITING, position=before)
        if not mine.update(position=after):
            self.imported.refresh_from_db()
            return False
        standing = self._standing(some)
        new = [told for told in some if told.case not in standing]
        self.names.learn(senders(new))
        past = list[PastCase]()
        ids = importing.write(
            self._built(new, past),
            self.desk,
            count=len(new),
            placed=self.imported.placed,
            actor=self.asker,
            now=now,
        )
        self._originate(ids, new)
        told_anew = Counter(standing[told.case] == told.fingerprint for told in some if told.case in standing)
        self._count(
            cases=len(past),
            stays=sum(len(case.stays) for case in past),
            still_open=sum(case.stays[-1].left_at is None for case in past),
            known=told_anew[True],
            changed=told_anew[False],
        )
        return True

    def _built(self, new: Iterable[Told], past: list[PastCase]) -> Iterator[PastCase]:
        """The cases as they are written, each made when it is asked for, and put into `past`."""
        for told in new:
            past.append(
                built(
                    told,
                    life_of(told, self.tiers, self.mapped),
                    desk=self.desk,
                    mapped=self.mapped,
                    names=self.names,
                    import_id=self.imported.id,
                )
            )
            yield past[-1]

    def _standing(self, some: Sequence[Told]) -> dict[str, int]:
        """Those of these cases that stand here already, each with the number of its events as they were.

        A case comes once in a file, so they are another import's.
        """
        others = Import.objects.filter(desk=self.imported.desk, origin=self.imported.origin, cases__gt=0)
        if not others.exclude(id=self.imported.id).exists():
            return {}
        keys = [told.case for told in some]
        rows = Origin.objects.filter(
            desk=self.imported.desk, tool=self.imported.origin, stands=True, key__in=keys
        )
        return dict(rows.values_list("key", "fingerprint"))

    def _originate(self, ids: Sequence[int], new: Sequence[Told]) -> None:
        same = {"imported_id": self.imported.id, "desk": self.imported.desk, "tool": self.imported.origin}
        insert(
            Origin,
            [
                {**same, "case_id": id, "key": told.case, "fingerprint": told.fingerprint}
                for id, told in zip(ids, new, strict=True)
            ],
        )

    def _count(self, **more: int) -> None:
        """Add up what was written, in the row and in the value at hand."""
        missed = self.names.missed()
        self.names.forget()
        row = Import.objects.select_for_update().get(id=self.imported.id)
        for name, number in more.items():
            setattr(row, name, getattr(row, name) + number)
        row.unmatched = who.merged(row.unmatched, missed)
        row.save()
        self.imported = row

    @transaction.atomic
    def _finish(self, *, now: datetime) -> None:
        over = Import.objects.filter(id=self.imported.id, state=Import.State.WRITING)
        if over.filter(position=self.imported.events).update(state=Import.State.DONE, finished_at=now):
            note("import.finished", self.imported, actor=SYSTEM, now=now, cases=self.imported.cases)
        self.imported.refresh_from_db()
