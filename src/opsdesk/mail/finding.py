"""Finding cases by the words of what belongs to them, the newest first.

A case stands once, where the newest of its texts that match puts it. Pages hang on the last text that was
looked at, so what comes in meanwhile shifts nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Q, When
from django.db.models import Case as Chosen

from opsdesk.cases.models import Case, Note
from opsdesk.cases.queries import desks
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, may
from opsdesk.mail.found import FoundAccount, FoundCase, accounts, exact
from opsdesk.mail.found import rows as found_rows
from opsdesk.mail.models import CaseMessage
from opsdesk.mail.narrowing import Asker, Narrowing, Part, narrowing
from opsdesk.search import asking, marking, places, queries
from opsdesk.search.asking import Asked
from opsdesk.search.backwards import Hit
from opsdesk.search.many import one_of
from opsdesk.search.match import Match
from opsdesk.search.models import Kind

PAGE = 50
# How many texts are looked at, in rounds, for cases that the filters let through; then a page ends.
ROUNDS = (60, 120, 200, 400)
ROUNDS_OF_SIFTED = (200, 580)
# Up to so many cases the filters are asked first, beyond it the words.
FEW_CASES = 600
AT_ONCE = 200
FEW_ACCOUNTS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and how the query was understood.

    `next`: where the next page goes on, None at the end. `back_to`: how far the page has looked where it
    stopped before it was full. `exact`: the case whose number was typed.
    """

    asked: Asked
    parts: tuple[Part, ...] = ()
    notes: tuple[asking.Note, ...] = ()
    rows: tuple[FoundCase, ...] = ()
    next: int | None = None
    back_to: datetime | None = None
    accounts: tuple[FoundAccount, ...] = ()
    exact: FoundCase | None = None

    @property
    def is_understood(self) -> bool:
        """Whether anything was left to search for."""
        return bool(self.asked.terms or self.parts)


_Fetch = Callable[[int, int], list[Hit]]


@dataclass(frozen=True, slots=True)
class _Search:
    """One page's work: what is asked, of which entries, and of which cases."""

    match: Match
    narrow: Narrowing
    desks: tuple[str, ...]
    below: int | None
    size: int


def find(
    text: str, *, reader: Actor, now: datetime, zone: ZoneInfo, below: int | None = None, size: int = PAGE
) -> Found:
    """The cases that match and that `reader` may read, newest texts first.

    `below`: the `next` of the page before.
    """
    readable = tuple(desk for desk in desks() if may(reader, Act.READ, desk=desk.key))
    asked = asking.read(text)
    narrow = narrowing(asked.filters, Asker(reader, now, zone, readable))
    notes = (*asked.notes, *narrow.notes)
    if not (asked.terms or narrow.parts) or not readable:
        return Found(asked, notes=notes)
    match = Match(
        tuple(term.phrase for term in asked.terms if not term.negated),
        tuple(term.phrase for term in asked.terms if term.negated),
        narrow.kinds,
    )
    search = _Search(match, narrow, tuple(desk.key for desk in readable), below, size)
    found, following, back_to = _page(search)
    mark = marking.pattern(asked.terms)
    alone = below is None and not asked.filters
    return Found(
        asked,
        parts=tuple(narrow.parts),
        notes=notes,
        rows=found_rows(found, mark),
        next=following,
        back_to=back_to,
        accounts=accounts(_account_ids(match), mark) if alone else (),
        exact=exact(asked.number, search.desks, mark) if alone and asked.number is not None else None,
    )


def _page(search: _Search) -> tuple[list[tuple[int, Hit]], int | None, datetime | None]:
    """(each case with its text, where the next page goes on, how far back it looked if it gave up)."""
    fetch, rounds = _fetching(search)
    found: dict[int, Hit] = {}
    position = search.narrow.end if search.below is None else min(search.below, search.narrow.end)
    for number in rounds:
        hits = fetch(position, number)
        cases = _unseen(search, _cases(search, hits))
        for hit in hits:
            if len(found) >= search.size:
                return list(found.items()), hit.id + 1, None
            for case_id in cases.get(hit, ()):
                found.setdefault(case_id, hit)
        if len(hits) < number:
            return list(found.items()), None, None
        position = hits[-1].id
    full = len(found) >= search.size
    return list(found.items()), position, None if full else places.minute_of(position)


def _fetching(search: _Search) -> tuple[_Fetch, Sequence[int]]:
    """How to get the next texts, and in which rounds: of the few cases that the filters leave, or of all."""
    narrow = search.narrow
    if narrow.indexed:
        wanted = Case.objects.filter(narrow.indexed)
        # The indexes of unresolved cases begin with the desk; elsewhere it would only lead astray.
        wanted = wanted.filter(desk__in=search.desks) if narrow.unresolved else wanted
        few = list(wanted.values_list("id", flat=True)[: FEW_CASES + 1])
        if len(few) <= FEW_CASES:
            return _of_few(search, few), ROUNDS

    return queries.hits_from(search.match, first=narrow.first), ROUNDS_OF_SIFTED if narrow.cases else ROUNDS


