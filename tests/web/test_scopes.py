import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.deals import publishing, scopes
from opsdesk.deals.models import Scope, ScopeDecision, Tuning
from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.kernel.permissions import NotAnAdmin, NotYourDesk, NotYourRight
from opsdesk.vault.models import Document
from tests import cast
from tests.cast import Somebody
from tests.deals.cast import shipped
from tests.web import deals_scene as scenes
from tests.web.conftest import HTMX
from tests.web.deals_scene import DAY, DEALER, HOUR, PRIVATE, DealsScene
from tests.web.test_deals_page import words

Browse = Callable[[Somebody], Client]
MOST = 30
PAGE = f"/scopes/{PRIVATE}"
TUNED = {"reason": "Too slow.", "metric": "intervention", "expected": "Below 50 %.", "note": "Longer"}


@pytest.fixture
def desk(db: None, now: datetime) -> DealsScene:
    return scenes.people(now)


def scope(key: str = PRIVATE) -> Scope:
    country, _, category = key.partition(".")
    return Scope.objects.get(country=country, category=category)


def longer(hours: int = 72) -> str:
    return shipped().replace("disputeTtlHours: 48", f"disputeTtlHours: {hours}")


def publish(desk: DealsScene, text: str) -> Document:
    return publishing.publish_template(text, source="test", **TUNED, actor=desk.ada.actor, now=desk.now)


def row(text: str, key: str) -> str:
    return words(HttpResponse(re.findall(rf'<tr data-row="{key}">.*?</tr>', text, re.DOTALL)[0]))


def test_without_a_scope_the_page_says_how_one_begins(db: None, browse: Browse, now: datetime) -> None:
    cast.desk(now)
    said = words(browse(cast.admin()).get("/scopes"))
    assert "No scope yet" in said
    assert "Publish a template" in said


def test_each_scope_stands_with_its_stage_what_is_left_and_why_new_deals_are_refused(
    desk: DealsScene, browse: Browse
) -> None:
    scopes.set_stage(
        scope=PRIVATE, stage="limited", cap=2, reason="Pilot", actor=desk.lena.actor, now=desk.now - DAY
    )
    scenes.created(desk.now - HOUR)
    scenes.open_scope(desk, DEALER)
    scopes.stop(scope=DEALER, reason="The ledger is wrong.", actor=desk.lena.actor, now=desk.now)
    text = browse(desk.vera).get("/scopes").content.decode()
    assert "Limited" in row(text, PRIVATE)
    assert "1 of 2, 1 left 1 version 1 taken" in row(text, PRIVATE)
    assert "stopped" in row(text, DEALER)
    assert "refused: The ledger is wrong. (Lena" in row(text, DEALER)
    assert "refused by the stage" in row(text, "KR.USED_CAR_PRIVATE")
    scenes.created(desk.now)
    text = browse(desk.vera).get("/scopes").content.decode()
    assert "2 of 2, 0 left 2 version 1 refused: the cap is reached" in row(text, PRIVATE)
    assert browse(desk.vera).get("/scopes", headers=HTMX).content.lstrip().startswith(b'<section id="list"')


def test_a_stop_of_the_system_says_so(desk: DealsScene, browse: Browse) -> None:
    scopes.stop(scope=PRIVATE, reason="Unbalanced deal.", actor=SYSTEM, now=desk.now, cause="sev0")
    said = words(browse(desk.vera).get(PAGE))
    assert "New deals are stopped. Unbalanced deal. Opsdesk itself, because of an incident" in said
    assert "Stopped by an incident of severity 0 Opsdesk Unbalanced deal." in said


def test_stage_and_stop_each_stand_with_their_own_date(desk: DealsScene, browse: Browse) -> None:
    scenes.open_scope(desk, PRIVATE)
    Scope.objects.filter(id=scope().id).update(stage_since=desk.now - 40 * DAY)
    scopes.stop(scope=PRIVATE, reason="Trouble.", actor=desk.lena.actor, now=desk.now)
    page = browse(desk.vera).get(PAGE).content.decode()
    head = page.partition('class="page-head"')[2].partition("<code>")[0]
    told = re.findall(r'(Open|stopped)</span>.*?<time datetime="(\d{4}-\d\d-\d\d)', head, re.DOTALL)
    days = [f"{desk.now - 40 * DAY:%Y-%m-%d}", f"{desk.now:%Y-%m-%d}"]
    assert told == list(zip(("Open", "stopped"), days, strict=True))


