"""What of a case and of a note can be searched for."""

from opsdesk.cases.models import Case, Note
from opsdesk.search.actions import Entry
from opsdesk.search.models import Kind


def of_case(case: Case) -> Entry:
    """Its subject, and the first words it was opened with."""
    sender = f"{case.requester_name} {case.requester_email}"
    return Entry(Kind.CASE, case.id, case.opened_at, (case.subject, case.excerpt), sender)


def of_note(note: Note) -> Entry:
    return Entry(Kind.NOTE, note.id, note.written_at, (note.text,))
