"""Evidence: what a file is, for which item, what is missing or let go; in the end nothing changes."""

import zipfile
from io import BytesIO

import pytest

from opsdesk.cases.handoffs import escalate
from opsdesk.deals.actions import approve
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal
from opsdesk.deals.refusals import DealUnknown, EvidenceMissing
from opsdesk.disputes import actions, evidence, queries, redaction, timers
from opsdesk.disputes.contents import media_type_of
from opsdesk.disputes.models import Evidence, Ruling
from opsdesk.disputes.refusals import (
    AlreadyWaived,
    DisputeUnknown,
    EvidenceErased,
    EvidenceFrozen,
    EvidenceUnknown,
    EvidenceWithdrawn,
    FileDamaged,
    FileEmpty,
    FileTooLarge,
    NotEvidence,
    NotWaived,
    NotYourFile,
    TooManyFiles,
)
from opsdesk.journal import idempotency
from opsdesk.journal.idempotency import Answer
from opsdesk.journal.queries import history
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.permissions import NotAnAdmin, NotThisToken, NotYourQueue
from opsdesk.kernel.refusal import Invalid
from opsdesk.vault import queries as vault
from opsdesk.vault.actions import digest_of
from opsdesk.vault.models import Blob
from opsdesk.vault.queries import BlobRedacted
from tests.disputes import cast
from tests.disputes.cast import DAY, HOUR, MARKET, MONDAY, Staff, jpeg, pdf

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR


@pytest.fixture
def staff() -> Staff:
    return cast.desk()


def office(name: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "<x/>")
    return file.getvalue()


def mp4() -> bytes:
    return b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 32


def codes(deal: Deal) -> list[str]:
    return [entry.kind for entry in history("deal", deal.id) if entry.kind.startswith("evidence.")]


