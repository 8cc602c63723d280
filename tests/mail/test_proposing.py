"""A proposed split accepted as corrected, dismissed, taken back."""

from datetime import timedelta

import pytest

from opsdesk.cases import actions, endings, merges
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import AlreadyResolved, PartTouched
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourQueue
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import conversation, proposing, replies, splits
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.proposing import Chosen
from opsdesk.mail.refusals import AlreadyAnswered, MessageUnknown, NotAnswered, SpanTaken
from opsdesk.vault import queries as blobs
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ASKS = (
    "Hello,\n\nplease do these three things:\n1. Please change the price.\n2. The voice is too fast.\n"
    "3. Add Dana to the team.\n\nThanks"
)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


@pytest.fixture
def asked() -> tuple[Case, Message]:
    message = message_of(bring(letter(text=ASKS)))
    return Case.objects.get(case_messages__message=message), message


def chosen(case: Case, message: Message) -> list[Chosen]:
    found = proposing.offers(case, {message.id: message.text})[message.id].proposal
    assert found is not None
    return [Chosen(part.start, part.end, part.subject) for part in found.parts]


def test_accepted_the_first_stays_and_each_other_opens_a_request(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    opened = proposing.accept(parts=chosen(case, message), **who)
    assert [one.subject for one in opened] == ["The voice is too fast", "Add Dana to the team"]
    assert {one.opened_at for one in opened} == {message.received_at}
    assert {one.split_from_id for one in opened} == {case.id}
    (whole,) = conversation.of_case(case.id).messages
    elsewhere = [span.case_id for span in whole.spans if span.kind == conversation.ELSEWHERE]
    assert elsewhere == [one.id for one in opened]
    assert proposing.standing([message.id]) == {message.id: "accepted"}
    with pytest.raises(AlreadyAnswered):
        proposing.dismiss(**who)
    entry = Entry.objects.get(kind="proposal.accepted")
    assert entry.payload == {"case": case.id, "parts": [one.id for one in opened]}


def test_a_person_may_choose_other_passages_and_words(olga: Somebody, asked: tuple[Case, Message]) -> None:
    case, message = asked
    first, second, _ = chosen(case, message)
    ours = [first, Chosen(second.start, message.text.index("\n\nThanks"), "Voice and team")]
    (opened,) = proposing.accept(
        case_id=case.id, message_id=message.id, parts=ours, actor=olga.actor, now=LATER
    )
    link = CaseMessage.objects.get(case=opened)
    assert message.text[link.span_start : link.span_end].startswith("2. The voice")
    assert message.text[link.span_start : link.span_end].endswith("team.")


def test_what_makes_no_split_is_refused_and_nothing_is_done(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    first, second, third = chosen(case, message)
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    for parts in ([], [first], [first, Chosen(first.start + 2, second.end, "Overlaps"), third]):
        with pytest.raises(Invalid):
            proposing.accept(parts=parts, **who)
    with pytest.raises(Invalid):
        proposing.accept(parts=[first, second, Chosen(third.start, third.end, "  ")], **who)
    with pytest.raises(MessageUnknown):
        proposing.accept(parts=[first, second], **(who | {"message_id": message.id + 1}))
    assert Case.objects.count() == 1
    assert proposing.standing([message.id]) == {}


def test_only_who_may_split_there_answers(asked: tuple[Case, Message]) -> None:
    case, message = asked
    engineer = cast.engineer()
    with pytest.raises(NotYourQueue):
        proposing.dismiss(case_id=case.id, message_id=message.id, actor=engineer.actor, now=LATER)


def test_dismissed_it_is_not_proposed_until_that_is_taken_back(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    proposing.dismiss(**who)
    assert proposing.standing([message.id]) == {message.id: "dismissed"}
    offer = proposing.offers(case, {message.id: message.text})[message.id]
    assert (offer.proposal, offer.answer) == (None, "dismissed")
    assert proposing.undo(**who) == []
    assert proposing.standing([message.id]) == {}
    with pytest.raises(NotAnswered):
        proposing.undo(**who)


def test_undone_the_parts_are_void_and_it_can_be_accepted_again(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    opened = proposing.accept(parts=chosen(case, message), **who)
    assert proposing.undo(**who) == [one.id for one in opened]
    assert set(Case.objects.filter(split_from=case).values_list("state", "void_reason")) == {
        ("void", "split-undone")
    }
    assert len(proposing.accept(parts=chosen(case, message), **who)) == 2


def test_a_part_that_was_worked_on_keeps_all_of_them(olga: Somebody, asked: tuple[Case, Message]) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    opened = proposing.accept(parts=chosen(case, message), **who)
    actions.write_note(case_id=opened[1].id, text="Looking.", actor=olga.actor, now=LATER)
    with pytest.raises(PartTouched):
        proposing.undo(**who)
    assert Case.objects.filter(split_from=case, state="open").count() == 2
    assert proposing.standing([message.id]) == {message.id: "accepted"}


def test_a_passage_that_is_a_request_already_stays_so(olga: Somebody, asked: tuple[Case, Message]) -> None:
    case, message = asked
    first, second, third = chosen(case, message)
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    from_before = proposing.accept(parts=[first, second], **who)
    proposing.undo(**who)
    assert Case.objects.get(id=from_before[0].id).state == "void"
    proposing.accept(parts=[first, second], **who)
    with pytest.raises((SpanTaken, AlreadyAnswered)):
        proposing.accept(parts=[second, third], **who)


def test_a_mail_of_one_request_and_a_resolved_case_are_offered_nothing(asked: tuple[Case, Message]) -> None:
    case, message = asked
    assert proposing.offers(case, {message.id: "The voice is too fast."}) == {}
    case.state = "resolved"
    assert proposing.offers(case, {message.id: message.text}) == {}


def test_a_resolved_part_keeps_all_of_them_and_the_answer(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    opened = proposing.accept(parts=chosen(case, message), **who)
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    done = {"resolution": "Done.", "cause": "bug", "verified": True, "type": type}
    endings.resolve(case_id=opened[0].id, actor=olga.actor, now=LATER, **done)
    with pytest.raises(AlreadyResolved):
        proposing.undo(**who)
    assert Case.objects.filter(split_from=case, state="void").count() == 0
    assert proposing.standing([message.id]) == {message.id: "accepted"}


def test_a_part_split_off_by_hand_stays_when_the_proposal_is_taken_back(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    case, message = asked
    who = {"case_id": case.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    first, second, third = chosen(case, message)
    proposing.accept(parts=[first, second], **who)
    by_hand = splits.split_span(start=third.start, end=third.end, subject="By hand", **who)
    proposing.undo(**who)
    assert Case.objects.get(id=by_hand.id).state == "open"


def test_on_the_survivor_of_a_merge_the_losers_mail_is_worked_as_its_own(
    olga: Somebody, asked: tuple[Case, Message]
) -> None:
    loser, message = asked
    survivor = Case.objects.get(
        case_messages__message=message_of(bring(letter("early", at=MONDAY - timedelta(hours=3))))
    )
    merges.merge(case_id=loser.id, other_id=survivor.id, actor=olga.actor, now=LATER)
    who = {"case_id": survivor.id, "message_id": message.id, "actor": olga.actor, "now": LATER}
    opened = proposing.accept(parts=chosen(survivor, message), **who)
    assert {one.split_from_id for one in opened} == {survivor.id}
    assert proposing.undo(**who) == [one.id for one in opened]
    conversation.keep(message.id, case_id=survivor.id, actor=olga.actor, now=LATER)
    ours = replies.reply(case_id=survivor.id, text="Done.", wait=True, actor=olga.actor, now=LATER)
    raw = blobs.read(ours.blob_id).decode()
    assert f"<{message.message_id}>" in raw
