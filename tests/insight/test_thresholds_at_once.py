"""Two leads at once: who comes second has seen what the first set, or is told of it."""

from functools import partial

import pytest
from django.db import transaction

from opsdesk.insight.actions import set_threshold
from opsdesk.insight.models import Threshold
from opsdesk.insight.thresholds import EVERYWHERE, SetMeanwhile, newest
from opsdesk.kernel.actor import Role
from opsdesk.kernel.refusal import Invalid
from tests import cast
from tests.deals.test_two_at_once import at_once, refusals

MONDAY = cast.MONDAY


@pytest.mark.django_db(transaction=True)
def test_of_two_who_looked_at_the_same_limits_one_sets_his_and_the_other_is_told() -> None:
    cast.desk()
    leads = [cast.somebody(name, [Role.LEAD]) for name in ("lena", "lars")]
    seen = newest("support", "tier_1_share")
    known = {"desk": "support", "key": "tier_1_share", "scope": EVERYWHERE, "note": None, "now": MONDAY}
    day = MONDAY.date()

    def put(lead: cast.Somebody, healthy: int, seen: int | None) -> None:
        limits = {"healthy": healthy, "red": 40_000, "holds_from": day}
        set_threshold(**known, **limits, actor=lead.actor, seen=seen)

    outcomes = at_once(*[partial(put, lead, 60_000 + n, seen) for n, lead in enumerate(leads)])
    assert (refusals(outcomes), Threshold.objects.count()) == ([SetMeanwhile], 1)
    blind = at_once(*[partial(put, lead, 65_000, None) for lead in leads])
    assert (refusals(blind), Threshold.objects.count()) == ([Invalid], 2)
    with transaction.atomic():
        assert newest("support", "tier_1_share") > seen
