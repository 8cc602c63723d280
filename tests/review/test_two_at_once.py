"""Two who write the same review, or change the same point, at once: nothing is lost, nobody is misled."""

from typing import Any

import pytest

from opsdesk.kernel.actor import SYSTEM
from opsdesk.review import point_actions, points, redaction
from opsdesk.review.models import Point, Review
from opsdesk.review.refusals import NoteErased, PointChanged, PointNotOpen, PointThere
from tests import cast
from tests.deals.test_two_at_once import at_once, refusals
from tests.review.scene import NOW, OCTOBER, act, attach, write

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_at_once_write_two_editions_and_end_a_point_once() -> None:
    cast.desk(OCTOBER.start)
    assert refusals(at_once(*[lambda: write(SYSTEM)] * 3)) == []
    assert sorted(Review.objects.values_list("edition", flat=True)) == [1, 2, 3]
    review = Review.objects.get(edition=1)
    assert refusals(at_once(*[lambda: act(review, SYSTEM)] * 3)) == [PointThere] * 2
    point = Point.objects.get()
    end: dict[str, Any] = {
        "point_id": point.id,
        "revision": 1,
        "review_id": None,
        "actor": SYSTEM,
        "now": NOW,
    }
    told = refusals(
        at_once(lambda: point_actions.close_point(**end), lambda: point_actions.drop_point(**end))
    )
    assert told in ([PointChanged], [PointNotOpen])
    assert points.point(point.id).revision == 2
    notes = at_once(*[lambda: attach(review, SYSTEM)] * 3)
    assert len({note.id for note in notes}) == 1  # type: ignore[attr-defined]


def test_who_takes_a_line_while_its_note_is_erased_leaves_none_of_its_words() -> None:
    cast.desk(OCTOBER.start)
    review, admin = write(SYSTEM), cast.admin().actor
    for n in range(5):
        note = attach(review, SYSTEM, b"- [ ] Call Sam %d\n" % n)
        told = at_once(
            lambda note=note, n=n: act(review, SYSTEM, f"Call Sam {n}", note=note.id, line=1),  # type: ignore[misc]
            lambda note=note: redaction.redact_meeting_note(note.id, reason="asked", actor=admin, now=NOW),  # type: ignore[misc]
        )
        assert refusals(told) in ([], [NoteErased])
    assert not Point.objects.exclude(words="").exists()