def test_a_lead_sets_stage_cap_stop_and_lifts_each_with_a_reason_on_record(
    desk: DealsScene, browse: Browse
) -> None:
    client = browse(desk.lena)
    steps = [
        ("stage", {"stage": "limited", "cap": "5"}, "Stage: Closed → Limited"),
        ("cap", {"cap": "7"}, "Cap: 5 → 7"),
        ("stop", {}, "Stopped"),
        ("lift", {}, "Stop lifted"),
        ("stage", {"stage": "open", "cap": ""}, "Stage: Limited → Open"),
    ]
    for number, (verb, sent, recorded) in enumerate(steps):
        assert client.get(f"{PAGE}/{verb}").status_code == 200
        wordless = client.post(f"{PAGE}/{verb}", {**sent, "reason": " "})
        assert wordless.status_code == 422
        assert ScopeDecision.objects.filter(scope=scope()).count() == number
        reason = f"Because of {number}."
        answer = client.post(f"{PAGE}/{verb}", {**sent, "reason": reason})
        assert answer.status_code == 302, words(answer)
        assert f"{recorded} Lena {reason}" in words(client.get(PAGE))
    now = scope()
    assert (now.stage, now.cap, now.stopped_at) == ("open", None, None)


def test_a_limited_stage_needs_a_cap(desk: DealsScene, browse: Browse) -> None:
    for cap in ("", "0", "-3", "x", "9" * 30):
        answer = browse(desk.lena).post(f"{PAGE}/stage", {"stage": "limited", "cap": cap, "reason": "Pilot"})
        assert answer.status_code == 422, cap
        assert "Pilot" in answer.content.decode()
    assert scope().stage == "closed"


def test_a_decision_that_does_not_fit_any_more_is_refused_and_keeps_the_reason(
    desk: DealsScene, browse: Browse
) -> None:
    client = browse(desk.lena)
    for verb, sent, said in (
        ("lift", {}, "isn't stopped"),
        ("cap", {"cap": "5"}, "limited"),
        ("stage", {"stage": "closed", "cap": ""}, "closed"),
    ):
        answer = client.post(f"{PAGE}/{verb}", {**sent, "reason": "My reason"})
        assert answer.status_code == 422
        assert re.search(said, words(answer)), verb
        assert "My reason" in answer.content.decode()
    assert not ScopeDecision.objects.exists()


def test_what_does_not_fit_is_not_offered(desk: DealsScene, browse: Browse) -> None:
    client = browse(desk.lena)
    assert offered(client) == {"stage", "stop"}
    client.post(f"{PAGE}/stage", {"stage": "limited", "cap": "5", "reason": "Pilot"})
    assert offered(client) == {"stage", "cap", "stop"}
    client.post(f"{PAGE}/stop", {"reason": "Wait"})
    assert offered(client) == {"stage", "cap", "lift"}


def offered(client: Client) -> set[str]:
    return set(re.findall(rf'href="{PAGE}/(\w+)" data-dialog', client.get(PAGE).content.decode()))


