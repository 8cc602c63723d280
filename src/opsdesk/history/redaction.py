"""Erasing what imports hold of somebody in words: rows kept aside, names nobody has here, cases and stays.

What stays: that there was a row, its line and why it fits nowhere; cases and stays with their times; how
often a name stood in the file. Nobody looks into uploaded files: what is not being brought in goes whole.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from opsdesk.cases.definition import AWAY
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.past_words import PastWords, redact_past
from opsdesk.cases.redaction import ERASED
from opsdesk.history import uploads
from opsdesk.history.actions import note
from opsdesk.history.models import Import, RowAside
from opsdesk.history.names import LONGEST_MISSED, MOST_UNMATCHED, REST
from opsdesk.history.reading import LONGEST_ROW
from opsdesk.history.sought import Sought, sought
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.mail.holdings import Subject
from opsdesk.mail.redaction import BY_HAND
from opsdesk.vault.erasing import overwrite_what_is_freed

KIND = "import.words_redacted"
SHOWN = 100
AT_ONCE = 500
SHORTEST_NAME = 2
BETWEEN = ", "
# What of a row is told beside it, in why it was kept.
VALUE = "value"
COLUMNS = ("subject", "excerpt", "requester_name", "resolution")


class RowUnknown(Refusal):
    message = gettext_noop("There is no row %(row)s.")


class RowErased(Refusal):
    message = gettext_noop("This row was erased before.")


class CaseErased(Refusal):
    message = gettext_noop("This case is no imported one, or what was imported of it was erased before.")


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row kept aside that would be erased: its number for the command, where it is from, the row."""

    id: int
    import_id: int
    line: int
    words: str


@dataclass(frozen=True, slots=True)
class HeldWords:
    """What imports hold: rows kept aside (`rows` are the first of the `count`), cases of which words would
    go, how many are withdrawn besides, names that matched nobody here.

    `files`: uploaded ones that wait to be mapped. Whom they name is not known, so any of them may.
    """

    count: int
    rows: tuple[HeldRow, ...]
    case_ids: tuple[int, ...]
    withdrawn: int
    names: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.count or self.case_ids or self.withdrawn or self.names or self.files)


def subject_of(name: str) -> Subject:
    """A name as it was typed. Refuses `Invalid`."""
    if len(name.strip()) < SHORTEST_NAME:
        raise Invalid("name", gettext_noop("Give at least two letters of a name."))
    return Subject(name=name.strip())


def held(subject: Subject, *, limit: int = SHOWN) -> HeldWords:
    """What imports hold now of an address, an account or a name. Nothing is changed."""
    about = sought(subject)
    found = _rows(about)
    rows = tuple(HeldRow(row.id, row.imported_id, row.line, row.words) for row in islice(found, limit))
    stays = Stay.objects.filter(id__in=[id for id, _ in _stays(about)]).values_list("case_id", flat=True)
    ids = {*(id for id, _ in _cases(about)), *stays}
    here = Case.objects.filter(id__in=ids).exclude(desk__startswith=AWAY)
    case_ids = tuple(here.order_by("id").values_list("id", flat=True))
    named = {name for row in _imports(about) for names in row.unmatched.values() for name in names}
    return HeldWords(
        count=len(rows) + sum(1 for _ in found),
        rows=rows,
        case_ids=case_ids,
        withdrawn=len(ids) - len(case_ids),
        names=tuple(sorted(name for name in named if about.finds(name))),
        files=tuple(_drafts().values_list("file_name", flat=True)),
    )


