"""How each mail of the year comes in, and what begins with it."""

from datetime import datetime, timedelta
from random import Random

from opsdesk.cases import actions as cases
from opsdesk.cases import endings
from opsdesk.demo import answers, nuisances
from opsdesk.demo.carrier import Carrier
from opsdesk.demo.events import Life
from opsdesk.demo.hours import HOUR, MINUTE, about, worked
from opsdesk.demo.letters import Letter, written
from opsdesk.demo.mailbox import Delivered, Mailbox
from opsdesk.demo.pens import Pen
from opsdesk.demo.stage import Stage, Story
from opsdesk.demo.work import Work
from opsdesk.demo.year import Course, Mail, Noise, Nuisance, Opening, Year
from opsdesk.mail import intake

OTHER_WAY = (
    "Received: from relay.opsdesk.example by in.opsdesk.example; {when:%a, %d %b %Y %H:%M:%S +0000}\r\n"
)
FIRST_TYPE = "other.other"
STILL_LOOKED_AT = timedelta(days=45)
WRITTEN: dict[Nuisance, nuisances.Written] = {
    Nuisance.AUTO_REPLY: nuisances.auto_reply,
    Nuisance.BOUNCE: nuisances.bounce,
    Nuisance.LIST: nuisances.newsletter,
    Nuisance.SPAM: nuisances.marked_spam,
    Nuisance.ADVERT: nuisances.advert,
    Nuisance.HOSTILE: nuisances.hostile,
}


