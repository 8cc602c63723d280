"""Erasing what was said in a review: each page asks first, and goes back to where one came from."""

from collections.abc import Callable

from django.test import Client

from opsdesk.kernel.period import Period
from opsdesk.review import points, queries
from opsdesk.review.document import About, Document, to_json
from opsdesk.review.models import Review
from tests.cast import Somebody
from tests.review.scene import NOW, OCTOBER, SEPTEMBER, act, attach
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
SURE = {"reason": "asked", "sure": "on"}


def reviewed(period: Period = OCTOBER) -> Review:
    empty = Document("support", About.NEITHER, period, SEPTEMBER, NOW, None, 0, 0)
    return Review.objects.create(
        desk="support",
        since=period.start,
        until=period.end,
        edition=1,
        made_at=NOW,
        document=to_json(empty),
    )


def test_a_meeting_note_and_a_point_are_erased_after_asking(scene: Scene, browse: Browse) -> None:
    review, client = reviewed(), browse(scene.ada)
    note, point = attach(review, scene.ada.actor), act(review, scene.ada.actor)
    for address in (f"/care/meetings/{note.id}/erasure", f"/care/points/{point.id}/erasure"):
        assert client.get(f"{address}?back=/health").status_code == 200
        assert client.post(address, {"reason": "asked"}).status_code == 422
        assert browse(scene.lena).get(address).status_code == 403
        done = client.post(f"{address}?back=/health", SURE)
        assert (done.status_code, done["Location"]) == (302, "/health")
        assert b"erased" in client.post(address, SURE).content
    assert queries.review(review.id).notes[0].erased
    assert points.point(point.id).words == ""
