"""The findings page: what the numbers say in words, by urgency, with the cases behind."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from opsdesk.cases.models import Case
from opsdesk.cases.queries import desk
from opsdesk.insight.findings.deals import findings as of_deals
from opsdesk.insight.findings.finding import Behind, Finding, Group
from opsdesk.insight.findings.outcomes import outcomes
from opsdesk.insight.findings.periods import last_month
from opsdesk.insight.findings.queries import Findings
from opsdesk.insight.findings.requests import findings as of_requests
from opsdesk.insight.limits import Direction, State, limits
from opsdesk.insight.stuck import Stuck
from opsdesk.insight.thresholds import SHIPPED, Unit
from opsdesk.insight.waiting import Waited
from opsdesk.kernel.actor import Role
from opsdesk.watch import standing
from opsdesk.web.findings.cards import Card, card, cards
from opsdesk.web.findings.limits import sentence
from opsdesk.web.phrases import plain
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import Crew, crew, resolved_at_tier
from tests.insight.told import NOW, OCTOBER, PRIVATE, deals_of, funnel_of, mean_days, requests_of
from tests.web import deals_scene

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
TYPE = "integration.dms"


def text_of(page: str) -> str:
    """What is read; a number that is a link stands in its sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", page))).split())


@pytest.fixture
def people() -> Crew:
    cast.desk()
    return crew()


def filled(people: Crew, now: datetime, tiers: list[int]) -> None:
    """Requests of the last month, each resolved at its tier."""
    start = last_month(desk("support"), now).start + timedelta(hours=15)
    for n, tier in enumerate(tiers):
        resolved_at_tier(people, tier, TYPE, start + n * timedelta(hours=5))


def test_a_red_finding_says_what_it_means_and_leads_to_its_cases(
    people: Crew, browse: Browse, now: datetime
) -> None:
    filled(people, now, [1] * 8 + [2] * 13)
    standing.look(now=now)
    client = browse(cast.lead())
    page = client.get("/findings").content.decode()
    text = text_of(page)
    assert "1 finding is red; 1 is on watch." in text
    heads = re.findall(r'<div class="finding-head">.*?</div>', page, re.DOTALL)
    assert [sum(f">{state}<" in head for head in heads) for state in ("red", "watch")] == [1, 1]
    assert re.search(r"Tier 1 share red \w+ \d+ · red since ", text)
    assert "38 % 8 of 21 Healthy from 70 %, red below 50 %." in text
    assert "Tier 1's toolkit is too small" in text
    assert "More Tier 2 support engineers" in text
    assert "noted every ten minutes, last" in text
    addresses = re.findall(r'href="(/desks/support/funnel/cases[^"]+)">[^<]+\((\d+)\)', page)
    assert ("13") in [n for _, n in addresses]
    for address, n in addresses:
        assert client.get(unescape(address)).context["found"].total == int(n), address


def test_what_lacks_a_cause_or_a_type_opens_its_list(people: Crew, browse: Browse, now: datetime) -> None:
    filled(people, now, [1] * 20)
    lacking = Case.objects.filter(id__in=Case.objects.order_by("id").values("id")[:3])
    lacking.update(cause="")
    lacking.filter(id=Case.objects.order_by("id")[0].id).update(type="", family="")
    client = browse(cast.lead())
    page = client.get("/findings").content.decode()
    for words, n in (("Resolved without a cause", 3), ("Without a type", 1)):
        address = re.findall(rf'href="([^"]+)">{words} \({n}\)', page)[0]
        listed = client.get(unescape(address)).context
        assert (listed["found"].total, listed["title"]) == (n, words)


