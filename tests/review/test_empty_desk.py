"""Reviews where there is little to review: nothing came in, nobody may, it has not begun."""

import pytest

from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.review import queries
from opsdesk.review.models import Review
from opsdesk.review.refusals import NotBegun, ReviewUnknown
from tests import cast
from tests.review.scene import NOVEMBER, OCTOBER, write

pytestmark = pytest.mark.django_db


def test_a_desk_where_nothing_came_in_has_a_document_that_says_so() -> None:
    cast.desk(OCTOBER.start)
    document = queries.document(write(SYSTEM).id)
    assert (document.has_data, document.n, document.made_by) == (False, 0, None)
    assert document.requests is not None
    assert document.requests.arrows == ()
    assert document.requests.links == ()
    assert [row.received.n for row in document.requests.tiers] == [0, 0, 0]
    assert all(each.difference is None or each.difference.low == 0 for each in document.headline)
    assert not any(each.is_red for each in document.findings)


def test_who_may_not_lead_writes_no_review() -> None:
    cast.desk(OCTOBER.start)
    with pytest.raises(NotYourRight):
        write(cast.engineer().actor)
    with pytest.raises(NotYourDesk):
        write(cast.stranger().actor)
    with pytest.raises(NotYourDesk):
        write(cast.lead().actor, desk="deals")
    assert Review.objects.count() == 0


def test_a_period_that_has_not_begun_has_no_review() -> None:
    cast.desk(OCTOBER.start)
    with pytest.raises(NotBegun):
        write(SYSTEM, NOVEMBER, now=OCTOBER.start)
    with pytest.raises(ReviewUnknown):
        queries.review(4711)
