"""Writing reviews, attaching meeting notes to them."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases import queries as cases
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.period import Period
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.review import periods, queries
from opsdesk.review.composing import compose
from opsdesk.review.document import Document, to_json
from opsdesk.review.models import Review, ReviewNote
from opsdesk.review.notes import text_of, tidy
from opsdesk.review.refusals import NoteErased
from opsdesk.vault.actions import store

MARKDOWN = "text/markdown"
MOST_TITLE = 200
EDITION = ("desk", "since", "until", "edition")


def write_review(*, desk: str, period: Period, actor: Actor, now: datetime) -> Review:
    """Write the document of a desk and a period as things stand now: a new edition where there is one.

    It is composed before the transaction begins: within one the facts would not answer. Refuses `NoSuchDesk`,
    `NotBegun`.
    """
    check_may(actor, Act.WRITE_REVIEW, desk=desk)
    before = periods.before(period, cases.desk(desk).zone)
    last = queries.earlier(desk, period, before)
    return _write(compose(desk, period, last=last, made_by=_person(actor), now=now), actor=actor, now=now)


@transaction.atomic
def _write(document: Document, *, actor: Actor, now: datetime) -> Review:
    """The next edition; of two at once one takes the number after the other's."""
    row = _edition(document, now)
    while not rows.insert_unless_there(row, unique=EDITION):
        row = _edition(document, now)
    record(
        kind="review.written",
        subject_kind="review",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={
            "desk": row.desk,
            "since": row.since.isoformat(),
            "until": row.until.isoformat(),
            "edition": row.edition,
        },
    )
    return row


def _edition(document: Document, now: datetime) -> Review:
    newest = queries.latest(document.desk, document.period)
    return Review(
        desk=document.desk,
        since=document.period.start,
        until=document.period.end,
        edition=newest.edition + 1 if newest else 1,
        made_at=now,
        made_by_id=document.made_by,
        document=to_json(document),
    )


def _person(actor: Actor) -> int | None:
    return actor.id if actor.is_person else None


@transaction.atomic
def attach_note(
    *, review_id: int, title: str, data: bytes, source: str, actor: Actor, now: datetime
) -> ReviewNote:
    """Keep a meeting note, byte by byte, with a review; the same bytes again give the note that is there.

    Refuses `ReviewUnknown`, `NoteTooLong`, `NoteNotText`, `NoteEmpty`, `NoteErased`, `Invalid` fields.
    """
    review = queries.review_of(review_id)
    check_may(actor, Act.WRITE_REVIEW, desk=review.desk)
    text = text_of(data)
    if source not in ReviewNote.Source.values:
        raise Invalid("source", gettext_noop("Say where the note is from: markdown or granola."))
    blob = store(data, media_type=MARKDOWN, now=now)
    if blob.redacted_at is not None:
        raise NoteErased
    row = ReviewNote(
        review_id=review.id,
        title=_title(title, text),
        blob_id=blob.digest,
        source=source,
        added_by_id=_person(actor),
        added_at=now,
    )
    if not rows.insert_unless_there(row, unique=("review", "blob")):
        return ReviewNote.objects.get(review_id=review.id, blob_id=blob.digest)
    payload = {"desk": review.desk, "note": row.id, "source": source}
    record(
        kind="review.note_attached",
        subject_kind="review",
        subject_id=review.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
    return row


def _title(given: str, text: str) -> str:
    """The title given, else the note's first line."""
    first = next(line for line in text.splitlines() if line.strip())
    return tidy(given or first.lstrip("# "))[:MOST_TITLE]
