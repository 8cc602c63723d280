from datetime import timedelta
from typing import Any

import pytest

from opsdesk.clock.models import Task, TaskState
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.links import actions
from opsdesk.links.actions import MOST, Draft
from opsdesk.links.carrier import secrets_of
from opsdesk.links.models import Delivery, Endpoint
from opsdesk.links.refusals import EndpointOff, EndpointOn, EndpointThere, EndpointUnknown, TooManyEndpoints
from tests.deals import cast
from tests.links import scene
from tests.links.far_end import FarEnd
from tests.links.scene import ADA, COMMITTED, LENA, NOW, carry, endpoint, states, tell

pytestmark = [COMMITTED, pytest.mark.usefixtures("_at_home")]
URL = "https://hook.example/a"


@pytest.fixture(autouse=True)
def desk() -> None:
    scene.begin()


def test_the_secret_is_given_once_and_lies_sealed() -> None:
    row, secret = actions.add(Draft("market", URL), actor=ADA, now=NOW)
    assert secret.startswith("whsec_")
    assert secret not in row.secret + str(list(Entry.objects.values_list("payload", flat=True)))
    assert secrets_of(row, NOW) == [secret]


def test_an_endpoint_is_in_the_journal_without_its_address() -> None:
    row, _ = actions.add(Draft("market", URL, kinds=("deal.settled",)), actor=ADA, now=NOW)
    actions.change(row.id, Draft("shop", URL + "b"), actor=ADA, now=NOW)
    actions.switch_off(row.id, actor=ADA, now=NOW)
    actions.switch_on(row.id, actor=ADA, now=NOW)
    actions.remove(row.id, actor=ADA, now=NOW)
    facts = Entry.objects.filter(subject_kind="endpoint", subject_id=row.id).order_by("id")
    assert [fact.kind for fact in facts] == [
        "endpoint.added",
        "endpoint.changed",
        "endpoint.switched_off",
        "endpoint.switched_on",
        "endpoint.removed",
    ]
    assert facts[1].payload == {"changed": ["name", "url", "kinds"]}
    assert "hook.example" not in str([fact.payload for fact in facts])


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("", URL), "name"),
        (Draft("a" * 61, URL), "name"),
        (Draft("a\x00b", URL), "name"),
        (Draft("market", "nonsense"), "url"),
        (Draft("market", URL, kinds=("deal.exploded",)), "kinds"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add(draft, actor=ADA, now=NOW)
    assert refusal.value.field == field
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("url", ["http://hook.example/", "https://127.0.0.1/"])
def test_unless_a_setting_allows_it_nothing_leads_inside_or_goes_open(url: str, settings: Any) -> None:
    settings.OPSDESK_WEBHOOK_ALLOW_HTTP = settings.OPSDESK_WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(Invalid):
        actions.add(Draft("market", url), actor=ADA, now=NOW)


def test_a_name_is_given_once_until_it_is_free_again() -> None:
    first, _ = actions.add(Draft("market", URL), actor=ADA, now=NOW)
    with pytest.raises(EndpointThere):
        actions.add(Draft(" market ", URL), actor=ADA, now=NOW)
    actions.remove(first.id, actor=ADA, now=NOW)
    assert actions.add(Draft("market", URL), actor=ADA, now=NOW)[0].id != first.id


def test_there_are_not_more_endpoints_than_threads_can_serve() -> None:
    for number in range(MOST):
        actions.add(Draft(f"market {number}", URL), actor=ADA, now=NOW)
    with pytest.raises(TooManyEndpoints):
        actions.add(Draft("one more", URL), actor=ADA, now=NOW)


@pytest.mark.parametrize("verb", ["rotate", "switch_off", "switch_on", "remove", "send_test", "change"])
def test_only_an_admin_has_to_do_with_them(verb: str) -> None:
    row, _ = actions.add(Draft("market", URL), actor=ADA, now=NOW)
    more = {"rotate": {"at_once": False}, "change": {"draft": Draft("b", URL)}}.get(verb, {})
    with pytest.raises(NotAnAdmin):
        getattr(actions, verb)(row.id, actor=LENA, now=NOW, **more)
    with pytest.raises(NotAnAdmin):
        actions.add(Draft("market", URL), actor=LENA, now=NOW)
    with pytest.raises(EndpointUnknown):
        getattr(actions, verb)(10**9, actor=ADA, now=NOW, **more)


def test_a_new_secret_signs_beside_the_old_one_for_a_day() -> None:
    row, old = actions.add(Draft("market", URL), actor=ADA, now=NOW)
    row, new = actions.rotate(row.id, at_once=False, actor=ADA, now=NOW)
    day = timedelta(days=1)
    assert secrets_of(row, NOW + day - scene.SECOND) == [new, old]
    assert secrets_of(row, NOW + day) == [new]


def test_a_secret_that_got_out_signs_never_again() -> None:
    row, old = actions.add(Draft("market", URL), actor=ADA, now=NOW)
    row, new = actions.rotate(row.id, at_once=True, actor=ADA, now=NOW)
    assert secrets_of(row, NOW) == [new] != [old]


def test_what_happens_while_it_is_off_is_told_when_it_is_on_again(end: FarEnd) -> None:
    row = endpoint(end)
    cast.created()
    tell()
    actions.switch_off(row.id, actor=ADA, now=NOW)
    with pytest.raises(EndpointOff):
        actions.switch_off(row.id, actor=ADA, now=NOW)
    cast.funded()
    tell()
    assert carry(row) == 0
    assert states(row) == {"queued": 3}
    assert set(Task.objects.values_list("state", flat=True)) == {TaskState.CANCELLED}
    actions.switch_on(row.id, actor=ADA, now=NOW)
    with pytest.raises(EndpointOn):
        actions.switch_on(row.id, actor=ADA, now=NOW)
    tell()
    assert carry(row) == 3
    assert scene.told(end.calls) == ["deal.created", "deal.created", "deal.funded"]


def test_a_removed_one_is_told_nothing_and_keeps_no_secret(end: FarEnd) -> None:
    row = endpoint(end)
    other = endpoint(end, "other")
    cast.created()
    tell()
    actions.remove(row.id, actor=ADA, now=NOW)
    cast.created()
    tell()
    assert carry(row) == 0
    assert states(row) == {"dropped": 1}
    row.refresh_from_db()
    assert (row.secret, row.old_secret) == ("", "")
    assert carry(other) == 2


def test_a_test_is_sent_also_where_it_is_off(end: FarEnd) -> None:
    row = endpoint(end)
    actions.switch_off(row.id, actor=ADA, now=NOW)
    actions.send_test(row.id, actor=ADA, now=NOW)
    assert carry(row) == 1
    assert scene.told(end.calls) == ["webhook.test"]
    assert Delivery.objects.get().deal_id is None