@pytest.mark.parametrize(
    ("roles", "seats", "decides", "publishes"),
    [
        ([Role.VIEWER], [], False, False),
        ([Role.OPERATOR], ["disputes"], False, False),
        ([Role.ENGINEER], ["on-call"], False, False),
        ([Role.LEAD], [], True, False),
        ([Role.ADMIN], [], True, True),
    ],
    ids=["viewer", "operator", "engineer", "lead", "admin"],
)
def test_each_role_may_do_what_the_table_says_by_action_and_by_page(
    desk: DealsScene, browse: Browse, roles: list[Role], seats: list[str], decides: bool, publishes: bool
) -> None:
    publish(desk, longer())
    tuning = Tuning.objects.get()
    person = cast.somebody("pat", roles, seats, desk="deals")
    client, by = browse(person), {"actor": person.actor, "now": desk.now}
    assert acts(lambda: scopes.stop(scope=PRIVATE, reason="x", **by)) == decides
    assert acts(lambda: publishing.record_effect(tuning_id=tuning.id, actual="x", **by)) == decides
    assert acts(lambda: publishing.publish_template(longer(90), source="x", **TUNED, **by)) == publishes
    effect = f"{PAGE}/effects/{tuning.id}"
    publishing_pages = {"/scopes/next", f"{PAGE}/template/next"}
    page = client.get(PAGE).content.decode() + client.get("/scopes").content.decode()
    for address in (f"{PAGE}/stage", f"{PAGE}/stop", effect, *sorted(publishing_pages)):
        allowed = publishes if address in publishing_pages else decides
        assert (f'href="{address}"' in page) == allowed, address
        assert client.get(address).status_code == (200 if allowed else 403), address
        assert client.post(address, {}).status_code == (422 if allowed else 403), address
    assert client.post(f"{PAGE}/stop", {"reason": "x"}).status_code == (302 if decides else 403)
    assert client.post(effect, {"actual": "Better."}).status_code == (302 if decides else 403)
    sent = {**TUNED, "text": longer(90)}
    assert client.post(f"{PAGE}/template/next", sent).status_code == (302 if publishes else 403)


def acts(act: Callable[[], object]) -> bool:
    """Whether the action did it; it is taken back either way."""
    with transaction.atomic():
        try:
            act()
        except (NotYourDesk, NotYourRight, NotAnAdmin):
            return False
        finally:
            transaction.set_rollback(True)
    return True


def test_a_new_version_is_published_with_what_it_changes_and_why(desk: DealsScene, browse: Browse) -> None:
    client = browse(desk.ada)
    assert "disputeTtlHours: 48" in client.get(f"{PAGE}/template/next").content.decode()
    sent = {**TUNED, "text": longer(120).replace("\n", "\r\n")}
    asked = client.post(f"{PAGE}/template/next", sent)
    assert (asked.status_code, 'name="sure"' in asked.content.decode()) == (422, True)
    assert "120 hours for a dispute are unusual; usual are 24 to 96" in words(asked)
    assert Document.objects.filter(kind="template", name=PRIVATE).count() == 1
    answer = client.post(f"{PAGE}/template/next", {**sent, "sure": "on"})
    assert answer["Location"] == PAGE
    said = words(client.get(PAGE))
    assert "Version 2 holds for new deals from now." in said
    assert said.count("120 hours for a dispute are unusual; usual are 24 to 96") == 2
    assert "version 2" in said
    assert "disputeTtlHours : 48 → 120 Longer" in said
    assert "48 → 120 Too slow." in said
    assert "intervention : Below 50 %." in said
    assert "disputeTtlHours: 120" in client.get(f"{PAGE}/template/2").content.decode()
    assert client.get(f"{PAGE}/template/3").status_code == 404


def test_a_text_that_is_wrong_is_refused_line_by_line_and_kept(desk: DealsScene, browse: Browse) -> None:
    wrong = (
        longer()
        .replace("immediateRatio: 0.85", "immediateRatio: 0.9")
        .replace("{ REJECT: ,", "{ REJECTED: ,", 1)
    )
    client = browse(desk.ada)
    answer = client.post(f"{PAGE}/template/next", {**TUNED, "text": wrong})
    assert answer.status_code == 422
    said = words(answer)
    assert re.search(r"Line \d+: ", said)
    assert "REJECTED" in answer.content.decode()
    assert "Below 50 %." in answer.content.decode()
    assert Document.objects.filter(kind="template", name=PRIVATE).count() == 1


@pytest.mark.parametrize("missing", ["reason", "metric", "expected"])
def test_a_change_needs_its_reason_its_metric_and_what_is_expected(
    desk: DealsScene, browse: Browse, missing: str
) -> None:
    answer = browse(desk.ada).post(f"{PAGE}/template/next", {**TUNED, "text": longer(), missing: ""})
    assert answer.status_code == 422
    assert not Tuning.objects.exists()