class Lives:
    """Begins the life of every mail of the year."""

    def __init__(self, stage: Stage, mailbox: Mailbox, carrier: Carrier) -> None:
        self._stage = stage
        self._mailbox = mailbox
        self._carrier = carrier
        self._work = Work(stage, mailbox, carrier)

    def begin(self, year: Year) -> None:
        for instant in (year.months[0].period.start - timedelta(hours=hours) for hours in (70, 30, 5)):
            self._stage.events.begin(self._before_the_start(instant))
        for mail in year.mails:
            self._stage.events.begin(self._mail(mail))
        for noise in year.noises:
            self._stage.events.begin(self._noise(noise))

    def _before_the_start(self, at: datetime) -> Life:
        yield at
        pen = self._pen(Random(f"{at:%Y%m%d%H}"), 0)
        yield from self._mailbox.receive(pen.asks([FIRST_TYPE], at))

    def _mail(self, mail: Mail) -> Life:
        yield mail.at
        draw = Random(mail.seed)
        dealership, pen, letter = self._letter(mail, draw)
        if mail.delivered_twice:
            self._stage.events.begin(self._again(letter))
        delivered = yield from self._mailbox.receive_for_a_case(letter)
        first, *parts = mail.courses
        yield from self._work.request(self._story(delivered, first, pen, draw, dealership), tuple(parts))

    def _letter(self, mail: Mail, draw: Random) -> tuple[int, Pen, Letter]:
        """Who writes it and what: an answer to an old case or somebody else's, or a new letter."""
        stage, course = self._stage, mail.courses[0]
        old = stage.settled_long_ago(course.type, draw) if mail.opening is Opening.LATE else None
        if old is not None:
            answered = self._carrier.newest_to_customer(old.case_id)
            if answered is not None:
                return old.dealership, old.pen, old.pen.returns_to(answered, mail.at)
        pen = self._pen(draw, mail.dealership)
        other = self._answered_by_a_stranger(mail, draw) if mail.opening is Opening.CLAIM else None
        answered = self._carrier.newest_to_customer(other.case_id) if other else None
        if answered is not None:
            return mail.dealership, pen, pen.complains(answered, mail.at)
        return mail.dealership, pen, pen.asks([each.type for each in mail.courses], mail.at)

    def _answered_by_a_stranger(self, mail: Mail, draw: Random) -> Story | None:
        return self._stage.lately(draw, but=lambda story: story.dealership == mail.dealership)

    def _again(self, letter: Letter) -> Life:
        """The same mail by another way, a few minutes later."""
        yield self._stage.now + timedelta(minutes=3)
        now = self._stage.now
        yield from self._mailbox.receive(OTHER_WAY.format(when=now).encode() + written(letter))

    def _noise(self, noise: Noise) -> Life:
        yield noise.at
        draw = Random(noise.seed)
        if noise.kind is Nuisance.TWICE:
            yield from self._asked_by_a_colleague(draw)
            return
        pen = self._pen(draw, noise.dealership)
        delivered = yield from self._mailbox.receive(WRITTEN[noise.kind](draw, pen, noise.at))
        if noise.kind is Nuisance.ADVERT:
            yield from self._voided(delivered.case_id, "spam", None, draw)
        elif noise.by_hand:
            yield from self._made_by_hand(delivered, noise, pen, draw)
        elif noise.kind is Nuisance.HOSTILE and self._stage.events.until - noise.at > STILL_LOOKED_AT:
            yield from self._set_aside(delivered, draw)

    def _asked_by_a_colleague(self, draw: Random) -> Life:
        """The same dealership asks the same again; somebody sees it."""
        story = self._stage.lately(draw, but=lambda story: story.ended_at is not None)
        if story is None:
            return
        pen = self._pen(draw, story.dealership)
        letter = pen.asks([story.course.type], self._stage.now)
        delivered = yield from self._mailbox.receive_for_a_case(letter)
        yield from self._voided(delivered.case_id, "duplicate", story.case_id, draw)

    def _voided(self, case_id: int, reason: str, original: int | None, draw: Random) -> Life:
        stage = self._stage
        yield self._looked_at(draw)
        operator = stage.somebody(stage.desk.entry_queue, draw)
        code = stage.code(stage.desk.void_reasons, reason)
        cases.take(case_id=case_id, actor=operator, now=stage.now)
        endings.void(case_id=case_id, reason=code, duplicate_of_id=original, actor=operator, now=stage.now)

    def _made_by_hand(self, delivered: Delivered, noise: Noise, pen: Pen, draw: Random) -> Life:
        """An operator reads the raw bytes and makes a request of them."""
        yield self._looked_at(draw)
        stage = self._stage
        course = Course("account-set-up.flags", 1, frozenset())
        told = pen.topic(course.type)
        case_id = intake.request_by_hand(
            delivered.arrival_id,
            subject=pen.words.fill(told.subjects[0]),
            text=f"{pen.words.fill(told.problems[0])}\n\n({answers.BY_HAND})",
            requester_email=pen.customer.address,
            actor=stage.somebody(stage.desk.entry_queue, draw),
            now=stage.now,
        )
        by_hand = Delivered(delivered.arrival_id, delivered.outcome, case_id)
        yield from self._work.request(self._story(by_hand, course, pen, draw, noise.dealership))

    def _set_aside(self, delivered: Delivered, draw: Random) -> Life:
        yield worked(self._stage.now, about(draw, 6 * HOUR), self._stage.hours(self._stage.desk.entry_queue))
        operator = self._stage.somebody(self._stage.desk.entry_queue, draw)
        reason = draw.choice(("spam", "only rubbish in it", "a mail loop on their side"))
        intake.set_aside(delivered.arrival_id, reason=reason, actor=operator, now=self._stage.now)

    def _looked_at(self, draw: Random) -> datetime:
        return worked(
            self._stage.now, about(draw, 30 * MINUTE), self._stage.hours(self._stage.desk.entry_queue)
        )

    def _story(self, delivered: Delivered, course: Course, pen: Pen, draw: Random, dealership: int) -> Story:
        return Story(delivered.case_id, course, pen, draw, dealership, self._stage.desk.entry_queue)

    def _pen(self, draw: Random, dealership: int) -> Pen:
        return Pen(draw, self._stage.dealerships[dealership], self._stage.desk.address)
