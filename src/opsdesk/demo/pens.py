"""Customers' habits of writing: their mail program, greeting, way of quoting. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from random import Random

from opsdesk.demo.dealerships import Customer, Dealership
from opsdesk.demo.files import draw_file
from opsdesk.demo.letters import Form, Letter, Transfer
from opsdesk.demo.topics import Topic, Words, foreign, topic

GREETINGS = {
    "english": ("Hi team,", "Hello,", "Good morning,", "Hi,", "Dear support,"),
    "korean": ("안녕하세요,", "수고 많으십니다."),
    "mongolian": ("Сайн байна уу,", "Өдрийн мэнд,"),
}
ENDINGS = {
    "english": ("Thanks,", "Best regards,", "Thank you,", "Kind regards,"),
    "korean": ("감사합니다.", "잘 부탁드립니다."),
    "mongolian": ("Баярлалаа,", "Хүндэтгэсэн,"),
}
THANKS = {
    "english": ("Works now, thank you!", "Perfect, thanks a lot.", "Great, that was quick. Thanks!"),
    "korean": ("해결되었습니다. 감사합니다.", "확인했습니다. 고맙습니다!"),
    "mongolian": ("Одоо зүгээр боллоо, баярлалаа!", "Маш их баярлалаа."),
}
AGAIN = {
    "english": (
        "Sorry, but it happened again this {daypart}: {request_id2}. Could you look once more?",
        "Not fixed I'm afraid. {caller} had the same trouble today.",
    ),
    "korean": ("같은 문제가 다시 발생했습니다. 요청 번호 {request_id2} 를 확인해 주세요.",),
    "mongolian": ("Уучлаарай, дахиад л ийм боллоо. Дугаар нь {request_id2}.",),
}
LATE = {
    "english": (
        "You helped us with this some time ago. It is back since {weekday}, see {request_id2}.",
        "I found this old mail: we have the same on {line} now. Could you do the same there?",
    ),
    "korean": ("예전에 도와주신 문제가 다시 나타났습니다. 요청 번호 {request_id2} 입니다.",),
    "mongolian": ("Өмнө нь засаж өгсөн асуудал дахин гарлаа. Дугаар нь {request_id2}.",),
}
WROTE = {
    "english": "On {when}, {who} wrote:",
    "korean": "{when}, {who}님이 작성:",
    "mongolian": "{when} {who} бичсэн:",
}
CHARSETS = {
    "english": ("utf-8", "utf-8", "utf-8", "windows-1252", "iso-8859-1", "us-ascii"),
    "korean": ("utf-8", "utf-8", "euc-kr", "ks_c_5601-1987"),
    "mongolian": ("utf-8",),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail of ours that a customer answers, as their program shows it."""

    message_id: str
    reply_to: str
    sender: str
    subject: str
    text: str
    sent_at: datetime


