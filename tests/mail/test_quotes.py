import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.mail.quotes import QUOTED, SIGNATURE, VISIBLE, folded

ATTRIBUTIONS = {
    "English": "On Mon, Mar 4, 2024 at 3:12 PM Bob <bob@x.example> wrote:",
    "Korean": "2024년 3월 5일 (화) 오후 3:12, 홍길동 <a@b.example>님이 작성:",
    "Mongolian": "2024 оны 3-р сарын 5, Мя 15:12 цагт Бат <a@b.example> бичжээ:",
    "Russian, by address": "вт, 5 мар. 2024 г. в 15:12, Имя <a@b.example>:",
    "Russian": "05.03.2024 15:12, Иван пишет:",
    "German": "Am Di., 5. März 2024 um 15:12 Uhr schrieb Name <a@b.example>:",
    "French": "Le mar. 5 mars 2024 à 15:12, Nom <a@b.example> a écrit :",
    "Spanish": "El mar, 5 mar 2024 a las 15:12, Nombre (<a@b.example>) escribió:",
    "Japanese": "2024年3月5日(火) 15:12 名前 <a@b.example>:",
    "Chinese": "张三 <a@b.example> 于2024年3月5日周二 15:12写道：",
}


def kept(text: str, kind: str = VISIBLE) -> str:
    return "".join(text[span.start : span.end] for span in folded(text) if span.kind == kind)


@pytest.mark.parametrize("language", ATTRIBUTIONS)
@pytest.mark.parametrize("quote", ["> old\n> older\n", "\n> old\n", "old without marks\nolder\n"])
def test_a_quotation_is_folded_with_the_line_that_attributes_it(language: str, quote: str) -> None:
    text = f"My answer.\n\n{ATTRIBUTIONS[language]}\n{quote}"
    assert kept(text) == "My answer.\n\n"


def test_an_attribution_broken_over_lines_is_folded_too() -> None:
    text = (
        "Yes.\n\nOn Mon, Mar 4, 2024 at 3:12 PM Somebody With A Long Name\n<bob@x.example> wrote:\n\n> old\n"
    )
    assert kept(text) == "Yes.\n\n"


def test_a_broken_attribution_needs_no_marks_below_it() -> None:
    text = "Yes.\n\nOn Mon, Mar 4, 2024 at 3:12 PM Somebody Long\n<bob@x.example> wrote:\n\nold\n"
    assert kept(text) == "Yes.\n\n"


@pytest.mark.parametrize(
    "above",
    [
        "________________________________\nFrom: Bob <b@c.example>\nSent: Monday\nTo: us\nSubject: x",
        'Gesendet: Montag, 4. März 2024\nVon: "Hans" <h@c.example>\nAn: us\nBetreff: x',
    ],
)
def test_what_stands_above_from_in_a_block_of_headers_is_folded_with_it(above: str) -> None:
    assert kept(f"New words.\n\n{above}\n\nold words\n") == "New words.\n\n"


def test_hours_and_days_are_no_block_of_headers() -> None:
    text = "Please import these:\nFrom: 9am\nTo: 5pm\nDate: Monday\nThen fix the rest.\n"
    assert kept(text) == text


def test_answers_between_quoted_lines_stay_visible() -> None:
    assert kept("> one?\nyes\n> two?\nno\n") == "yes\nno\n"


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "----- 원본 메시지 -----",
        "-------- Исходное сообщение --------",
        "-----Эх мессеж-----",
        "From: Bob <b@c.example>\nSent: Monday\nTo: us\nSubject: x",
        "*From:* Bob <b@c.example>\n*Date:* Monday\n*To:* us",
        "보낸 사람: 홍길동\n보낸 날짜: 월요일\n받는 사람: us\n제목: x",
        "От: Иван\nОтправлено: понедельник\nКому: нам\nТема: x",
    ],
)
def test_everything_below_a_divider_or_a_block_of_headers_is_folded(divider: str) -> None:
    assert kept(f"New words.\n\n{divider}\n\nold words\n") == "New words.\n\n"


def test_a_signature_is_folded() -> None:
    text = "Words.\n-- \nBob\nTel. 1\n"
    assert (kept(text), kept(text, SIGNATURE)) == ("Words.\n", "-- \nBob\nTel. 1\n")


@pytest.mark.parametrize(
    "line", ["Sent from my iPhone", "Von meinem iPhone gesendet", "나의 iPhone에서 보냄"]
)
def test_a_telephone_s_signature_is_folded(line: str) -> None:
    assert kept(f"Words.\n\n{line}\n") == "Words.\n\n"


def test_what_somebody_forwards_stays_visible() -> None:
    text = "See below\n--------- Forwarded message ---------\nFrom: B <b@c>\nDate: 1\nTo: us\n\nFix it\n"
    assert kept(text) == text


def test_a_text_is_never_folded_entirely() -> None:
    for text in ("> only\n> quoted\n", "-- \nBob", "From: B\nDate: 1\nTo: us\n\nwords"):
        assert kept(text) == text


def test_ordinary_sentences_with_colons_and_numbers_stay_visible() -> None:
    text = "The client wrote 3 times:\nNo answer at 15:12.\nFrom: the garage\nTo do:\n- one\n--\n"
    assert kept(text).startswith(
        "The client wrote 3 times:\nNo answer at 15:12.\nFrom: the garage\nTo do:\n- one\n"
    )


@given(st.text(alphabet=st.sampled_from("> \n-:abc1<@"), max_size=200) | st.text(max_size=200))
def test_the_spans_cover_the_text_without_a_gap(text: str) -> None:
    spans = folded(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end and span.kind in (VISIBLE, QUOTED, SIGNATURE) for span in spans)
    if text.strip():
        assert kept(text).strip()


@pytest.mark.parametrize(
    "line",
    [
        "> \n",
        "From: x\n",
        "On 1:22 wrote:\n",
        "wrote " * 60 + "\n",
        "1 " + "님이 " * 90 + "\n",
        "11:11<" * 60 + ":\n",
        "a",
    ],
)
def test_folding_takes_linear_time(line: str) -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()
        folded(line * times)
        return time.process_time() - begun

    seconds(300)
    assert seconds(8 * 300) < 30 * max(seconds(300), 0.002)
