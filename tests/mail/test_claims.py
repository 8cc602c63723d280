"""Which case a mail names, claims of strangers, and joining them with one act."""

from datetime import timedelta

import pytest

from opsdesk.cases import endings, merges
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import AlreadyResolved, CaseClosed, CaseVoid, Overtaken, TooLateToUndo
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import Role
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.mail import case_address, claims, conversation, replies
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.models import Arrival, CaseMessage, Outcome
from opsdesk.mail.refusals import NoClaim
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
EVE = "Eve <eve@else.example>"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def case_of(arrival: Arrival) -> Case:
    return Case.objects.get(
        case_messages__message=message_of(arrival), case_messages__removed_at__isnull=True
    )


def opened(number: object, **more: object) -> Case:
    arrival = bring(letter(number, **more))  # type: ignore[arg-type]
    assert arrival.outcome == Outcome.REQUESTS, (arrival.outcome, arrival.reason)
    return case_of(arrival)


def address_of(case: Case) -> str:
    return case_address.address_for(case.id, cast.definition().address, key=reply_key())


def token_of(case: Case) -> str:
    return case_address.token_for(case.id, key=reply_key())


def claim(case: Case, number: object = "eve", **more: object) -> Case:
    new = opened(number, answers="a", sender=EVE, **more)
    assert new.claims_id == case.id
    return new


def shown(case: Case) -> list[str]:
    return [each.from_address for each in conversation.of_case(case.id).messages]


@pytest.mark.parametrize(
    "where", ["to", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To"]
)
def test_what_is_sent_to_a_case_s_own_address_joins_it(where: str) -> None:
    case, other = opened("a"), opened("b")
    own = address_of(case).upper()
    more = {"to": f"Support <{own}>"} if where == "to" else {"headers": [(where, own)]}
    arrival = bring(letter("c", subject="New words", **more))  # type: ignore[arg-type]
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)
    assert other.state == "open"


def test_a_token_in_the_subject_joins_its_case() -> None:
    case = opened("a")
    opened("b")
    arrival = bring(letter("c", subject=f"AW: price {token_of(case)}"))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)


def test_the_address_counts_more_than_what_is_answered_and_that_more_than_the_subject(
    olga: Somebody,
) -> None:
    cases = [opened(number) for number in "abc"]
    ours = replies.reply(case_id=cases[1].id, text="Which?", wait=True, actor=olga.actor, now=NOW)
    answers = {"answers": f"<{ours.message_id}>", "subject": f"Re: x {token_of(cases[2])}"}
    by_address = bring(letter("d", to=address_of(cases[0]), **answers))  # type: ignore[arg-type]
    assert case_of(by_address) == cases[0]
    by_answer = bring(letter("e", **answers))  # type: ignore[arg-type]
    assert case_of(by_answer) == cases[1]
    by_token = bring(letter("f", references=["a"], subject=f"Re: x {token_of(cases[2])}"))
    assert case_of(by_token) == cases[2]


@pytest.mark.parametrize(
    "wrong",
    [
        "support+c{id}-aaaaaaaaaa@opsdesk.example",
        "support+c99999-{mac}@opsdesk.example",
        "support+c{id}-{mac}@else.example",
        "support+c{id}@opsdesk.example",
    ],
)
def test_an_address_that_was_made_up_says_nothing(wrong: str) -> None:
    case = opened("a")
    own = wrong.format(id=case.id, mac=case_address.mac(case.id, reply_key()))
    assert bring(letter("b", to=own, subject=f"x [#{case.id}-aaaaaaaaaa]")).outcome == Outcome.REQUESTS


def test_the_address_of_a_case_that_is_not_there_any_more_says_nothing() -> None:
    own = case_address.address_for(4711, cast.definition().address, key=reply_key())
    new = opened("b", to=own, subject=f"x {case_address.token_for(4711, key=reply_key())}")
    assert new.claims_id is None