@transaction.atomic
def redact_row(row_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Erase one row that is kept aside. Refuses who may not, `Invalid`, `RowUnknown`, `RowErased`."""
    _check(reason, actor)
    row = RowAside.objects.filter(id=row_id).select_for_update().first()
    if row is None:
        raise RowUnknown(row=row_id)
    if row.words == ERASED:
        raise RowErased
    _erase_rows([row.id], _Order(reason, actor, now))


@transaction.atomic
def redact_case(case_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Erase subject, excerpt and requester's name of one imported case.

    Refuses who may not, `Invalid`, `CaseErased`.
    """
    _check(reason, actor)
    case = Case.objects.filter(id=case_id, origin__isnull=False).first()
    words = {case.id: PastWords(ERASED, "", "", case.resolution)} if case else {}
    if not redact_past(words, {}, reason=reason, actor=actor, now=now):
        raise CaseErased


@transaction.atomic
def erase_step(subject: Subject, *, reason: str, actor: Actor, now: datetime, at_once: int = AT_ONCE) -> int:
    """Erase some of what imports hold of somebody, in one transaction; how much, 0 when nothing is left.

    Run it until then, before the address itself is forgotten: its cases are known by that.
    Refuses who may not, `Invalid`.
    """
    _check(reason, actor)
    about, order = sought(subject), _Order(reason, actor, now)
    if gone := _erase_files(order):
        return gone
    if rows := [row.id for row in islice(_rows(about), at_once)]:
        return _erase_rows(rows, order)
    cases = dict(islice(_cases(about), at_once))
    stays = {} if cases else dict(islice(_stays(about), at_once))
    if cases or stays:
        return len(redact_past(cases, stays, reason=reason, actor=actor, now=now))
    return sum(_erase_names(row, about, order) for row in list(_imports(about)))


@dataclass(frozen=True, slots=True)
class _Order:
    """Why, who and when."""

    reason: str
    actor: Actor
    now: datetime


def _check(reason: str, actor: Actor) -> None:
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    if reason not in BY_HAND:
        raise Invalid("reason", gettext_noop("Choose why it is erased."))


def _drafts() -> "QuerySet[Import]":
    return Import.objects.filter(state=Import.State.DRAFT).order_by("id")


def _rows(about: Sought) -> Iterator[RowAside]:
    """Rows kept aside that name somebody. One that was cut may do so in what is told of it besides."""
    likely = RowAside.objects.annotate(size=Length("words")).filter(
        about.likely("words") | Q(size__gte=LONGEST_ROW)
    )
    found = likely.exclude(words=ERASED).order_by("id")
    return (row for row in found.iterator(1000) if any(map(about.finds, _said(row))))


def _said(row: RowAside) -> list[str]:
    return [row.words, *map(str, row.details.values())]


def _cases(about: Sought) -> Iterator[tuple[int, PastWords]]:
    """Imported cases whose words would be others, with these."""
    imported: QuerySet[Case] = Case.objects.filter(origin__isnull=False)
    theirs = set(imported.filter(about.theirs).values_list("id", flat=True))
    likely = imported.filter(about.theirs | about.likely(*COLUMNS)).order_by("id")
    for id, *words in likely.values_list("id", *COLUMNS).iterator(1000):
        now = _without(PastWords(*words), about, whole=id in theirs)
        if now != PastWords(*words):
            yield id, now


def _without(words: PastWords, about: Sought, *, whole: bool) -> PastWords:
    """What stays of a case's words; of one that is theirs, `whole`, subject and excerpt go in any case."""

    def rid(text: str, instead: str = "", *, all: bool = False) -> str:
        return instead if text and (all or about.finds(text)) else text

    return PastWords(
        rid(words.subject, ERASED, all=whole),
        rid(words.excerpt, all=whole),
        rid(words.requester_name),
        rid(words.resolution, ERASED),
    )


def _stays(about: Sought) -> Iterator[tuple[int, str]]:
    """Imported stays that name somebody who was there, with what they are to say."""
    doubtful = [row.id for row in _imports(about, what="person", surely=False)]
    if not doubtful:
        return
    there = Stay.objects.filter(case__origin__imported__in=doubtful).exclude(words="")
    for id, words in there.filter(about.likely("words")).order_by("id").values_list("id", "words").iterator():
        if about.finds(words):
            yield id, _unnamed(words, about)


def _unnamed(words: str, about: Sought) -> str:
    """The names without theirs; where it is one that reads over several of them, none stays."""
    left = BETWEEN.join(ERASED if about.finds(name) else name for name in words.split(BETWEEN))
    return ERASED if about.finds(left) else left


def _imports(about: Sought, *, what: str = "", surely: bool = True) -> Iterator[Import]:
    """Imports whose list of what matched nobody names somebody; not `surely`: or may not be all of it."""
    for row in Import.objects.order_by("id"):
        lists = [names for kind, names in row.unmatched.items() if what in ("", kind)]
        named = any(about.finds(name) for names in lists for name in names)
        if named or (not surely and any(map(_is_cut, lists))):
            yield row


def _is_cut(names: Mapping[str, int]) -> bool:
    longest = max(map(len, names), default=0)
    return REST in names or len(names) >= MOST_UNMATCHED or longest >= LONGEST_MISSED


def _erase_files(order: _Order) -> int:
    gone = uploads.forget_drafts()
    for draft in gone:
        _note(draft, order, files=1)
    return len(gone)


def _erase_rows(ids: Sequence[int], order: _Order) -> int:
    """Erase those of them that nobody else has meanwhile."""
    overwrite_what_is_freed()
    there = RowAside.objects.filter(id__in=ids).exclude(words=ERASED).order_by("id")
    rows = list(there.select_for_update())
    for row in rows:
        details = {name: ERASED if name == VALUE else told for name, told in row.details.items()}
        RowAside.objects.filter(id=row.id).update(words=ERASED, details=details)
    numbers = Counter(row.imported_id for row in rows)
    for each in Import.objects.filter(id__in=numbers).order_by("id"):
        _note(each, order, rows=numbers[each.id])
    return len(rows)


def _erase_names(found: Import, about: Sought, order: _Order) -> int:
    overwrite_what_is_freed()
    row = Import.objects.select_for_update().get(id=found.id)
    gone = sum(about.finds(name) for names in row.unmatched.values() for name in names)
    if gone:
        row.unmatched = {what: _without_names(names, about.finds) for what, names in row.unmatched.items()}
        row.save(update_fields=["unmatched"])
        _note(row, order, names=gone)
    return gone


def _note(row: Import, order: _Order, **numbers: int) -> None:
    note(KIND, row, actor=order.actor, now=order.now, reason=order.reason, **numbers)


def _without_names(names: Mapping[str, int], finds: Callable[[str], bool]) -> dict[str, int]:
    """The same counts; those of the names that go are one."""
    found: dict[str, int] = {}
    for name, count in names.items():
        kept = ERASED if finds(name) else name
        found[kept] = found.get(kept, 0) + count
    return found