TYPES = {
    "a photo": (jpeg(), "image/jpeg"),
    "a PDF": (pdf(), "application/pdf"),
    "a video": (mp4(), "video/mp4"),
    "words": ("Гэмтэл байна".encode(), "text/plain"),
    "an office document": (
        office("word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "a sheet": (
        office("xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


@pytest.mark.parametrize(("data", "media_type"), TYPES.values(), ids=TYPES)
def test_a_files_type_is_what_is_in_it(data: bytes, media_type: str) -> None:
    assert media_type_of(data) == media_type


NONE = {
    "an archive": office("a.txt"),
    "a program": b"MZ\x90\x00" + b"\x00" * 60,
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a drawing that can run": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "noise": bytes(range(128, 256)) * 4,
}


DAMAGED = {
    "a PDF that only begins": b"%PDF-1.4 junk",
    "a PNG without a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a PNG cut off after its size": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17),
    "a photo cut off in its header": jpeg()[:40],
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_file_in_which_nothing_can_be_shown_is_refused_as_damaged(staff: Staff, data: bytes) -> None:
    deal = cast.delivered()
    with pytest.raises(FileDamaged):
        evidence.add(deal_id=deal.id, data=data, name="photo.jpg", actor=MARKET, now=AT)
    assert (Evidence.objects.count(), Blob.objects.count()) == (0, 0)


@pytest.mark.parametrize("data", NONE.values(), ids=NONE)
def test_what_is_no_evidence_is_refused_whatever_its_name(staff: Staff, data: bytes) -> None:
    deal = cast.delivered()
    with pytest.raises(NotEvidence):
        evidence.add(deal_id=deal.id, data=data, name="photo.jpg", actor=MARKET, now=AT)
    assert (Evidence.objects.count(), Blob.objects.count()) == (0, 0)


def test_a_file_is_kept_with_its_digest_for_its_item(staff: Staff) -> None:
    deal = cast.delivered()
    row = evidence.add(
        deal_id=deal.id,
        data=jpeg(),
        name=r"C:\photos\left" + "\x07.jpg",
        item="exterior",
        actor=MARKET,
        now=AT,
    )
    found = evidence.file_of(row.id)
    assert (found.name, found.kind, found.media_type, found.item) == (
        "left.jpg",
        "PHOTO",
        "image/jpeg",
        "exterior",
    )
    assert (found.digest, found.size, vault.read(found.digest)) == (digest_of(jpeg()), len(jpeg()), jpeg())
    state = evidence.state_of(deal.id)
    assert [(item.key, len(item.files), item.missing) for item in state.items] == [
        ("exterior", 1, False),
        ("interior", 0, True),
        ("odometer", 0, True),
        ("inspection-report", 0, False),
        ("registration", 0, False),
    ]
    assert (state.have, state.needed, state.complete, state.frozen) == (1, 3, False, False)
    assert codes(deal) == ["evidence.added"]


def test_the_same_file_again_is_the_one_there_and_for_another_item_another(staff: Staff) -> None:
    deal = cast.delivered()
    one, again = (cast.photo(deal, "exterior", now=AT) for _ in range(2))
    other = cast.photo(deal, "interior", now=AT)
    assert (one.id, Evidence.objects.count(), Blob.objects.count()) == (again.id, 2, 1)
    assert other.id != one.id


def test_a_kind_is_said_or_taken_from_the_item_or_the_content(staff: Staff) -> None:
    deal = cast.delivered()

    def kind(data: bytes, item: str = "", said: str = "") -> str:
        return evidence.add(
            deal_id=deal.id, data=data, name="", item=item, kind=said, actor=MARKET, now=AT
        ).kind

    assert kind(jpeg(1)) == "PHOTO"
    assert kind(mp4()) == "VIDEO"
    assert kind(pdf(1)) == "DOCUMENT"
    assert kind(pdf(2), "inspection-report") == "REPORT"
    assert kind(jpeg(2), "registration") == "DOCUMENT"
    assert kind(jpeg(3), said="REPORT") == "REPORT"


@pytest.mark.parametrize(
    ("data", "item", "kind", "field"),
    [
        (pdf(), "exterior", "", "item"),
        (mp4(), "registration", "", "item"),
        (jpeg(), "engine", "", "item"),
        (jpeg(), "", "PAINTING", "kind"),
        (pdf(), "", "PHOTO", "kind"),
        (jpeg(), "", "VIDEO", "kind"),
    ],
)
def test_a_file_fits_its_item_and_its_kind(
    staff: Staff, data: bytes, item: str, kind: str, field: str
) -> None:
    deal = cast.delivered()
    with pytest.raises(Invalid) as refusal:
        evidence.add(deal_id=deal.id, data=data, name="a", item=item, kind=kind, actor=MARKET, now=AT)
    assert refusal.value.field == field


def test_a_file_is_neither_empty_nor_too_large_and_a_deal_has_only_so_many(staff: Staff) -> None:
    deal = cast.delivered()
    with pytest.raises(FileEmpty):
        evidence.add(deal_id=deal.id, data=b"", name="a", actor=MARKET, now=AT)
    with pytest.raises(FileTooLarge):
        evidence.add(
            deal_id=deal.id, data=jpeg() + bytes(evidence.MAX_FILE_BYTES), name="a", actor=MARKET, now=AT
        )
    for number in range(evidence.MAX_FILES):
        cast.photo(deal, number=number, now=AT)
    with pytest.raises(TooManyFiles):
        cast.photo(deal, number=evidence.MAX_FILES, now=AT)
    assert cast.photo(deal, number=0, now=AT).id == Evidence.objects.order_by("id")[0].id


def test_what_is_taken_away_counts_no_more_and_can_come_back(staff: Staff) -> None:
    deal = cast.delivered()
    row = cast.photo(deal, "exterior", now=AT)
    evidence.withdraw(evidence_id=row.id, actor=staff.olga.actor, now=AT)
    assert evidence.state_of(deal.id).files == ()
    with pytest.raises(EvidenceWithdrawn):
        evidence.withdraw(evidence_id=row.id, actor=staff.olga.actor, now=AT)
    assert cast.photo(deal, "exterior", now=AT).id != row.id
    assert evidence.state_of(deal.id).have == 1
    assert codes(deal) == ["evidence.added", "evidence.withdrawn", "evidence.added"]


def test_a_program_takes_away_only_what_it_added(staff: Staff) -> None:
    deal = cast.delivered()
    row = cast.photo(deal, now=AT, actor=staff.olga.actor)
    with pytest.raises(NotYourFile):
        evidence.withdraw(evidence_id=row.id, actor=MARKET, now=AT)
    mine = cast.photo(deal, number=2, now=AT)
    evidence.withdraw(evidence_id=mine.id, actor=MARKET, now=AT)


def test_whoever_the_case_is_with_adds_and_others_do_not(staff: Staff) -> None:
    deal = cast.delivered()
    unable = Actor(kind=ActorKind.TOKEN, id=7, name="reader", abilities=frozenset({"read"}))
    elsewhere = Actor(
        kind=ActorKind.TOKEN,
        id=8,
        name="kr",
        abilities=MARKET.abilities,
        scopes=frozenset({"KR.USED_CAR_PRIVATE"}),
    )
    for actor in (unable, elsewhere):
        with pytest.raises(NotThisToken):
            cast.photo(deal, now=AT, actor=actor)
    with pytest.raises(NotYourQueue):
        cast.photo(deal, now=AT, actor=staff.enzo.actor)
    dispute = cast.raised(deal=deal, at=AT)
    escalate(
        case_id=dispute.case_id,
        reason="unclear-evidence",
        words="Is it paint or rust?",
        actor=staff.olga.actor,
        now=AT + HOUR,
    )
    assert cast.photo(deal, number=9, now=AT + HOUR, actor=staff.enzo.actor).added_by_id == staff.enzo.id


def test_a_required_item_is_let_go_with_a_reason_and_asked_for_again(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    deal = Deal.objects.get(id=dispute.deal_id)
    at = AT + HOUR
    for item in cast.REQUIRED:
        evidence.waive(
            dispute_id=dispute.id, item=item, reason="The car was sold on.", actor=staff.olga.actor, now=at
        )
    state = evidence.state_of(deal.id)
    assert (state.complete, state.have) == (True, 3)
    waiver = state.items[0].waiver
    assert waiver is not None
    assert (waiver.by, waiver.reason, waiver.at) == ("Olga", "The car was sold on.", at)
    with pytest.raises(AlreadyWaived):
        evidence.waive(
            dispute_id=dispute.id, item="exterior", reason="Again.", actor=staff.omar.actor, now=at
        )
    evidence.unwaive(dispute_id=dispute.id, item="exterior", actor=staff.omar.actor, now=at)
    with pytest.raises(NotWaived):
        evidence.unwaive(dispute_id=dispute.id, item="exterior", actor=staff.omar.actor, now=at)
    assert [item.key for item in evidence.state_of(deal.id).missing] == ["exterior"]
    assert codes(deal)[0] == "evidence.waiver_withdrawn"


@pytest.mark.parametrize(
    ("item", "reason", "field"),
    [
        ("registration", "Not needed.", "item"),
        ("engine", "Not needed.", "item"),
        ("exterior", " ", "reason"),
        ("exterior", "x" * 2001, "reason"),
        ("exterior", "a\x00", "reason"),
    ],
)
def test_only_a_required_item_is_waived_and_not_without_saying_why(
    staff: Staff, item: str, reason: str, field: str
) -> None:
    dispute = cast.raised(complete=False)
    with pytest.raises(Invalid) as refusal:
        evidence.waive(dispute_id=dispute.id, item=item, reason=reason, actor=staff.olga.actor, now=AT + HOUR)
    assert refusal.value.field == field


def test_a_waiver_is_the_right_of_who_rules(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    for actor, refusal in ((MARKET, NotThisToken), (staff.enzo.actor, NotYourQueue)):
        with pytest.raises(refusal):
            evidence.waive(dispute_id=dispute.id, item="exterior", reason="So.", actor=actor, now=AT)


def test_with_every_item_waived_or_there_any_outcome_may_be_ruled(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    for item in cast.REQUIRED:
        evidence.waive(dispute_id=dispute.id, item=item, reason="So.", actor=staff.olga.actor, now=AT)
    ruling = cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=AT + HOUR)
    assert ruling.evidence_complete


def test_once_decided_nothing_is_added_taken_away_or_waived(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    deal = Deal.objects.get(id=dispute.deal_id)
    row = Evidence.objects.get()
    evidence.waive(dispute_id=dispute.id, item="exterior", reason="So.", actor=staff.olga.actor, now=AT)
    cast.rule(dispute, by=staff.olga, at=AT + HOUR)
    later = AT + 2 * HOUR
    olga = staff.olga.actor
    with pytest.raises(EvidenceFrozen):
        cast.photo(deal, number=5, now=later)
    with pytest.raises(EvidenceFrozen):
        evidence.withdraw(evidence_id=row.id, actor=olga, now=later)
    with pytest.raises(EvidenceFrozen):
        evidence.waive(dispute_id=dispute.id, item="interior", reason="So.", actor=olga, now=later)
    with pytest.raises(EvidenceFrozen):
        evidence.unwaive(dispute_id=dispute.id, item="exterior", actor=olga, now=later)
    assert evidence.state_of(deal.id).frozen


def test_at_the_very_instant_of_the_deadline_it_is_frozen_though_nobody_fired_it(staff: Staff) -> None:
    dispute = cast.raised(complete=False)
    deal = Deal.objects.get(id=dispute.deal_id)
    cast.photo(deal, number=5, now=dispute.due_at - cast.MOMENT)
    with pytest.raises(EvidenceFrozen):
        cast.photo(deal, number=6, now=dispute.due_at)
    approved, silent = cast.delivered(), cast.delivered()
    approve(deal_id=approved.id, actor=MARKET, now=AT)
    with pytest.raises(EvidenceFrozen):
        cast.photo(approved, now=AT)
    with pytest.raises(EvidenceFrozen):
        cast.photo(silent, now=MONDAY + 3 * DAY)


def test_a_refused_issue_loses_no_file(staff: Staff) -> None:
    deal = cast.delivered()
    cast.photo(deal, now=AT)
    with pytest.raises(Invalid):
        actions.raise_issue(deal_id=deal.id, reason=Reason.OTHER, actor=MARKET, now=AT)
    assert len(evidence.state_of(deal.id).files) == 1


def test_what_is_not_there_is_unknown(staff: Staff) -> None:
    with pytest.raises(EvidenceUnknown):
        evidence.file_of(0)
    with pytest.raises(EvidenceUnknown):
        evidence.withdraw(evidence_id=2**70, actor=staff.olga.actor, now=AT)
    with pytest.raises(DealUnknown):
        evidence.state_of(77)
    with pytest.raises(DisputeUnknown):
        queries.dispute(2**70)


def test_an_erased_file_is_gone_everywhere_and_its_item_is_missing_again(staff: Staff) -> None:
    dispute = cast.raised()
    deal = Deal.objects.get(id=dispute.deal_id)
    other = cast.delivered()
    same = cast.photo(other, "interior", 0, now=AT)
    row = evidence.state_of(deal.id).items[0].files[0]
    told = {"owner_id": 1, "fingerprint": "f", "now": AT}
    idempotency.once(key="sent", act=lambda: Answer(201, f'{{"sha256":"{row.digest}"}}'), **told)
    erased = redaction.redact_evidence(row.id, reason="asked", actor=staff.ada.actor, now=AT + HOUR)
    assert erased == [row.id, same.id]
    assert idempotency.given(key="sent", **told) == Answer(201, "", replayed=True)
    assert [item.key for item in evidence.state_of(deal.id).missing] == ["exterior"]
    found = evidence.file_of(row.id)
    assert (found.name, found.erased_at, found.digest) == ("", AT + HOUR, row.digest)
    with pytest.raises(BlobRedacted):
        vault.read(row.digest)
    why = redaction.erasure_of_evidence(row.id)
    assert why is not None
    assert (why.by, why.reason) == ("Ada", "asked")
    with pytest.raises(EvidenceErased):
        cast.photo(deal, "odometer", 0, now=AT + HOUR)
    with pytest.raises(EvidenceErased):
        redaction.redact_evidence(row.id, reason="asked", actor=staff.ada.actor, now=AT + HOUR)


def test_an_issue_is_not_raised_on_an_erased_file(staff: Staff) -> None:
    deal = cast.delivered()
    row = cast.photo(deal, now=AT)
    redaction.redact_evidence(row.id, reason="mistake", actor=staff.ada.actor, now=AT)
    with pytest.raises(EvidenceMissing):
        actions.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=MARKET, now=AT)


def test_erasing_after_the_end_leaves_the_ruling_as_it_was_made(staff: Staff) -> None:
    dispute = cast.raised()
    timers.catch_up(dispute.deal_id, now=dispute.due_at)
    row = evidence.state_of(dispute.deal_id).items[0].files[0]
    redaction.redact_evidence(row.id, reason="asked", actor=staff.ada.actor, now=dispute.due_at + DAY)
    assert Ruling.objects.get().evidence_complete


def test_only_an_admin_erases_and_says_why(staff: Staff) -> None:
    row = cast.photo(cast.delivered(), now=AT)
    with pytest.raises(NotAnAdmin):
        redaction.redact_evidence(row.id, reason="asked", actor=staff.lena.actor, now=AT)
    with pytest.raises(Invalid):
        redaction.redact_evidence(row.id, reason="so", actor=staff.ada.actor, now=AT)