def _of_few(search: _Search, case_ids: Sequence[int]) -> _Fetch:
    """The matching texts of these cases: a few after the other, until there are as many as are wanted."""
    end = search.narrow.end if search.below is None else min(search.below, search.narrow.end)
    there = {hit.id: hit for hit, _ in _entries(case_ids) if search.narrow.first <= hit.id < end}
    waiting = sorted(there)
    matching: list[int] = []

    def fetch(below: int, limit: int) -> list[Hit]:
        wanted = [id for id in matching if id < below]
        while waiting and len(wanted) < limit:
            some = [waiting.pop() for _ in range(min(len(waiting), AT_ONCE))]
            new = sorted(queries.among(search.match, some), reverse=True)
            matching.extend(new)
            wanted += [id for id in new if id < below]
        return [there[id] for id in wanted[:limit]]

    return fetch


def _entries(case_ids: Sequence[int]) -> list[tuple[Hit, int]]:
    """Everything that can be found of these cases, each with its case."""
    linked = CaseMessage.objects.filter(one_of("mail_casemessage.case_id", case_ids), removed_at=None)
    noted = Note.objects.filter(one_of("cases_note.case_id", case_ids))
    owners: dict[Kind, list[tuple[int, int]]] = {
        Kind.CASE: [(id, id) for id in case_ids],
        Kind.MESSAGE: list(linked.values_list("message_id", "case_id")),
        Kind.NOTE: list(noted.values_list("id", "case_id")),
    }
    found: list[tuple[Hit, int]] = []
    for kind, pairs in owners.items():
        ids = queries.ids_of(kind, [ref for ref, _ in pairs])
        found += [(Hit(ids[ref], kind, ref), case_id) for ref, case_id in pairs if ref in ids]
    return found


def _cases(search: _Search, hits: Sequence[Hit]) -> dict[Hit, list[int]]:
    """The cases that each of these texts belongs to, those that the filters let through."""
    by_kind = {kind: [hit.ref_id for hit in hits if hit.kind == kind] for kind in Kind}
    linked = CaseMessage.objects.filter(
        one_of("mail_casemessage.message_id", by_kind[Kind.MESSAGE]), removed_at__isnull=True
    )
    notes = by_kind[Kind.NOTE]
    noted = Note.objects.filter(one_of("cases_note.id", notes)) if notes else Note.objects.none()
    pairs = [(Kind.CASE, ref, ref) for ref in by_kind[Kind.CASE]]
    pairs += [(Kind.MESSAGE, ref, case) for ref, case in linked.values_list("message_id", "case_id")]
    pairs += [(Kind.NOTE, ref, case) for ref, case in noted.values_list("id", "case_id")]
    let_through = _let_through(search, {case for *_, case in pairs})
    found: dict[tuple[int, int], list[int]] = {}
    for kind, ref, case in sorted(pairs):
        if case in let_through:
            found.setdefault((kind, ref), []).append(case)
    return {hit: found[hit.kind, hit.ref_id] for hit in hits if (hit.kind, hit.ref_id) in found}


def _let_through(search: _Search, case_ids: set[int]) -> set[int]:
    """Those of the cases that the filters let through.

    The filters stand among the columns, not among the conditions: there SQLite may take the desk for the
    better way in, and go through all of its cases.
    """
    filters = search.narrow.cases & Q(desk__in=search.desks)
    if_so = Chosen(When(filters, then=F("id")), default=None, output_field=BigIntegerField())
    rows = Case.objects.filter(one_of("cases_case.id", case_ids)).annotate(if_so=if_so)
    return {id for id in rows.values_list("if_so", flat=True) if id is not None}


def _unseen(search: _Search, cases: dict[Hit, list[int]]) -> dict[Hit, list[int]]:
    """Without the cases that stood on an earlier page, by a later text that matches too."""
    if search.below is None:
        return cases
    asked = {case for many in cases.values() for case in many}
    later = {
        hit.id: case for hit, case in _entries(list(asked)) if search.below <= hit.id < search.narrow.end
    }
    seen = {later[id] for id in queries.among(search.match, list(later))}
    return {hit: [case for case in many if case not in seen] for hit, many in cases.items()}


def _account_ids(match: Match) -> list[int]:
    if not match.wanted:
        return []
    only = Match(match.wanted, match.unwanted, (Kind.ACCOUNT,))
    return [hit.ref_id for hit in queries.of_few(only, limit=FEW_ACCOUNTS)]