class Pen:
    """One request's writer. All is drawn from `draw`, so the same draws write the same letters."""

    def __init__(self, draw: Random, dealership: Dealership, desk_address: str) -> None:
        self.customer: Customer = draw.choice(dealership.people)
        self.language = dealership.language
        self.words = Words(draw)
        self._draw = draw
        self._dealership = dealership
        self.desk_address = desk_address
        self._charset = draw.choice(CHARSETS[self.language])
        self._form = draw.choices((Form.PLAIN, Form.ALTERNATIVE, Form.HTML), (55, 35, 10))[0]
        self._transfer = draw.choice(list(Transfer))
        self._outlook = draw.random() < 0.25
        self._sent = 0

    def topic(self, type_key: str) -> Topic:
        """What the letter says on this type: in the customer's language if there is such a text."""
        known = (
            [each for each in foreign(self.language) if each.type == type_key]
            if self.language != "english"
            else []
        )
        return known[0] if known else topic(type_key)

    def asks(self, types: Sequence[str], at: datetime) -> Letter:
        """The letter that opens a request, or several as numbered points."""
        topics = [self.topic(each) for each in types]
        subject = self._say(topics[0].subjects)
        if len(topics) == 1:
            return self._letter(
                subject, f"{self._say(topics[0].problems)}\n\n{self._say(topics[0].details)}", at
            )
        points = [f"{number}. {self._say(each.problems)}" for number, each in enumerate(topics, start=1)]
        text = "\n\n".join([f"we have {len(points)} things today:", *points])
        return self._letter(f"{subject} and more", text, at, form=Form.PLAIN)

    def answers(self, answered: Answered, type_key: str, at: datetime) -> Letter:
        return self._reply(answered, self._say(self.topic(type_key).answers), at)

    def thanks(self, answered: Answered, at: datetime) -> Letter:
        return self._reply(answered, self._say(THANKS[self.language]), at)

    def complains(self, answered: Answered, at: datetime) -> Letter:
        return self._reply(answered, self._say(AGAIN[self.language]), at)

    def returns_to(self, answered: Answered, at: datetime) -> Letter:
        """An answer to something that was settled long ago."""
        return self._reply(answered, self._say(LATE[self.language]), at)

    def part(self, text: str, number: int) -> tuple[int, int]:
        """Where point `number` (from 1) stands in the text of a letter of several; (0, 0): nowhere."""
        start = text.find(f"\n{number}. ") + 1
        if start == 0:
            return 0, 0
        end = text.find("\n\n", start)
        return start, end if end > 0 else len(text)

    def message_id(self) -> str:
        """The next id of this writer's program, never drawn twice."""
        self._sent += 1
        return f"{self._draw.getrandbits(64):016x}.{self._sent}@{self.customer.address.rpartition('@')[2]}"

    def _reply(self, answered: Answered, text: str, at: datetime) -> Letter:
        """A short answer above what it answers, quoted as the writer's program does."""
        subject = (
            answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}"
        )
        quoted = self._quoted(answered)
        html = f"<div>{escape(quoted).replace(chr(10), '<br>')}</div>"
        form = Form.ALTERNATIVE if self._form is Form.HTML else self._form
        return self._letter(
            subject, f"{text}\n\n{quoted}", at, answered=answered, form=form, quoted_html=html
        )

    def _quoted(self, answered: Answered) -> str:
        lines = answered.text.splitlines()[:12]
        if self._outlook:
            sent = f"{answered.sent_at:%A, %d %B %Y %H:%M}"
            to = f"To: {self.customer.name}\nSubject: {answered.subject}"
            head = f"From: {answered.sender}\nSent: {sent}\n{to}"
            return "\n".join([head, "", *lines])
        when = (
            f"{answered.sent_at:%d %b %Y, %H:%M}"
            if self.language == "english"
            else f"{answered.sent_at:%Y-%m-%d %H:%M}"
        )
        wrote = WROTE[self.language].format(when=when, who=answered.sender)
        return "\n".join([wrote, *(f"> {line}" for line in lines)])

    def _letter(
        self,
        subject: str,
        text: str,
        at: datetime,
        *,
        answered: Answered | None = None,
        form: Form | None = None,
        quoted_html: str = "",
    ) -> Letter:
        signed = self._signed(text, short=answered is not None)
        charset = self._charset if self._charset != "us-ascii" or (signed + subject).isascii() else "utf-8"
        return Letter(
            sender=self.customer,
            to=answered.reply_to if answered else self.desk_address,
            subject=subject,
            text=signed,
            sent_at=at,
            message_id=self.message_id(),
            references=(answered.message_id,) if answered else (),
            form=form or self._form,
            charset=charset,
            transfer=self._transfer if charset != "us-ascii" else Transfer.AS_IS,
            files=(draw_file(self._draw),) if not answered and self._draw.random() < 0.1 else (),
            quoted_html=quoted_html if form is Form.ALTERNATIVE else "",
        )

    def _signed(self, text: str, *, short: bool) -> str:
        if short:
            return text
        greeting, ending = (
            self._draw.choice(GREETINGS[self.language]),
            self._draw.choice(ENDINGS[self.language]),
        )
        signature = (
            f"-- \n{self.customer.name}\n{self._dealership.name}\n+1 202 555 01{self._draw.randrange(10, 99)}"
        )
        return f"{greeting}\n\n{text}\n\n{ending}\n{self.customer.name}\n\n{signature}"

    def _say(self, choices: Sequence[str]) -> str:
        return self.words.fill(self._draw.choice(choices))