def test_all_that_is_missing_and_all_that_is_wrong_is_said_in_one_go(
    desk: DealsScene, browse: Browse
) -> None:
    client = browse(desk.ada)
    empty = {"reason": " ", "metric": "", "expected": ""}
    said = words(client.post(f"{PAGE}/template/next", {**empty, "text": longer()}))
    for each in ("Say why the parameters change.", "Name the metric", "Say what you expect"):
        assert each in said
    wrong = longer().replace("evidenceRequired: true", "evidenceRequired: yes")
    assert "neither true nor false" in words(client.post(f"{PAGE}/template/next", {**empty, "text": wrong}))
    assert not Tuning.objects.exists()


def test_words_alone_change_without_a_reason_and_the_same_text_publishes_nothing(
    desk: DealsScene, browse: Browse
) -> None:
    client = browse(desk.ada)
    again = client.post(f"{PAGE}/template/next", {"text": shipped()})
    assert again["Location"] == PAGE
    said = words(client.get(PAGE))
    assert "This is the text of version 1, letter by letter: nothing was published." in said
    assert "holds for new deals" not in said
    answer = client.post(f"{PAGE}/template/next", {"text": "# Words.\n" + shipped(), "note": "Words"})
    assert answer["Location"] == PAGE
    assert "Version 2 holds for new deals from now." in words(client.get(PAGE))
    assert not Tuning.objects.exists()


def test_a_scopes_page_publishes_that_scope_alone(desk: DealsScene, browse: Browse) -> None:
    client = browse(desk.ada)
    other = longer().replace("scope: MN.USED_CAR_PRIVATE", "scope: TW.USED_CAR_PRIVATE")
    answer = client.post(f"{PAGE}/template/next", {**TUNED, "text": other})
    assert "This text is of TW.USED_CAR_PRIVATE." in words(answer)
    there = client.post("/scopes/next", {"text": longer()})
    assert "MN.USED_CAR_PRIVATE is there already." in words(there)
    assert client.post("/scopes/next", {"text": other})["Location"] == "/scopes/TW.USED_CAR_PRIVATE"
    assert scope("TW.USED_CAR_PRIVATE").stage == "closed"


def test_what_came_of_a_change_is_recorded_once(desk: DealsScene, browse: Browse) -> None:
    publish(desk, longer())
    client, tuning = browse(desk.lena), Tuning.objects.get()
    address = f"{PAGE}/effects/{tuning.id}"
    asked = words(client.get(address))
    assert "disputeTtlHours: 48 → 72. Expected: Below 50 %." in asked
    assert client.post(address, {"actual": "It fell to 41 %."})["Location"] == PAGE
    said = words(client.get(PAGE))
    assert "It fell to 41 %." in said
    assert "Record the effect" not in said
    again = client.post(address, {"actual": "No, 60 %."})
    assert again.status_code == 422
    assert "No, 60 %." in again.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/scopes/XX.NOTHING",
        "/scopes/XX.NOTHING/stage",
        "/scopes/nonsense",
        f"{PAGE}/nonsense",
        f"{PAGE}/effects/999999",
        f"{PAGE}/template/99",
        f"{PAGE}/effects/{'9' * 30}",
        f"{PAGE}/template/{'9' * 30}",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(desk: DealsScene, browse: Browse, address: str) -> None:
    assert browse(desk.ada).get(address).status_code == 404


def test_an_effect_is_recorded_on_the_page_of_its_own_scope(desk: DealsScene, browse: Browse) -> None:
    publish(desk, longer())
    address = f"/scopes/{DEALER}/effects/{Tuning.objects.get().id}"
    assert browse(desk.lena).get(address).status_code == 404


def test_the_pages_ask_the_database_as_often_for_many_decisions_as_for_few(
    desk: DealsScene, browse: Browse
) -> None:
    client = browse(desk.vera)
    publish(desk, longer())
    scopes.stop(scope=PRIVATE, reason="x", actor=desk.lena.actor, now=desk.now)
    few = {address: counted(client, address) for address in (PAGE, "/scopes")}
    for number in range(20):
        scopes.lift(scope=PRIVATE, reason="x", actor=desk.lena.actor, now=desk.now)
        scopes.stop(scope=PRIVATE, reason="x", actor=desk.ada.actor, now=desk.now)
        publish(desk, longer(49 + number))
    assert {address: counted(client, address) for address in few} == few
    assert max(few.values()) <= MOST


def counted(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    return len(statements)
