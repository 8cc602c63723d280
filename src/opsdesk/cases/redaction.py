"""Erasing words of cases: a note, what a request took over from a mail, who asked for it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from opsdesk.cases import forgetting
from opsdesk.cases.indexed import of_case
from opsdesk.cases.models import Case, Note
from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.search import actions as search
from opsdesk.search.models import Kind
from opsdesk.vault.erasing import overwrite_what_is_freed

ERASED = gettext_noop("(erased)")
NOTE_ERASED = "case.note_redacted"


class NoteUnknown(Refusal):
    message = gettext_noop("There is no note %(note)s.")


class NoteErased(Refusal):
    message = gettext_noop("This note was erased before.")


@transaction.atomic
def redact_note(note_id: int, *, reason: str, actor: Actor, now: datetime) -> Note:
    """Erase the words of a note for good; who wrote it and when stays. A note is never empty otherwise.

    `reason` is a code. Refuses who may not, `NoteUnknown`, `NoteErased`.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    note = Note.objects.filter(id=note_id).first()
    if note is None:
        raise NoteUnknown(note=note_id)
    overwrite_what_is_freed()
    if not Note.objects.filter(id=note_id).exclude(text="").update(text=""):
        raise NoteErased
    search.remove(Kind.NOTE, [note_id])
    forgetting.ask(now=now)
    payload = {"note": note_id, "reason": reason}
    record_many([Draft(NOTE_ERASED, "case", note.case_id, actor, now, payload)], now=now)
    note.text = ""
    return note


def note_erasure(case_id: int, note_id: int) -> Entry | None:
    """The fact that a note of a case was erased."""
    facts = Entry.objects.filter(subject_kind="case", subject_id=case_id, kind=NOTE_ERASED)
    return next((fact for fact in facts if fact.payload.get("note") == note_id), None)


@transaction.atomic
def clear_words(
    words: Mapping[int, str],
    names: Mapping[int, str] | None = None,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Take out of cases what they took over from a mail, given its words and its writer's name by case.

    Gives the cases changed. The excerpt is always of the mail; the subject only if it stands in its words:
    what one of us wrote stays.
    """
    changed = []
    for case in Case.objects.filter(id__in=words).order_by("id").select_for_update():
        before = (case.subject, case.excerpt, case.requester_name)
        case.subject = ERASED if _stands_in(case.subject, words[case.id]) else case.subject
        case.excerpt = ""
        if case.requester_name and case.requester_name == (names or {}).get(case.id):
            case.requester_name = ""
        if (case.subject, case.excerpt, case.requester_name) != before:
            Case.objects.filter(id=case.id).update(
                subject=case.subject, excerpt=case.excerpt, requester_name=case.requester_name
            )
            changed.append(case.id)
    _record("case.words_redacted", changed, reason, actor, now)
    _find_anew(changed, now)
    return changed


def _stands_in(subject: str, words: str) -> bool:
    return subject != ERASED and " ".join(subject.split()) in " ".join(words.split())


@transaction.atomic
def forget_requester(address: str, *, reason: str, actor: Actor, now: datetime) -> list[int]:
    """Take a requester's address and name out of every case; nobody can be answered there any more."""
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    theirs = Case.objects.filter(requester_email=address) if address else Case.objects.none()
    ids = sorted(theirs.select_for_update().values_list("id", flat=True))
    Case.objects.filter(id__in=ids).update(requester_email="", requester_name="")
    _record("case.requester_redacted", ids, reason, actor, now)
    _find_anew(ids, now)
    return ids


def _find_anew(case_ids: list[int], now: datetime) -> None:
    """Have the cases found by what they say now, and by nothing else."""
    search.put_many([of_case(case) for case in Case.objects.filter(id__in=case_ids)])
    forgetting.ask(now=now)


def _record(kind: str, case_ids: list[int], reason: str, actor: Actor, now: datetime) -> None:
    record_many([Draft(kind, "case", id, actor, now, {"reason": reason}) for id in case_ids], now=now)
