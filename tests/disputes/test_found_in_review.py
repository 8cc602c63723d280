"""What a second look at the desk found, each as a test."""

from datetime import timedelta

import pytest

from opsdesk.cases import handoffs, incidents
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import NothingToTake
from opsdesk.clock.models import Task
from opsdesk.deals import scopes
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.timers import AUTO_APPROVE
from opsdesk.disputes import audit, evidence, taking
from opsdesk.disputes.contents import media_type_of
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.redaction import redact_evidence
from opsdesk.disputes.refusals import EvidenceErased
from opsdesk.watch import actions as watch
from opsdesk.watch import checks, queries, sweep
from tests.deals.cast import created, delivered
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY, Staff

pytestmark = pytest.mark.django_db
SCOPE = "MN.USED_CAR_PRIVATE"


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


def test_what_is_undecided_is_asked_in_one_statement(
    staff: Staff, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    dispute = cast.raised()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert audit.undecided() == []
    Deal.objects.filter(id=dispute.deal_id).update(
        state="SETTLED", settled_at=MONDAY, ending="ruled", dispute_due_at=MONDAY
    )
    assert [each.deal_id for each in audit.undecided()] == [dispute.deal_id]


def test_disputes_on_call_do_not_hide_the_queue(staff: Staff) -> None:
    raised = [cast.raised(at=MONDAY + HOUR + timedelta(seconds=number)) for number in range(22)]
    now = MONDAY + 3 * HOUR
    for dispute in raised[:21]:
        case = {"case_id": dispute.case_id, "actor": staff.olga.actor, "now": now}
        handoffs.escalate(reason="unclear-evidence", words="Which of the two?", **case)  # type: ignore[arg-type]
    assert taking.take_next(actor=staff.olga.actor, now=now) == raised[21].id


def test_who_works_in_no_queue_of_disputes_takes_none(staff: Staff) -> None:
    cast.raised()
    with pytest.raises(NothingToTake):
        taking.take_next(actor=staff.enzo.actor, now=MONDAY + 2 * HOUR)


def test_a_second_sev0_that_is_resolved_lets_no_third_come(staff: Staff) -> None:
    fault = [checks.Found(SCOPE, created().id, "unbalanced")]
    first = watch.raise_alarm(SCOPE, fault, now=MONDAY)
    assert first is not None
    lena = {"actor": staff.lena.actor}
    second = watch.report(
        subject="x",
        words="y",
        severity="SEV0",
        scope=SCOPE,
        now=MONDAY + HOUR,
        **lena,  # type: ignore[arg-type]
    )
    incidents.resolve_incident(case_id=second.id, resolution="The same.", now=MONDAY + 2 * HOUR, **lena)  # type: ignore[arg-type]
    assert watch.raise_alarm(SCOPE, fault, now=MONDAY + 3 * HOUR) is None


def test_a_timer_at_another_instant_than_the_deals_is_none(staff: Staff) -> None:
    deal = delivered()
    Task.objects.filter(kind=AUTO_APPROVE, subject_id=deal.id).update(due_at=MONDAY + timedelta(days=40))
    sweep.sweep(now=MONDAY + HOUR)
    assert [each.kind for each in queries.faults()] == [checks.NO_TIMER]


def test_a_deal_whose_terms_approve_by_silence_has_a_timer_whatever_its_column_says(staff: Staff) -> None:
    deal = delivered()
    Task.objects.filter(kind=AUTO_APPROVE, subject_id=deal.id).delete()
    Deal.objects.filter(id=deal.id).update(auto_approve_at=None)
    sweep.sweep(now=MONDAY + HOUR)
    assert [each.kind for each in queries.faults()] == [checks.NO_TIMER]


def test_erased_bytes_that_come_again_are_refused_also_for_the_same_item(staff: Staff) -> None:
    deal = delivered()
    file = cast.photo(deal, "exterior", 1, now=MONDAY + HOUR)
    redact_evidence(file.id, reason="asked", actor=staff.ada.actor, now=MONDAY + HOUR)
    with pytest.raises(EvidenceErased):
        cast.photo(deal, "exterior", 1, now=MONDAY + HOUR)
    assert "exterior" in [item.key for item in evidence.state_of(deal.id).missing]


def test_an_incident_claims_no_stop_that_another_set(staff: Staff) -> None:
    lena = {"actor": staff.lena.actor, "scope": SCOPE}
    words = {"words": "y", "severity": "SEV0", **lena}
    first = watch.report(subject="x", now=MONDAY, **words)  # type: ignore[arg-type]
    assert queries.about(first.id, first.subject).stopped_at == MONDAY
    scopes.lift(reason="Mended.", now=MONDAY + HOUR, **lena)  # type: ignore[arg-type]
    second = watch.report(subject="z", now=MONDAY + 2 * HOUR, **words)  # type: ignore[arg-type]
    assert queries.about(first.id, first.subject).stopped_at is None
    assert queries.about(second.id, second.subject).stopped_at == Scope.objects.get().stopped_at


def brand(name: bytes) -> bytes:
    return b"\x00\x00\x00\x20ftyp" + name + b"\x00\x00\x00\x00" + bytes(100)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (brand(b"mif1"), "image/heif"),
        (brand(b"heic"), "image/heic"),
        (brand(b"avif"), "image/avif"),
        (brand(b"iso5"), "video/mp4"),
        (brand(b"mp42"), "video/mp4"),
        (brand(b"qt  "), "video/quicktime"),
        (brand(b"3gp5"), "video/3gpp"),
        (b"\n\n%PDF-1.4\n%%EOF", "application/pdf"),
        (b"BMW X5 report: the left door is scratched, and more.\n" * 3, "text/plain"),
        (b"BM\x9a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00" + bytes(100), "image/bmp"),
    ],
)
def test_real_files_are_known_by_what_is_in_them(data: bytes, media_type: str) -> None:
    assert media_type_of(data) == media_type


def test_every_dispute_has_one_case(staff: Staff) -> None:
    dispute = cast.raised()
    assert Case.objects.get(id=dispute.case_id).dispute == Dispute.objects.get()
