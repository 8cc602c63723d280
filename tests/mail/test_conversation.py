from datetime import timedelta
from importlib.resources import files

import pytest

from opsdesk.cases import settings
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import PartTouched
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import NotYourDesk
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import conversation, replies, sources, splits
from opsdesk.mail.conversation import ELSEWHERE
from opsdesk.mail.models import CaseMessage, Message, Source
from opsdesk.mail.refusals import MessageUnknown, NotOfThisThread, OpenedByThisMessage, SpanTaken
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
TWO_ASKS = "Hello,\n\n1. The price is wrong.\n2. The voice is too fast.\n\n-- \nSam\n"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def opened(number: object = "a", **more: object) -> tuple[Case, Message]:
    message = message_of(bring(letter(number, **more)))  # type: ignore[arg-type]
    return Case.objects.get(case_messages__message=message, case_messages__removed_at__isnull=True), message


def split(case: Case, message: Message, words: str, by: Somebody, **more: object) -> Case:
    start = message.text.index(words)
    fields = {"subject": words, "start": start, "end": start + len(words)} | more
    return splits.split_span(
        case_id=case.id,
        message_id=message.id,
        actor=by.actor,
        now=LATER,
        **fields,  # type: ignore[arg-type]
    )


def test_a_conversation_is_its_messages_in_order_with_what_is_folded(olga: Somebody) -> None:
    case, _ = opened(text="Hi\n\nOn Mon, 2 Mar 2026 at 10:00 X <x@y.example> wrote:\n> old\n-- \nSam")
    replies.reply(case_id=case.id, text="Which car?", wait=True, actor=olga.actor, now=NOW)
    first, second = conversation.of_case(case.id).messages
    assert [span.kind for span in first.spans] == ["visible", "quoted", "signature"]
    assert (first.direction, first.from_name, first.at, first.how) == ("in", "Sam Dealer", MONDAY, "opened")
    assert (second.direction, second.author_name, second.delivery) == ("out", "Olga", "queued")
    assert "".join(span.text for span in second.spans) == "Which car?"


def test_a_part_opens_as_of_its_message_and_shows_only_its_passage(olga: Somebody) -> None:
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "2. The voice is too fast.", olga)
    assert (part.split_from_id, part.opened_at, part.excerpt) == (
        case.id,
        MONDAY,
        "2. The voice is too fast.",
    )
    (shown,) = conversation.of_case(part.id).messages
    assert [span.text for span in shown.spans if span.kind == "visible"] == ["2. The voice is too fast."]
    (whole,) = conversation.of_case(case.id).messages
    assert [(span.text, span.case_id) for span in whole.spans if span.kind == ELSEWHERE] == [
        ("2. The voice is too fast.", part.id)
    ]
    assert "".join(span.text for span in whole.spans) == message.text
    assert [other.id for other in conversation.of_case(part.id).thread_cases] == [case.id]


def test_a_passage_belongs_to_one_part_only(olga: Somebody) -> None:
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "The price is wrong.", olga)
    with pytest.raises(SpanTaken) as refused:
        split(case, message, "1. The price", olga)
    assert refused.value.details == {"case": part.id}
    assert Case.objects.count() == 2


@pytest.mark.parametrize(("start", "end"), [(0, 0), (6, 8), (9999, 10000), (-5, 0), (20, 10)])
def test_a_passage_without_words_is_refused(olga: Somebody, start: int, end: int) -> None:
    case, message = opened(text=TWO_ASKS)
    with pytest.raises(Invalid):
        split(case, message, "Hello", olga, start=start, end=end)


def test_a_message_of_another_case_cannot_be_split_here(olga: Somebody) -> None:
    case, _ = opened()
    _, other = opened("b")
    with pytest.raises(MessageUnknown):
        split(case, other, "It says", olga)


def test_an_undone_split_gives_the_passage_back(olga: Somebody) -> None:
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "The price is wrong.", olga)
    assert splits.undo(case_id=part.id, actor=olga.actor, now=LATER).state == "void"
    assert conversation.of_case(part.id).messages == ()
    assert split(case, message, "The price is wrong.", olga).id != part.id


