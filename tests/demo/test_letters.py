"""The bytes of the example's mails say what was written, whatever form they take."""

from datetime import UTC, datetime
from itertools import product
from random import Random

import pytest

from opsdesk.demo import nuisances
from opsdesk.demo.dealerships import Customer, draw_dealerships
from opsdesk.demo.files import draw_file
from opsdesk.demo.letters import Form, Letter, Transfer, written
from opsdesk.demo.pens import Answered, Pen
from opsdesk.demo.topics import english, foreign
from opsdesk.mail import marks, quotes
from opsdesk.mail.parsing import parse
from opsdesk.mail.refusals import NotUnderstood

AT = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
DEALERSHIPS = draw_dealerships(Random(1), count=60, first=AT.date().replace(year=2025), last=AT.date())
TEXTS = {
    "utf-8": "Өглөө зүгээр байсан. 통화가 끊깁니다. Déjà vu.",
    "euc-kr": "통화 중 같은 질문을 반복합니다.",
    "ks_c_5601-1987": "예약이 안 잡힙니다.",
    "windows-1252": "Déjà vu – “again”.",
    "iso-8859-1": "Déjà vu.",
}


def pen_of(language: str, seed: int = 5) -> Pen:
    dealership = next(each for each in DEALERSHIPS if each.language == language)
    return Pen(Random(seed), dealership, "support@opsdesk.example")


@pytest.mark.parametrize(("charset", "form", "transfer"), list(product(TEXTS, Form, Transfer)))
def test_a_letter_reads_back_as_it_was_written(charset: str, form: Form, transfer: Transfer) -> None:
    letter = Letter(
        sender=Customer(TEXTS[charset][:20], "ann@dealer.example"),
        to="support@opsdesk.example",
        subject=TEXTS[charset],
        text=TEXTS[charset] + "\n\n" + "a long line of words " * 30,
        sent_at=AT,
        message_id="one@dealer.example",
        references=("ours@opsdesk.example",),
        form=form,
        charset=charset,
        transfer=transfer,
        files=(draw_file(Random(2)),),
    )
    mail = parse(written(letter))
    assert mail.subject == TEXTS[charset]
    assert mail.sender.address == "ann@dealer.example"
    assert mail.sender.name == TEXTS[charset][:20].strip()
    assert TEXTS[charset] in mail.text
    assert (mail.message_id, mail.in_reply_to) == ("one@dealer.example", ("ours@opsdesk.example",))
    assert [part.filename for part in mail.parts if not part.body] != []
    assert mail.machine == ""


@pytest.mark.parametrize("language", ["english", "korean", "mongolian"])
@pytest.mark.parametrize("seed", range(6))
def test_an_answer_quotes_what_it_answers_so_that_it_folds(language: str, seed: int) -> None:
    pen = pen_of(language, seed)
    answered = Answered(
        "x@opsdesk.example", "support@opsdesk.example", "Support", "Re: Slots", "Which one?", AT
    )
    mail = parse(written(pen.thanks(answered, AT)))
    spans = {span.kind: mail.text[span.start : span.end] for span in quotes.folded(mail.text)}
    assert "Which one?" not in spans["visible"]
    assert "Which one?" in spans["quoted"]
    assert mail.in_reply_to == ("x@opsdesk.example",)


def test_each_point_of_a_letter_of_several_can_be_marked() -> None:
    pen = pen_of("english")
    mail = parse(written(pen.asks(["integration.dms", "account-set-up.flags", "how-to.reports"], AT)))
    for number in (2, 3):
        start, end = pen.part(mail.text, number)
        assert mail.text[start:end].startswith(f"{number}. ")
        assert "\n\n" not in mail.text[start:end]


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (nuisances.auto_reply, marks.AUTO_REPLY),
        (nuisances.bounce, marks.BOUNCE),
        (nuisances.newsletter, marks.LIST),
        (nuisances.marked_spam, marks.SPAM),
        (nuisances.advert, ""),
    ],
)
def test_a_nuisance_is_known_for_what_it_is(write: "nuisances.Written", kind: str) -> None:
    assert parse(write(Random(1), pen_of("english"), AT)).machine == kind


@pytest.mark.parametrize("write", nuisances.HOSTILE)
def test_nobody_understands_a_hostile_mail(write: "nuisances.Written") -> None:
    with pytest.raises(NotUnderstood):
        parse(write(Random(1), pen_of("english"), AT))


def test_no_place_of_any_text_stays_unfilled() -> None:
    words = pen_of("english").words
    for topic in (*english(), *foreign("korean"), *foreign("mongolian")):
        texts = (
            *topic.subjects,
            *topic.problems,
            *topic.details,
            *topic.answers,
            *topic.questions,
            *topic.tried,
        )
        for text in (*texts, *topic.learned, *topic.returns, *(fix.text for fix in topic.fixes)):
            assert "{" not in words.fill(text)


def test_every_dealership_has_a_domain_that_nobody_can_own() -> None:
    assert len({each.domain for each in DEALERSHIPS}) == len(DEALERSHIPS) == 60
    assert all(customer.address.endswith(".example") for each in DEALERSHIPS for customer in each.people)