def test_outlook_s_thread_index_and_topic_join_nothing() -> None:
    headers = [("Thread-Index", "AQHZabc0123456789"), ("Thread-Topic", "price")]
    opened("a", subject="Re: price", headers=headers)
    opened("b", subject="Re: price", headers=headers)


@pytest.mark.parametrize("way", ["address", "token", "answer"])
def test_a_stranger_who_names_a_case_opens_one_that_claims_to_belong(way: str, olga: Somebody) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Which?", wait=True, actor=olga.actor, now=NOW)
    more = {
        "address": {"to": address_of(case)},
        "token": {"subject": f"Re: {token_of(case)}"},
        "answer": {"answers": f"<{ours.message_id}>"},
    }[way]
    new = opened("eve", sender=EVE, **more)
    assert new.claims_id == case.id
    case.refresh_from_db()
    assert case.state == "waiting"


def test_somebody_known_on_a_case_that_was_merged_into_another_is_no_stranger_there(
    olga: Somebody,
) -> None:
    kept, lost = opened("a"), opened("b", headers=[("Cc", "Kim <kim@else.example>")])
    merges.merge(case_id=lost.id, other_id=kept.id, actor=olga.actor, now=NOW)
    lost.refresh_from_db()
    assert lost.merged_into_id == kept.id
    arrival = bring(letter("c", answers="b", sender="kim@else.example"))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, kept)


def test_joining_a_claim_moves_its_messages_and_leaves_a_duplicate(olga: Somebody) -> None:
    case = opened("a")
    ours = replies.reply(case_id=case.id, text="Which?", wait=True, actor=olga.actor, now=NOW)
    new = opened("eve", sender=EVE, answers=f"<{ours.message_id}>", at=NOW + timedelta(minutes=5))
    back = claims.join(case_id=new.id, actor=olga.actor, now=LATER)
    assert (back.id, back.state, back.last_inbound_at) == (case.id, "open", LATER)
    new.refresh_from_db()
    assert (new.state, new.void_reason, new.duplicate_of_id) == ("void", "duplicate", case.id)
    assert (shown(case)[-1], shown(new)) == ("eve@else.example", [])
    wrote = Entry.objects.filter(kind="case.customer_wrote", subject_id=case.id).latest("id")
    assert wrote.happened_at == new.opened_at
    joined = Entry.objects.get(kind="case.claim_joined")
    assert (joined.subject_id, joined.payload["case"]) == (case.id, new.id)


def test_who_joined_a_claim_is_no_stranger_any_more(olga: Somebody) -> None:
    case = opened("a")
    claims.join(case_id=claim(case).id, actor=olga.actor, now=LATER)
    arrival = bring(letter("again", answers="eve", sender=EVE))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)