def test_a_part_somebody_worked_on_is_not_undone(olga: Somebody) -> None:
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "The price is wrong.", olga)
    replies.reply(case_id=part.id, text="Which?", wait=False, actor=olga.actor, now=LATER)
    with pytest.raises(PartTouched):
        splits.undo(case_id=part.id, actor=olga.actor, now=LATER)
    assert len(conversation.of_case(part.id).messages) == 2


def of_two_cases(olga: Somebody) -> tuple[Case, Case, Message]:
    """Two requests of one thread, and a message that joined the second, marked *which request?*."""
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "2. The voice is too fast.", olga)
    joined = message_of(bring(letter("b", answers="a", at=LATER), now=LATER))
    link = CaseMessage.objects.get(message=joined)
    assert link.which_request
    return Case.objects.get(id=link.case_id), (case if link.case_id == part.id else part), joined


def test_a_message_is_moved_to_another_request_of_its_thread(olga: Somebody) -> None:
    here, there, message = of_two_cases(olga)
    conversation.move(message.id, from_case=here.id, to_case=there.id, actor=olga.actor, now=LATER)
    assert message.id not in [one.id for one in conversation.of_case(here.id).messages]
    moved = conversation.of_case(there.id).messages[-1]
    assert (moved.id, moved.how, moved.which_request) == (message.id, "moved", False)
    there.refresh_from_db()
    assert there.last_inbound_at == LATER


def test_a_message_can_be_said_to_be_where_it_belongs(olga: Somebody) -> None:
    here, _, message = of_two_cases(olga)
    conversation.keep(message.id, case_id=here.id, actor=olga.actor, now=LATER)
    assert not conversation.of_case(here.id).messages[-1].which_request


def test_a_message_moves_only_within_its_thread(olga: Somebody) -> None:
    here, _, message = of_two_cases(olga)
    other, _ = opened("x")
    with pytest.raises(NotOfThisThread):
        conversation.move(message.id, from_case=here.id, to_case=other.id, actor=olga.actor, now=LATER)
    with pytest.raises(MessageUnknown):
        conversation.move(message.id, from_case=other.id, to_case=here.id, actor=olga.actor, now=LATER)


def test_a_message_that_opened_a_case_stays_there(olga: Somebody) -> None:
    case, message = opened(text=TWO_ASKS)
    part = split(case, message, "2. The voice is too fast.", olga)
    with pytest.raises(OpenedByThisMessage):
        conversation.move(message.id, from_case=case.id, to_case=part.id, actor=olga.actor, now=LATER)


def test_a_case_without_messages_has_an_empty_conversation() -> None:
    assert conversation.of_case(cast.request_at().id) == conversation.Conversation((), ())


def test_a_part_that_a_message_joined_is_not_undone_and_the_message_stays(olga: Somebody) -> None:
    here, there, message = of_two_cases(olga)
    part = here if here.split_from_id else there
    if part != here:
        conversation.move(message.id, from_case=here.id, to_case=there.id, actor=olga.actor, now=LATER)
    with pytest.raises(PartTouched):
        splits.undo(case_id=part.id, actor=olga.actor, now=LATER)
    assert CaseMessage.objects.get(message=message, removed_at__isnull=True).case_id == part.id


@pytest.fixture
def billing() -> Source:
    text = files("opsdesk.cases").joinpath("desks/support.yaml").read_text()
    text = text.replace("key: support", "key: billing", 1).replace("support@", "billing@")
    settings.publish_desk(text, source="x", note="", actor=SYSTEM, now=MONDAY)
    return sources.file_source("billing", desk="billing", start_at=None, now=MONDAY)


def test_another_desk_s_requests_are_neither_shown_nor_moved_to(olga: Somebody, billing: Source) -> None:
    theirs = Case.objects.get(case_messages__message=message_of(bring(letter("a"), into=billing)))
    ours, _ = opened("s", answers="a", sender="Eve <eve@else.example>")
    assert (theirs.desk, ours.desk) == ("billing", "support")
    joined = message_of(bring(letter("t", answers="s", sender="Eve <eve@else.example>"), now=LATER))
    assert conversation.of_case(ours.id, reader=olga.actor).thread_cases == ()
    assert [one.id for one in conversation.of_case(ours.id).thread_cases] == [theirs.id]
    with pytest.raises(NotYourDesk):
        conversation.move(joined.id, from_case=ours.id, to_case=theirs.id, actor=olga.actor, now=LATER)
    assert Case.objects.get(id=theirs.id).version == theirs.version