def test_who_reads_both_desks_sees_the_findings_of_both_by_urgency(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    client = browse(scene.ada)
    answer = client.get("/findings")
    assert [part.found.desk.key for part in answer.context["parts"]] == ["deals", "support"]
    assert [card.finding.key for card in answer.context["urgent"]] == ["urgent_disputes"]
    page = answer.content.decode()
    assert "Urgent disputes red Deals · now" in text_of(page)
    listed = re.findall(r'href="(/desks/deals/numbers/[^"]+)">[^<]+\((\d+)\)', page)
    assert len(listed) >= 5
    for address, n in listed:
        assert client.get(unescape(address)).context["total"] == int(n), address


def test_who_reads_one_desk_sees_that_one(browse: Browse, now: datetime) -> None:
    scene = deals_scene.busy(now)
    assert [each.found.desk.key for each in browse(scene.vera).get("/findings").context["parts"]] == ["deals"]
    nobody = browse(cast.stranger()).get("/findings")
    assert "There is no desk whose numbers you may read" in text_of(nobody.content.decode())


def test_an_empty_desk_says_so_and_where_to_look(people: Crew, browse: Browse) -> None:
    text = text_of(browse(cast.viewer()).get("/findings").content.decode())
    assert "There is nothing to judge yet: nothing came in last month." in text
    assert "Nothing came in in" in text
    assert "To the cases" in text


def test_a_healthy_desk_is_said_to_be_well(people: Crew, browse: Browse, now: datetime) -> None:
    filled(people, now, [1] * 15 + [2] * 5)
    text = text_of(browse(cast.lead()).get("/findings").content.decode())
    assert "All is well." in text
    assert "The tiers work" in text


def test_a_lead_of_any_desk_begins_the_day_with_the_findings(browse: Browse, now: datetime) -> None:
    cast.desk()
    both = cast.somebody("lora", [Role.LEAD], desk="support")
    of_deals = cast.somebody("lars", [Role.LEAD], desk="deals")
    assert {browse(who).get("/")["Location"] for who in (both, of_deals)} == {"/findings"}
    assert browse(cast.operator()).get("/")["Location"] == "/desks/support/mine"


def test_the_page_refreshes_its_numbers_alone(people: Crew, browse: Browse) -> None:
    answer = browse(cast.lead()).get("/findings", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert page.lstrip().startswith('<div id="numbers"')
    assert 'id="as-of"' in page


def told(found: Finding) -> Card:
    return card(found, desk("support"), "October 2026", now=NOW)


def of(rule: str, **more: object) -> Card:
    answers = requests_of(**({"funnel": funnel_of()} | more))  # type: ignore[arg-type]
    every = [*of_requests(answers, SHIPPED), *outcomes(answers, SHIPPED)]
    return told(next(each for each in every if each.rule == rule))


def test_the_words_hold_the_numbers_they_speak_of(people: Crew) -> None:
    assert plain(of("leaked", leaked=2).means).endswith("mailboxes where it does: 1.")
    stuck = Stuck(3, 0, (("ops", 2, 0), ("gone", 1, 0)))
    assert plain(of("stuck_us", stuck=stuck).means).endswith("two business days: 2 Operations, 1 gone.")
    high = of("tier_1_share", funnel=funnel_of((190, 9, 1), reopened=7))
    assert (high.state, plain(high.todo)) == (
        "healthy",
        "Look at the reopened ones: 7 of these requests were.",
    )
    open_ = of("tier_1_share", funnel=funnel_of((60, 0, 0), (40, 0, 0)))
    assert plain(open_.means) == "The ones still open could decide it either way: 40 of them."
    assert open_.counts == "60-100 of 100"
    few = of("tier_1_share", funnel=funnel_of((9, 1, 0)))
    assert (few.value, few.range) == ("9 of 10", "60-98 %")
    lacking = of("instrument_first", funnel=funnel_of((5, 0, 0), untyped=3), leaked=2)
    assert "2 mails leaked; 3 requests without a type; only 5 resolved, 20 are needed" in plain(lacking.means)
    assert [link.address for link in lacking.links] == ["/health"]
    waited = (Waited("third_party", "cdk", 700, 3), Waited("third_party", "unknown", 1, 1))
    third = of("third_party_delays", third_party_s=700, waited=waited)
    assert third.means.endswith("11 min of 16 min.")
    assert "CDK, unknown" in third.todo
    kinds = {"integration": (0, 30, 0), "core": (0, 10, 0)}
    one = of("specialist", funnel=funnel_of((60, 40, 0), families=kinds))
    assert "Integration, 30 of 40" in plain(one.means)


def test_deals_are_spoken_of_with_what_is_usual(people: Crew) -> None:
    reasons = {"USED_CAR_PRIVATE": {"DAMAGE_MINOR": 2, "MISSING_PARTS": 5, "DOCUMENT_MISMATCH": 13}}
    answers = deals_of(
        reasons=reasons, time_to_settle={PRIVATE: mean_days(8)}, stuck={"FUNDED": 2}, never_funded=1
    )
    written = {
        each.rule: card(each, desk("deals"), "the last 90 days", now=NOW)
        for each in of_deals(answers, SHIPPED)
    }
    assert written["drift"].where == "Used car private"
    assert plain(written["drift"].means) == (
        "The reasons are not the usual ones: Minor damage 10 % (usually 60-70),"
        " Papers do not match 65 % (usually 10-20)."
    )
    slow = written["time_to_settle"]
    assert (slow.value, slow.counts, slow.state) == ("8.0 days", "20 deals", "watch")
    assert slow.means.endswith("The inspection alone is 3 days, 38 % of it.")
    assert plain(written["deals_stuck"].means).endswith("more than seven days: 2 Funded.")
    assert [(link.words, link.n) for link in written["deals_stuck"].links] == [
        ("Stuck deals", 2),
        ("Never funded", 1),
    ]


def test_every_rule_has_its_words(people: Crew) -> None:
    answers = requests_of(funnel_of(last_resort=30), leaked=1)
    found = Findings(desk("support"), OCTOBER, NOW, 200, tuple(of_requests(answers, SHIPPED)))
    written = cards(found, {"last_resort": NOW})
    assert all(each.name and each.means for each in written)
    assert [each.finding.rule for each in written if each.since] == ["last_resort"]


def test_a_list_of_a_metric_without_its_own_words_has_the_metrics_name(people: Crew) -> None:
    behind = (Behind(1, metric="backlog", of={"queue": "ops"}), Behind(2, "received:2", kind="core"))
    found = Finding("stuck_us", "support", Group.ALARM, State.WATCH, period=OCTOBER, behind=behind)
    links = told(found).links
    assert links[0].address.startswith("/desks/support/numbers/backlog?month=2026-10&of=queue%3Aops")
    assert links[1].address == "/desks/support/funnel/cases?month=2026-10&family=core&pick=received%3A2"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (limits(Direction.AT_LEAST, 70, 50), "Healthy from 70 %, red below 50 %."),
        (limits(Direction.AT_LEAST, 80, 80), "Healthy from 80 %, red below."),
        (limits(Direction.ABOVE, 90, 50), "Healthy above 90 %, red below 50 %."),
        (limits(Direction.AT_MOST, 0, 5), "None is healthy; red above 5 %."),
        (limits(Direction.AT_MOST, 10, 10), "Healthy up to 10 %, red above."),
        (limits(Direction.AT_MOST, 5, 10), "Healthy up to 5 %, red above 10 %."),
        (limits(Direction.BELOW, 5, 10), "Healthy below 5 %, red above 10 %."),
    ],
)
def test_limits_are_said_in_words(held: object, words: str) -> None:
    assert sentence(held) == words  # type: ignore[arg-type]


def test_limits_in_days_keep_their_decimals() -> None:
    held = limits(Direction.BELOW, 7, 10)
    odd = type(held)(held.direction, 7_250, 10_001)
    assert sentence(odd, Unit.DAYS) == "Healthy below 7.25 days, red above 10.001 days."
