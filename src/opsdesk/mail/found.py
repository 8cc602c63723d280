"""What was found, as a page shows it: cases with the passage that was searched for, and accounts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case, Note
from opsdesk.mail.models import Message
from opsdesk.search import marking, places
from opsdesk.search.backwards import Hit
from opsdesk.search.many import one_of
from opsdesk.search.marking import Marked
from opsdesk.search.models import Kind

_SHOWN = (
    "id",
    "desk",
    "subject",
    "excerpt",
    "requester_name",
    "requester_email",
    "state",
    "waiting_on",
    "queue",
    "account__name",
    "assignee__name",
)
_WRITTEN = ("id", "text", "from_name", "from_address", "to", "cc", "message_id")


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case with the text that was found: what `kind` of text, written by `who` and `at` which minute."""

    id: int
    desk: str
    subject: Marked
    state: str
    waiting_on: str
    queue: str
    account_name: str
    assignee_name: str
    kind: int
    at: datetime
    who: Marked
    passage: Marked


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account whose name, domain or address was asked for."""

    id: int
    key: str
    name: Marked


class _Shown(NamedTuple):
    """A case's columns that a page shows, read without the ORM's rows: there are fifty of them."""

    id: int
    desk: str
    subject: str
    excerpt: str
    requester_name: str
    requester_email: str
    state: str
    waiting_on: str
    queue: str
    account_name: str | None
    assignee_name: str | None


def rows(found: Sequence[tuple[int, Hit]], mark: re.Pattern[str] | None) -> tuple[FoundCase, ...]:
    asked = Case.objects.filter(one_of("cases_case.id", [case_id for case_id, _ in found]))
    cases = {shown[0]: _Shown(*shown) for shown in asked.values_list(*_SHOWN)}
    texts = _texts([hit for _, hit in found])
    return tuple(_row(cases[case_id], hit, texts.get((hit.kind, hit.ref_id)), mark) for case_id, hit in found)


@dataclass(frozen=True, slots=True)
class _Text:
    who: str
    texts: tuple[str, ...]


def _texts(hits: Iterable[Hit]) -> dict[tuple[int, int], _Text]:
    """Who wrote what, for messages and notes."""
    refs: dict[int, list[int]] = {}
    for hit in hits:
        refs.setdefault(hit.kind, []).append(hit.ref_id)
    found: dict[tuple[int, int], _Text] = {}
    messages = Message.objects.filter(one_of("mail_message.id", refs.get(Kind.MESSAGE, [])))
    for id, text, name, address, to, cc, message_id in messages.values_list(*_WRITTEN):
        people = ", ".join(" ".join(filter(None, one)) for one in (*to, *cc))
        found[Kind.MESSAGE, id] = _Text(" ".join(filter(None, (name, address))), (text, people, message_id))
    for note in Note.objects.select_related("author").filter(id__in=refs.get(Kind.NOTE, [])):
        found[Kind.NOTE, note.id] = _Text(note.author.name, (note.text,))
    return found


def _row(case: _Shown, hit: Hit, text: _Text | None, mark: re.Pattern[str] | None) -> FoundCase:
    requester = " ".join(filter(None, (case.requester_name, case.requester_email)))
    text = text or _Text(requester, (case.excerpt,))
    return FoundCase(
        id=case.id,
        desk=case.desk,
        subject=marking.marked(case.subject, mark),
        state=case.state,
        waiting_on=case.waiting_on,
        queue=case.queue,
        account_name=case.account_name or "",
        assignee_name=case.assignee_name or "",
        kind=hit.kind,
        at=places.minute_of(hit.id),
        who=marking.marked(text.who, mark),
        passage=marking.passage(text.texts, mark),
    )


def accounts(ids: Sequence[int], mark: re.Pattern[str] | None) -> tuple[FoundAccount, ...]:
    """These accounts, in this order."""
    there = Account.objects.in_bulk(ids)
    named = [there[id] for id in ids if id in there]
    return tuple(FoundAccount(row.id, row.key, marking.marked(row.name, mark)) for row in named)


def exact(number: int, desks: Sequence[str], mark: re.Pattern[str] | None) -> FoundCase | None:
    """The case of that number, if it is of one of the desks."""
    there = Case.objects.filter(id=number, desk__in=desks).values_list(*_SHOWN, "opened_at").first()
    if there is None:
        return None
    *shown, opened_at = there
    opening = Hit(places.place(opened_at, Kind.CASE, number), Kind.CASE, number)
    return _row(_Shown(*shown), opening, None, mark)
