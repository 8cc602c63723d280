"""Notes and points of reviews: attached, taken, changed, closed, carried over."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.review import point_actions, points, queries
from opsdesk.review.models import Point, Review, ReviewNote
from opsdesk.review.point_actions import PointDraft
from opsdesk.review.refusals import (
    NoteNotText,
    NoteUnknown,
    PointChanged,
    PointNotOpen,
    PointOpen,
    PointThere,
    PointUnknown,
    ReviewUnknown,
)
from opsdesk.vault.models import Blob
from tests import cast
from tests.cast import Somebody
from tests.review.scene import NOTE, NOVEMBER, NOW, OCTOBER, SEPTEMBER, Reviewed, act, attach, reviewed, write

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Reviewed]:
    with reviewed(django_db_blocker) as made:
        yield made


@pytest.fixture
def lead(desk: Reviewed) -> Somebody:
    return desk.lead


@pytest.fixture
def review(desk: Reviewed) -> Review:
    return desk.review


def close(point: Point, who: Somebody, **more: Any) -> Point:
    given = {"revision": point.revision, "review_id": None, "now": NOW + DAY, **more}
    return point_actions.close_point(point_id=point.id, actor=who.actor, **given)


def test_a_note_is_kept_byte_by_byte_and_attached_once(review: Review, lead: Somebody) -> None:
    data = "\ufeff# Übergabe, November\r\n- [ ] Call Sam\r\n".encode()
    note = attach(review, lead.actor, data, source="granola")
    again = attach(review, lead.actor, data, title="Another title")
    assert (again.id, ReviewNote.objects.count()) == (note.id, 1)
    row = queries.review(review.id).notes[0]
    assert (row.title, row.source, row.size) == ("Übergabe, November", "granola", len(data))
    assert (row.added_by, row.erased) == ("Lena", False)
    assert queries.note_text(note.id) == "# Übergabe, November\r\n- [ ] Call Sam\r\n"
    attached = Entry.objects.filter(kind="review.note_attached")
    assert [each.payload for each in attached] == [{"desk": "support", "note": note.id, "source": "granola"}]


def test_broken_bytes_are_refused_and_leave_nothing_behind(review: Review, lead: Somebody) -> None:
    before = Blob.objects.count()
    with pytest.raises(NoteNotText):
        attach(review, lead.actor, b"Notes \xff")
    with pytest.raises(Invalid):
        attach(review, lead.actor, source="fax")
    with pytest.raises(ReviewUnknown):
        attach(Review(id=4711), lead.actor)
    assert (ReviewNote.objects.count(), Blob.objects.count()) == (0, before)


def test_points_are_taken_out_of_a_note_once_each(review: Review, lead: Somebody) -> None:
    note = attach(review, lead.actor, b"## Actions\n- Call Sam\n- Write the runbook\n")
    first, second = queries.proposed(note.id)
    assert [first.words, second.words] == ["Call Sam", "Write the runbook"]
    friday = date(2026, 12, 4)
    draft = PointDraft(first.kind, "Call Sam of CDK", "people", lead.id, friday, note.id, first.line)
    made = point_actions.add_points(review_id=review.id, drafts=[draft], actor=lead.actor, now=NOW)
    assert [each.words for each in queries.proposed(note.id)] == ["Write the runbook"]
    with pytest.raises(PointThere):
        act(review, lead.actor, "Call Sam once more", note=note.id, line=first.line)
    row = queries.review(review.id).points[0]
    assert (row.id, row.owner, row.due_on, row.stood) == (made[0].id, "Lena", friday, 1)
    assert row.is_overdue(date(2026, 12, 5))
    assert not row.is_overdue(friday)


def test_of_several_points_all_are_taken_or_none(review: Review, lead: Somebody) -> None:
    drafts = [PointDraft("action", "Call Sam", "people"), PointDraft("action", "Call Sam", "people")]
    with pytest.raises(PointThere):
        point_actions.add_points(review_id=review.id, drafts=drafts, actor=lead.actor, now=NOW)
    assert Point.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("words", {"words": " \n "}),
        ("words", {"words": "x" * 501}),
        ("kind", {"kind": "wish"}),
        ("tag", {"tag": ""}),
        ("tag", {"kind": "works", "tag": "weather"}),
        ("owner", {"owner_id": 4711}),
        ("line", {"line": 3}),
    ],
)
def test_what_a_point_must_say_is_asked_for_by_field(
    review: Review, lead: Somebody, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        act(review, lead.actor, **given)
    assert refused.value.field == field
    assert Point.objects.count() == 0


def test_what_works_needs_no_tag_and_words_are_put_on_one_line(review: Review, lead: Somebody) -> None:
    point = act(review, lead.actor, "Tier 1\n answers\t fast\u200b", kind="works", tag="")
    assert points.point(point.id).words == "Tier 1 answers fast"


def test_a_point_is_changed_by_who_saw_it_last(review: Review, lead: Somebody) -> None:
    point = act(review, lead.actor)
    draft = PointDraft("problem", "No runbook", "process", due_on=date(2026, 12, 24))
    changed = point_actions.edit_point(point_id=point.id, revision=1, draft=draft, actor=lead.actor, now=NOW)
    assert (changed.words, changed.kind, changed.revision) == ("No runbook", "problem", 2)
    with pytest.raises(PointChanged):
        point_actions.edit_point(point_id=point.id, revision=1, draft=draft, actor=lead.actor, now=NOW)
    with pytest.raises(PointChanged):
        close(point, lead, revision=1)
    other = act(review, lead.actor, "Another")
    same = PointDraft("problem", "No runbook", "tools")
    with pytest.raises(PointThere):
        point_actions.edit_point(point_id=other.id, revision=1, draft=same, actor=lead.actor, now=NOW)
    assert points.point(point.id).tag == "process"


def test_a_point_is_closed_dropped_and_reopened_once_each(review: Review, lead: Somebody) -> None:
    point = close(act(review, lead.actor), lead, review_id=review.id)
    assert (point.state, point.closed_in_id, point.revision) == ("done", review.id, 2)
    with pytest.raises(PointNotOpen):
        close(point, lead)
    point = point_actions.reopen_point(point_id=point.id, revision=2, actor=lead.actor, now=NOW + 2 * DAY)
    assert (point.state, point.closed_at, point.closed_in_id) == ("open", None, None)
    with pytest.raises(PointOpen):
        point_actions.reopen_point(point_id=point.id, revision=3, actor=lead.actor, now=NOW)
    point_actions.drop_point(point_id=point.id, revision=3, review_id=None, actor=lead.actor, now=NOW)
    kinds = Entry.objects.filter(subject_kind="point").order_by("id").values_list("kind", flat=True)
    told = [kind.removeprefix("review.point_") for kind in kinds]
    assert told == ["added", "closed", "reopened", "dropped"]
    assert points.point(point.id).state == "dropped"
    assert "runbook" not in str(list(Entry.objects.values_list("payload", flat=True)))


def test_what_is_open_carries_over_with_the_reviews_it_has_stood_in(lead: Somebody) -> None:
    september = write(lead.actor, SEPTEMBER, now=SEPTEMBER.end + DAY)
    kept, done, late = (act(september, lead.actor, words) for words in ("Kept", "Done", "Late"))
    close(done, lead, now=SEPTEMBER.end + 2 * DAY)
    october = write(lead.actor, OCTOBER, now=OCTOBER.end + DAY)
    act(october, lead.actor, "New")
    close(late, lead, review_id=october.id, now=OCTOBER.end + DAY + timedelta(hours=1))
    november = write(lead.actor, NOVEMBER, now=NOVEMBER.end + DAY)

    def carried(review: Review) -> list[tuple[str, int, str]]:
        return [(row.words, row.stood, row.state) for row in queries.review(review.id).carried]

    assert carried(september) == []
    assert carried(october) == [("Kept", 2, "open"), ("Late", 2, "done")]
    assert carried(november) == [("Kept", 3, "open"), ("New", 2, "open")]
    assert [row.words for row in queries.review(september.id).points] == ["Kept", "Done", "Late"]
    assert [(row.words, row.stood) for row in points.open_points("support")] == [("Kept", 3), ("New", 2)]
    assert points.point(kept.id).opened == SEPTEMBER


def test_another_edition_of_a_period_has_its_notes_and_points_and_carries_none_of_them(
    review: Review, lead: Somebody
) -> None:
    act(review, lead.actor)
    attach(review, lead.actor)
    page = queries.review(write(lead.actor).id)
    assert [(row.words, row.stood) for row in page.points] == [("Write the runbook", 1)]
    assert [row.title for row in page.notes] == ["Notes"]
    assert page.carried == ()


def test_who_may_not_write_reviews_changes_nothing_in_them(review: Review, lead: Somebody) -> None:
    point, note = act(review, lead.actor), attach(review, lead.actor)
    for who, refused in ((cast.engineer(), NotYourRight), (cast.stranger(), NotYourDesk)):
        changes: tuple[Callable[[], object], ...] = (
            lambda who=who: act(review, who.actor, "Mine"),  # type: ignore[misc]
            lambda who=who: attach(review, who.actor),  # type: ignore[misc]
            lambda who=who: close(point, who),  # type: ignore[misc]
        )
        for change in changes:
            with pytest.raises(refused):
                change()
    assert [row.words for row in queries.review(review.id).points] == ["Write the runbook"]
    assert queries.note_text(note.id) == NOTE.decode()


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(NoteUnknown):
        queries.note_text(4711)
    with pytest.raises(PointUnknown):
        points.point(4711)
    with pytest.raises(ReviewUnknown):
        queries.document(4711)
    assert points.open_points("support") == ()
