"""Absence notes without a machine's headers are told by their words, as a hint."""

import pytest

from opsdesk.mail.absences import reads_like_one


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: Re: #12", "Thanks."),
        ("Out of Office", ""),
        ("RE: Autoreply: the bot", ""),
        ("Re: the bot", "Hi,\nI am currently out of the office until 3 March with limited access to email."),
        ("Re: x", "I'll be on vacation next week and will respond when I return."),
        ("Abwesenheitsnotiz: Urlaub", ""),
        ("Re: x", "Ich bin derzeit nicht im Büro."),
        ("자동 회신: 문의", ""),
        ("Re: x", "안녕하세요. 현재 휴가 중입니다."),
        ("Автоответ", ""),
        ("Re: x", "Я в отпуске до понедельника."),
        ("Re: x", "Би амралттай байгаа."),
        ("Réponse automatique : x", ""),
        ("自動返信", ""),
    ],
)
def test_an_absence_note_is_recognised(subject: str, text: str) -> None:
    assert reads_like_one(subject, text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("The assistant repeats itself", "It says everything twice."),
        ("The out of office greeting is wrong", "Please change what it says after six."),
        ("Re: x", "Callers hear the vacation message though we are open."),
        ("Re: x", "Thanks, that works now!"),
        ("Office hours", "Our office moved."),
        (
            "Re: x",
            "I am out of ideas. " + "It fails again and again. " * 100 + "I am currently out of the office",
        ),
        ("", ""),
    ],
)
def test_what_a_person_wrote_is_none(subject: str, text: str) -> None:
    assert not reads_like_one(subject, text)
