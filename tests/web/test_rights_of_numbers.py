"""Whose numbers one may read: a list is for the readers of its desk, what is by person for its leads."""

from collections.abc import Callable

import pytest
from django.test import Client

from opsdesk.cases.queries import desk
from opsdesk.insight.catalogue import METRICS, NotOfThisDesk, ask
from opsdesk.insight.registry import Question, Subject
from opsdesk.kernel.actor import Role
from opsdesk.kernel.period import month
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, resolved_at_tier

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
OF_DEALS = sorted(key for key, metric in METRICS.items() if metric.desk == "deals")


@pytest.fixture
def reader(browse: Browse) -> Client:
    cast.desk()
    return browse(cast.somebody("rita", [Role.VIEWER], []))


def test_every_number_of_deals_says_that_it_is_of_that_desk() -> None:
    of_deals = {key for key, metric in METRICS.items() if metric.subject in (Subject.DEAL, Subject.DISPUTE)}
    assert of_deals <= set(OF_DEALS)


@pytest.mark.parametrize("key", OF_DEALS)
def test_who_reads_requests_alone_reads_no_deals_by_the_way(reader: Client, key: str) -> None:
    assert reader.get(f"/desks/deals/numbers/{key}").status_code in (403, 404)
    assert reader.get(f"/desks/support/numbers/{key}?period=12-months").status_code == 404
    assert reader.get(f"/desks/support/numbers/{key}?period=12-months&table=list&as=csv").status_code == 404


@pytest.mark.parametrize("key", OF_DEALS)
def test_a_number_of_deals_is_not_asked_of_another_desk(db: None, key: str) -> None:
    cast.desk()
    period = month("2026-03", desk("support").zone)
    with pytest.raises(NotOfThisDesk):
        ask(key, Question("support", period, period.end))


def test_what_is_by_person_is_for_leads_on_the_funnel_too(reader: Client, browse: Browse) -> None:
    people = crew()
    case = resolved_at_tier(people, 1, "core.llm-behaviour", cast.MONDAY)
    token, at = f"worked:1-{people.operator.person.id}", f"{cast.MONDAY:%Y-%m}"
    lena = browse(cast.lead())
    page = lena.get(f"/desks/support/funnel?month={at}").content.decode()
    assert "Who worked at Tier 1" in page
    assert (
        f'href="/cases/{case.id}"'
        in lena.get(f"/desks/support/funnel/cases?month={at}&pick={token}").content.decode()
    )
    page = reader.get(f"/desks/support/funnel?month={at}").content.decode()
    assert "Who worked at Tier 1" not in page
    refused = reader.get(f"/desks/support/funnel/cases?month={at}&pick={token}")
    assert refused.status_code == 400
    assert f'href="/cases/{case.id}"' not in refused.content.decode()
