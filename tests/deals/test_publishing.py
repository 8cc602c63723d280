"""Published templates never change; what a new version changes is on record, with what came of it."""

import pytest
from django.db import DatabaseError, transaction

from opsdesk.deals import publishing, queries
from opsdesk.deals.models import Scope, Tuning
from opsdesk.deals.refusals import EffectKnown, TemplateMissing, TuningUnknown
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.permissions import NotAnAdmin, NotThisToken
from opsdesk.kernel.refusal import Invalid
from opsdesk.vault import actions as vault
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.vault.models import Document
from tests.deals import cast
from tests.deals.cast import ADMIN, DAY, LEAD, MARKET, MONDAY, OPERATOR, PRIVATE

pytestmark = pytest.mark.django_db
WHY = {
    "reason": "Too many disputes end at the deadline.",
    "metric": "intervention",
    "expected": "Above 60 % in a month.",
}
SLOWER = cast.shipped().replace("disputeTtlHours: 48", "disputeTtlHours: 72")


def publish(text: str, actor: Actor = ADMIN, **changes: str) -> Document:
    return publishing.publish_template(text, source="mn.yaml", actor=actor, now=MONDAY, **{**WHY, **changes})


def test_the_first_version_adds_its_scope_closed_and_needs_no_reason() -> None:
    document = publish(cast.shipped(), reason="", metric="", expected="")
    assert (document.kind, document.name, document.version) == ("template", PRIVATE, 1)
    scope = queries.scope(PRIVATE)
    assert (scope.stage, scope.cap, scope.stopped_at) == ("closed", None, None)
    assert Tuning.objects.count() == 0
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"template.published", "scope.added"} <= kinds


def test_a_template_from_before_scopes_had_to_be_of_a_country_is_read_and_gets_no_next_version() -> None:
    text = cast.shipped().replace("MN.USED_CAR_PRIVATE", "ZZ.TRUCK")
    vault.publish(kind="template", name="ZZ.TRUCK", source=text, note="", actor=ADMIN, now=MONDAY)
    held = queries.newest_terms("ZZ.TRUCK")
    assert (held.currency, held.dispute_hours) == ("", 48)
    with pytest.raises(DocumentInvalid, match='"ZZ" is no country'):
        publish(text.replace("disputeTtlHours: 48", "disputeTtlHours: 72"))


def test_each_parameter_that_a_version_changes_is_on_record() -> None:
    publish(cast.shipped())
    version = publish(SLOWER.replace("DAMAGE_MINOR: 10 %\n", "DAMAGE_MINOR: 12 %\n")).version
    rows = Tuning.objects.order_by("id")
    assert [(row.version, row.parameter, row.old, row.new) for row in rows] == [
        (version, "disputeTtlHours", "48", "72"),
        (version, "offsetCapsByReasonCode.DAMAGE_MINOR", "0.1", "0.12"),
    ]
    assert {(row.reason, row.metric, row.expected) for row in rows} == {tuple(WHY.values())}
    assert (queries.newest_terms(PRIVATE).dispute_hours, queries.terms(PRIVATE, 1).dispute_hours) == (72, 48)


@pytest.mark.parametrize("field", ["reason", "metric", "expected"])
def test_a_change_says_why_by_which_metric_and_what_is_expected(field: str) -> None:
    publish(cast.shipped())
    with pytest.raises(Invalid) as refusal:
        publish(SLOWER, **{field: "  "})
    assert refusal.value.details["field"] == field
    assert queries.newest_terms(PRIVATE).version == 1


def test_a_metric_is_a_short_name() -> None:
    publish(cast.shipped())
    with pytest.raises(Invalid):
        publish(SLOWER, metric="x" * 81)


def test_a_new_wording_that_changes_no_parameter_needs_no_reason() -> None:
    publish(cast.shipped())
    document = publish("# Said better.\n" + cast.shipped(), reason="", metric="", expected="")
    assert (document.version, Tuning.objects.count()) == (2, 0)


def test_the_same_text_again_publishes_nothing() -> None:
    first, again = publish(cast.shipped()), publish(cast.shipped())
    assert (first.id, Document.objects.filter(kind="template").count()) == (again.id, 1)


def test_a_published_version_is_never_changed() -> None:
    publish(cast.shipped())
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(kind="template").update(source=SLOWER)


def test_a_template_that_is_wrong_publishes_nothing_and_adds_no_scope() -> None:
    with pytest.raises(DocumentInvalid) as refusal:
        publish(cast.shipped().replace("disputeTtlHours: 48", "disputeTtlHours: soon"))
    assert "mn.yaml:6:" in str(refusal.value)
    assert (Scope.objects.count(), Document.objects.filter(kind="template").count()) == (0, 0)


def test_admins_publish_and_nobody_else() -> None:
    for actor, refusal in ((LEAD, NotAnAdmin), (OPERATOR, NotAnAdmin), (MARKET, NotThisToken)):
        with pytest.raises(refusal):
            publish(cast.shipped(), actor)
    publish(cast.shipped(), SYSTEM)


def test_what_is_remembered_of_the_terms_ends_with_a_new_version() -> None:
    with remembering():
        publish(cast.shipped())
        assert queries.newest_terms(PRIVATE).dispute_hours == 48
        publish(SLOWER)
        assert queries.newest_terms(PRIVATE).dispute_hours == 72


def test_a_scope_without_a_template_has_no_terms() -> None:
    with pytest.raises(TemplateMissing):
        queries.newest_terms(PRIVATE)
    with pytest.raises(TemplateMissing):
        queries.terms(PRIVATE, 1)
    publish(cast.shipped())
    with pytest.raises(TemplateMissing):
        queries.terms(PRIVATE, 2)


def test_what_is_shipped_is_published_once_with_every_scope_closed() -> None:
    published = publishing.publish_shipped(now=MONDAY)
    assert [document.name for document in published] == [
        "KR.USED_CAR_PRIVATE",
        "MN.REAL_ESTATE_SALE",
        "MN.USED_CAR_DEALER",
        "MN.USED_CAR_PRIVATE",
    ]
    assert publishing.publish_shipped(now=MONDAY + DAY) == []
    assert {(scope.key, scope.stage) for scope in queries.scopes()} == {
        (document.name, "closed") for document in published
    }


def test_what_is_shipped_never_takes_the_place_of_what_somebody_published() -> None:
    publish(SLOWER)
    assert PRIVATE not in [document.name for document in publishing.publish_shipped(now=MONDAY)]
    assert queries.newest_terms(PRIVATE).dispute_hours == 72


def test_what_came_of_a_change_is_recorded_once() -> None:
    publish(cast.shipped())
    publish(SLOWER)
    tuning = Tuning.objects.get()
    later = {"tuning_id": tuning.id, "actor": LEAD, "now": MONDAY + 30 * DAY}
    with pytest.raises(Invalid):
        publishing.record_effect(actual=" ", **later)
    known = publishing.record_effect(actual=" 64 % in April. ", **later)
    assert (known.actual, known.actual_at) == ("64 % in April.", MONDAY + 30 * DAY)
    with pytest.raises(EffectKnown):
        publishing.record_effect(actual="70 %", **later)
    assert Tuning.objects.get().actual == "64 % in April."
    entry = Entry.objects.get(kind="template.effect_recorded")
    assert entry.payload == {"scope": PRIVATE, "version": 2, "parameter": "disputeTtlHours"}
    with pytest.raises(TuningUnknown):
        publishing.record_effect(tuning_id=0, actual="x", actor=LEAD, now=MONDAY)
