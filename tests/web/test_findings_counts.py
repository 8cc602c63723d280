"""Every number in the sentences of the findings opens exactly what it counts, but those named below."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk
from opsdesk.deals.models import Deal
from opsdesk.insight.bands import Share
from opsdesk.insight.findings.deals import findings as of_deals
from opsdesk.insight.findings.finding import Finding, Group
from opsdesk.insight.findings.outcomes import outcomes
from opsdesk.insight.findings.periods import last_month
from opsdesk.insight.findings.requests import RequestAnswers
from opsdesk.insight.findings.requests import findings as of_requests
from opsdesk.insight.limits import State
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.thresholds import SHIPPED
from opsdesk.insight.waiting import Waited
from opsdesk.web.findings.cards import Card, card
from opsdesk.web.findings.counted import list_of
from opsdesk.web.findings.links import address_of
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import HOUR, crew, escalate, resolved_at_tier
from tests.insight.told import NOW, PRIVATE, deals_of, funnel_of, mean_days, requests_of
from tests.web import deals_scene, prose

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
DMS, LLM = "integration.dms", "core.llm-behaviour"
# Numbers that count nothing in the data.
WITHOUT_A_LIST = {
    r"Under 20 |, 20 are needed": "what makes a sample small",
    r"less than 24 hours|less than 24 hours left": "a threshold of time",
    r"\(usually \d+-\d+\)": "the usual band of a reason",
    r"^\d+\.\d days": "a mean time; the deals it is of stand beside it",
    r"The inspection alone is \d+ days, \d+ %": "the length of a window, and which part of a mean that is",
    r"\d+(?:-\d+)? %\)": "the range of a small share",
}


def words(each: Card) -> str:
    """Everything a card says in numbers."""
    return "".join(f"<p>{part}</p>" for part in (each.shown, each.counted, each.means, each.todo))


def of_a_page(page: str) -> str:
    """The values and sentences of the findings page, without the badges and the limits."""
    parts = re.findall(
        r'<p class="finding-value">.*?</p>|<div class="finding-words">.*?</p>', page, re.DOTALL
    )
    return re.sub(r'<a class="muted small".*?</a>|<span class="muted">\(.*?\)</span>', "", "".join(parts))


def filled(now: datetime) -> None:
    """Last month: much went up, some is open, lacks a type or a cause, came back; some is stuck now."""
    people, start = crew(), last_month(desk("support"), now).start + timedelta(hours=15)
    ends = [(1, LLM)] * 5 + [(2, DMS)] * 12 + [(3, DMS)] * 3 + [(3, LLM)]
    for n, (tier, type_) in enumerate(ends):
        resolved_at_tier(people, tier, type_, start + n * 5 * HOUR)
    for n in range(2):
        case = cast.request_at(start + n * HOUR, type=DMS)
        escalate(case, people.operator, start + (n + 2) * HOUR, DMS)
    cast.request_at(start)
    done = Case.objects.exclude(resolved_at=None).order_by("id")
    Case.objects.filter(id__in=done.values("id")[:6]).update(cause="")
    Case.objects.filter(id=done[7].id).update(type="", family="")


def test_every_number_about_requests_opens_its_cases(browse: Browse, now: datetime) -> None:
    cast.desk()
    filled(now)
    client = browse(cast.lead())
    answer = client.get("/findings")
    cards = [*answer.context["urgent"], *answer.context["parts"][0].rest]
    text = "".join(map(words, cards))
    assert prose.loose(text, WITHOUT_A_LIST) == []
    assert prose.check_counts(client, text, pages=["/health"]) >= 16
    assert set(prose.counts(of_a_page(answer.content.decode()))) <= set(prose.counts(text))


def test_every_number_about_deals_opens_them(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    age(now)
    client = browse(scene.ada)
    context = client.get("/findings").context
    cards = [*context["urgent"], *(card for part in context["parts"] for card in part.rest)]
    text = "".join(map(words, cards))
    assert prose.loose(text, WITHOUT_A_LIST) == []
    assert prose.check_counts(client, text, pages=["/incidents"]) >= 8
    # Too few deals for the sentence that says how many are not settled: its list is asked for by itself.
    missing = [each.finding for each in cards if each.finding.rule == "completion"]
    behind = [(each, found) for each in missing if (found := list_of(each, "missing"))]
    assert behind
    for each, found in behind:
        assert prose.listed(client, address_of(found, each.period, desk("deals"), now)) == found.n


def age(now: datetime) -> None:
    """Deals long enough ago for completion, some of them not settled."""
    long_ago = now - timedelta(days=20)
    Deal.objects.filter(funded_at__isnull=False).update(created_at=long_ago, funded_at=long_ago)


def every_answer() -> Iterable[RequestAnswers]:
    """Answers under which each rule and each outcome says each of its sentences."""
    stuck = Stuck(3, 2, (("ops", 2, 2), ("core", 1, 0)))
    waited = (Waited("third_party", "cdk", 700, 3),)
    kinds = {"integration": (0, 30, 0), "core": (0, 10, 0)}
    yield requests_of(funnel_of((190, 9, 1), reopened=7), stuck=stuck, third_party_s=700, waited=waited)
    yield requests_of(funnel_of((60, 0, 0), (40, 0, 0)))
    yield requests_of(funnel_of((5, 0, 0), untyped=3), leaked=2, no_cause=4)
    yield requests_of(funnel_of((20, 40, 30), families=kinds, last_resort=5), shares=shares(18))
    yield requests_of(funnel_of((60, 40, 0), families=kinds), shares=shares(2))


def shares(low: int) -> dict[str, Share]:
    return {key: Share(low, low, 40) for key in ("right_queue", "returned", "reopened")}


def test_no_rule_says_a_number_without_its_list(db: None) -> None:
    cast.desk()
    reasons = {"USED_CAR_PRIVATE": {"DAMAGE_MINOR": 2, "MISSING_PARTS": 5, "DOCUMENT_MISMATCH": 13}}
    rates = {key: {PRIVATE: Share(30, 32, 80)} for key in ("completion", "dispute_rate", "intervention")}
    deals = deals_of(
        shares=rates,
        reasons=reasons,
        time_to_settle={PRIVATE: mean_days(8)},
        stuck={"FUNDED": 2},
        never_funded=1,
        urgent={PRIVATE: 3},
        timers=Share(7, 7, 9),
    )
    faults = Finding(
        "integrity_faults", "deals", Group.ALARM, State.RED, facts={"scopes": (("MN.USED_CAR_PRIVATE", 2),)}
    )
    found = [each for one in every_answer() for each in (*of_requests(one, SHIPPED), *outcomes(one, SHIPPED))]
    told = [card(each, desk("support"), "October 2026", now=NOW) for each in found]
    told += [
        card(each, desk("deals"), "the last 90 days", now=NOW) for each in (*of_deals(deals, SHIPPED), faults)
    ]
    assert {each.finding.rule for each in told if prose.loose(words(each), WITHOUT_A_LIST)} == set()
    said = {each.finding.rule for each in told if list(prose.counts(words(each)))}
    assert len(said) >= 24


@pytest.mark.parametrize("text", ["<p>12 requests</p>", "<p>56 of 65</p>", "<td>2 Core support</td>"])
def test_a_count_without_a_link_would_be_found(text: str) -> None:
    assert prose.loose(text, WITHOUT_A_LIST)
    assert not prose.loose(re.sub(r"(\d+)", r'<a href="/x">\1</a>', text), WITHOUT_A_LIST)