def test_a_claim_that_was_worked_on_joins_with_what_we_answered(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    replies.reply(case_id=new.id, text="Who are you?", wait=True, actor=olga.actor, now=NOW)
    bring(letter("more", answers="eve", sender=EVE, at=NOW))
    claims.join(case_id=new.id, actor=olga.actor, now=LATER)
    assert len(shown(case)) == 4
    hows = CaseMessage.objects.filter(case=case, removed_at__isnull=True).values_list("how", flat=True)
    assert sorted(hows) == ["moved", "moved", "opened", "reply"]


def test_a_claim_reopens_a_resolved_case_and_is_refused_by_a_closed_one(olga: Somebody) -> None:
    case = opened("a")
    endings.resolve(
        case_id=case.id, resolution="Done.", cause="bug", verified=True,
        type=cast.definition().families[0].types[0].key, actor=olga.actor, now=NOW,
    )  # fmt: skip
    late = NOW + timedelta(days=20)
    new = case_of(bring(letter("late", answers="a", sender=EVE, at=late), now=late))
    assert new.claims_id == case.id
    with pytest.raises(CaseClosed):
        claims.join(case_id=new.id, actor=olga.actor, now=late)
    new.refresh_from_db()
    assert (new.state, shown(new)) == ("open", ["eve@else.example"])
    early = opened("early", answers="a", sender="Zoe <zoe@else.example>", at=NOW)
    assert claims.join(case_id=early.id, actor=olga.actor, now=late).state == "open"


def test_undoing_the_void_brings_the_messages_back(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    claims.join(case_id=new.id, actor=olga.actor, now=LATER)
    claims.undo_void(case_id=new.id, actor=olga.actor, now=LATER + timedelta(days=13))
    new.refresh_from_db()
    assert (new.state, new.duplicate_of_id) == ("open", None)
    assert (shown(case), shown(new)) == (["sam@dealer.example"], ["eve@else.example"])
    assert CaseMessage.objects.get(case=new, removed_at__isnull=True).how == "opened"
    parted = Entry.objects.get(kind="case.claim_parted")
    assert (parted.subject_id, parted.payload["case"]) == (case.id, new.id)
    claims.join(case_id=new.id, actor=olga.actor, now=LATER + timedelta(days=13, hours=1))
    assert len(shown(case)) == 2


def test_after_fourteen_days_it_stays_joined(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    claims.join(case_id=new.id, actor=olga.actor, now=LATER)
    with pytest.raises(TooLateToUndo):
        claims.undo_void(case_id=new.id, actor=olga.actor, now=LATER + timedelta(days=14))
    assert shown(case)[-1] == "eve@else.example"


def test_undoing_any_other_void_moves_nothing(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    endings.void(case_id=new.id, reason="duplicate", duplicate_of_id=case.id, actor=olga.actor, now=LATER)
    claims.undo_void(case_id=new.id, actor=olga.actor, now=LATER)
    assert (shown(case), shown(new)) == (["sam@dealer.example"], ["eve@else.example"])
    assert not Entry.objects.filter(kind="case.claim_parted").exists()


def test_a_claim_goes_to_the_case_that_stands_for_the_one_it_names(olga: Somebody) -> None:
    kept, lost = opened("x"), opened("a")
    new = claim(lost)
    merges.merge(case_id=lost.id, other_id=kept.id, actor=olga.actor, now=NOW)
    assert claims.join(case_id=new.id, actor=olga.actor, now=LATER).id == kept.id


def test_what_cannot_be_joined_is_refused_by_name_and_changes_nothing(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    elsewhere, vera = cast.stranger(), cast.somebody("vera", [Role.VIEWER])
    before = Entry.objects.count()
    with pytest.raises(NoClaim):
        claims.join(case_id=case.id, actor=olga.actor, now=LATER)
    with pytest.raises(NotYourDesk):
        claims.join(case_id=new.id, actor=elsewhere.actor, now=LATER)
    with pytest.raises(NotYourRight):
        claims.join(case_id=new.id, actor=vera.actor, now=LATER)
    assert Entry.objects.count() == before
    endings.void(case_id=case.id, reason="spam", actor=olga.actor, now=LATER)
    with pytest.raises(CaseVoid):
        claims.join(case_id=new.id, actor=olga.actor, now=LATER)
    endings.void(case_id=new.id, reason="spam", actor=olga.actor, now=LATER)
    with pytest.raises(CaseVoid):
        claims.join(case_id=new.id, actor=olga.actor, now=LATER)


def test_a_claim_that_was_resolved_or_moved_on_meanwhile_is_refused(olga: Somebody) -> None:
    case = opened("a")
    new = claim(case)
    other = cast.operator("otto")
    endings.resolve(
        case_id=new.id, resolution="Done.", cause="bug", verified=True,
        type=cast.definition().families[0].types[0].key, actor=other.actor, now=NOW,
    )  # fmt: skip
    with pytest.raises((AlreadyResolved, Overtaken)):
        claims.join(case_id=new.id, actor=olga.actor, now=LATER, seen_version=new.version)
