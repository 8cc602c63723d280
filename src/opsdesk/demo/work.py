"""What people do with a request, from the first touch to the end, and what its customer does meanwhile."""

from datetime import datetime, timedelta
from random import Random

from opsdesk.cases import actions as cases
from opsdesk.cases import endings, handoffs
from opsdesk.cases.marks import mark_read
from opsdesk.clock.calendars import Calendar
from opsdesk.demo import answers
from opsdesk.demo.carrier import Carrier
from opsdesk.demo.events import Life
from opsdesk.demo.hours import HOUR, MINUTE, about, silent_days, worked
from opsdesk.demo.mailbox import Mailbox
from opsdesk.demo.pens import Answered
from opsdesk.demo.stage import Stage, Story
from opsdesk.demo.topics import Fix, Topic, topic
from opsdesk.demo.year import Course, Detour
from opsdesk.kernel.actor import Actor
from opsdesk.mail import desk_moves, replies, splits

# Medians of working time until somebody touches a request, and until they are done with it, by tier.
UNTIL_TOUCHED = {1: 15 * MINUTE, 2: 2 * HOUR, 3: 5 * HOUR}
UNTIL_DONE = {1: 35 * MINUTE, 2: 3 * HOUR, 3: 8 * HOUR}
SECONDS_TO_SEND = 25
TAKEN_AT_1 = 0.5
ACKNOWLEDGED = 0.3
ANSWERED_BY_HAND = 0.3
STILL_IN_SIGHT = timedelta(days=40)


class Work:
    """Drives the real actions. Each method that yields sleeps until the instants it gives."""

    def __init__(self, stage: Stage, mailbox: Mailbox, carrier: Carrier) -> None:
        self._stage = stage
        self._mailbox = mailbox
        self._carrier = carrier

    def request(self, story: Story, parts: tuple[Course, ...] = ()) -> Life:
        """One request until it is settled for good. `parts` are split off at the first touch."""
        self._stage.recent.append(story)
        yield from self._touched(story)
        self._split(story, parts)
        yield from self._talk(story)
        yield from self._busy(story)
        if story.course.tier > 1:
            yield from self._above(story)
        if Detour.FORGOTTEN in story.course.detours:
            yield worked(self._stage.now, story.draw.uniform(15, 80) * HOUR, self._hours(story))
        self._resolve(story, told=self._told(story))
        yield from self._afterwards(story)
        story.ended_at = self._stage.now
        self._stage.ended.append(story)

    def _touched(self, story: Story, *, entered_at: datetime | None = None) -> Life:
        """Somebody of the queue takes the request, a while after it entered (now, if not said otherwise)."""
        stage, queue, entered_at = self._stage, story.queue, entered_at or self._stage.now
        hours, tier = stage.hours(queue), stage.desk.queue(queue).tier
        if stage.is_silent(queue, entered_at):
            yield silent_days(story.draw, entered_at, hours)
        else:
            yield worked(stage.now, about(story.draw, UNTIL_TOUCHED[tier]), hours)
        story.worker = stage.somebody(queue, story.draw)
        if tier > 1 or story.draw.random() < TAKEN_AT_1:
            cases.take(case_id=story.case_id, actor=story.worker, now=stage.now)
        self._read(story)

    def _split(self, story: Story, parts: tuple[Course, ...]) -> None:
        """Each further point of the mail becomes a request of its own, with its own way."""
        if not parts:
            return
        message_id, text = self._carrier.text_of(story.case_id)
        for number, course in enumerate(parts, start=2):
            start, end = story.pen.part(text, number)
            case = splits.split_span(
                case_id=story.case_id, message_id=message_id, start=start, end=end,
                subject=story.pen.words.fill(story.draw.choice(story.pen.topic(course.type).subjects)),
                actor=_worker(story), now=self._stage.now,
            )  # fmt: skip
            part = Story(
                case.id, course, story.pen, Random(story.draw.getrandbits(48)), story.dealership, story.queue
            )
            self._stage.events.begin(self.request(part))

    def _talk(self, story: Story) -> Life:
        """Tier 1 asks back, or says that a longer matter is in hand."""
        if Detour.ASKED in story.course.detours:
            yield from self._ask(story)
        elif story.course.tier > 1 and story.draw.random() < ACKNOWLEDGED:
            self._reply(story, story.draw.choice(answers.ACKNOWLEDGED), wait=False)

    def _ask(self, story: Story) -> Life:
        """A question, perhaps a reminder, the customer's answer, and somebody reads it."""
        draw, told = story.draw, topic(story.course.type)
        self._reply(story, answers.question(told, story.pen.words, draw), wait=True)
        if Detour.FOLLOWED_UP in story.course.detours:
            yield worked(self._stage.now, draw.uniform(10, 20) * HOUR, self._hours(story))
            self._reply(story, draw.choice(answers.REMINDED), wait=True)
        yield self._stage.now + timedelta(seconds=about(draw, 8 * HOUR, spread=1.0))
        yield from self._customer_answers(story)
        yield worked(self._stage.now, about(draw, 40 * MINUTE), self._hours(story))
        self._read(story)

    def _customer_answers(self, story: Story) -> Life:
        answered = self._newest(story)
        letter = story.pen.answers(answered, story.course.type, self._stage.now)
        yield from self._mailbox.receive_for_a_case(letter)

    def _above(self, story: Story) -> Life:
        """Up the tiers, with the detours that the course has."""
        detours = story.course.detours
        told = topic(story.course.type)
        fix = answers.fix_for(told, 2, story.draw)
        if Detour.SKIPPED in detours:
            self._skip(story)
        elif Detour.REROUTED in detours:
            yield from self._by_the_wrong_queue(story, told, fix)
        else:
            self._escalate(story, story.course.type, answers.reason_for(fix, story.draw), told)
        yield from self._touched(story)
        self._note(story, told)
        if Detour.RETURNED in detours:
            yield from self._given_back(story, told)
            return
        yield from self._third_party(story)
        yield from self._busy(story)
        if story.course.tier == 3 and self._tier(story) == 2:
            self._escalate(story, "", answers.reason_for(fix, story.draw), told)
            yield from self._touched(story)
            self._note(story, told)
            yield from self._busy(story)

    def _by_the_wrong_queue(self, story: Story, told: Topic, fix: Fix) -> Life:
        """Tier 1 names the wrong family; Tier 2 of that family sees it and sends it across."""
        right = self._stage.route(story.course.type)
        core = right == self._stage.route("core.llm-behaviour")
        wrong_type = "integration.scheduler" if core else "core.repeats-or-glitches"
        self._escalate(story, wrong_type, answers.reason_for(fix, story.draw), told)
        yield from self._touched(story)
        now, worker = self._stage.now, _worker(story)
        cases.classify(case_id=story.case_id, type=story.course.type, actor=worker, now=now)
        handoffs.reroute(case_id=story.case_id, queue=right, words=answers.MISROUTED, actor=worker, now=now)
        story.queue = right

    def _given_back(self, story: Story, told: Topic) -> Life:
        words = story.pen.words.fill(story.draw.choice(told.returns))
        handoffs.give_back(case_id=story.case_id, words=words, actor=_worker(story), now=self._stage.now)
        story.queue = self._stage.desk.entry_queue
        yield from self._touched(story)
        yield from self._busy(story)

    def _third_party(self, story: Story) -> Life:
        """A provider is asked; some keep their date, some let it pass."""
        if Detour.THIRD_PARTY not in story.course.detours:
            return
        stage, draw = self._stage, story.draw
        days = draw.choice((1, 2, 2, 3, 5, 8))
        party = draw.choice(stage.desk.third_parties).key
        expected_at = stage.now + timedelta(days=days)
        cases.wait(
            case_id=story.case_id, on="third_party", party=party, expected_at=expected_at,
            actor=_worker(story), now=stage.now,
        )  # fmt: skip
        stage.events.begin(self._timer(expected_at))
        yield worked(
            stage.now + timedelta(days=days * draw.uniform(0.4, 1.5)), about(draw, HOUR), self._hours(story)
        )
        cases.resume(case_id=story.case_id, actor=_worker(story), now=stage.now)

    def _afterwards(self, story: Story) -> Life:
        """A thanks that opens the case for nothing, or a complaint that opens it for good reason."""
        stage, draw, detours = self._stage, story.draw, story.course.detours
        if Detour.THANKED in detours:
            yield stage.now + timedelta(seconds=about(draw, 2 * HOUR))
            yield from self._mailbox.receive_for_a_case(story.pen.thanks(self._newest(story), stage.now))
            yield worked(stage.now, about(draw, 20 * MINUTE), self._hours(story))
            endings.withdraw_thanks(case_id=story.case_id, actor=_worker(story), now=stage.now)
            self._read(story)
        elif Detour.REOPENED in detours:
            yield stage.now + timedelta(days=draw.uniform(0.2, 9))
            came_at = stage.now
            yield from self._mailbox.receive_for_a_case(story.pen.complains(self._newest(story), stage.now))
            yield from self._touched(story, entered_at=came_at)
            self._note(story, topic(story.course.type))
            yield from self._busy(story)
            self._resolve(story)

    def _told(self, story: Story) -> bool:
        """Whether Tier 1 writes the answer itself, instead of the notice."""
        quick = story.course.tier == 1 and Detour.ASKED not in story.course.detours
        return quick and story.draw.random() < ANSWERED_BY_HAND

    def _resolve(self, story: Story, *, told: bool = False) -> None:
        """With `told`, somebody answers in their own words and no notice follows."""
        fix = answers.fix_for(topic(story.course.type), story.course.tier, story.draw)
        words = story.pen.words.fill(fix.text)
        if told:
            self._reply(story, words, wait=False)
        desk_moves.resolve(
            case_id=story.case_id, resolution=f"{words}\n\n{story.draw.choice(answers.VERIFIED)}",
            cause=self._stage.code(self._stage.desk.causes, fix.cause), verified=True, type=story.course.type,
            notify=False if told else None, actor=_worker(story), now=self._stage.now,
        )  # fmt: skip
        self._sent()

    def _escalate(self, story: Story, type_key: str, reason: str, told: Topic) -> None:
        stage = self._stage
        case = desk_moves.escalate(
            case_id=story.case_id, reason=stage.code(stage.desk.escalation_reasons, reason),
            words=story.pen.words.fill(story.draw.choice(told.tried)), type=type_key,
            actor=_worker(story), now=stage.now,
        )  # fmt: skip
        story.queue = case.queue
        self._sent()

    def _skip(self, story: Story) -> None:
        """The lead sends it straight to the queue above its family's Tier 2."""
        stage = self._stage
        above = stage.desk.queue(stage.route(story.course.type)).up[0]
        desk_moves.escalate(
            case_id=story.case_id, reason=stage.code(stage.desk.escalation_reasons, "needs skill"),
            words=answers.SKIPPED, type=story.course.type, queue=above, skip=True,
            actor=stage.lead(), now=stage.now,
        )  # fmt: skip
        story.queue = above
        self._sent()

    def _reply(self, story: Story, text: str, *, wait: bool) -> None:
        replies.reply(case_id=story.case_id, text=text, wait=wait, actor=_worker(story), now=self._stage.now)
        self._sent()

    def _note(self, story: Story, told: Topic) -> None:
        text = story.pen.words.fill(story.draw.choice(told.learned))
        cases.write_note(case_id=story.case_id, text=text, actor=_worker(story), now=self._stage.now)

    def _busy(self, story: Story) -> Life:
        yield worked(self._stage.now, about(story.draw, UNTIL_DONE[self._tier(story)]), self._hours(story))

    def _read(self, story: Story) -> None:
        """People have read what they work on; of old cases nobody asks any more who did."""
        if self._stage.events.until - self._stage.now < STILL_IN_SIGHT:
            worker = _worker(story)
            assert worker.id is not None
            mark_read(case_id=story.case_id, person_id=worker.id, now=self._stage.now)

    def _sent(self) -> None:
        """The carrier comes for what was just queued."""
        self._stage.events.begin(self._carried())

    def _carried(self) -> Life:
        yield self._stage.now + timedelta(seconds=SECONDS_TO_SEND)
        self._carrier.carry(now=self._stage.now)

    def _timer(self, due_at: datetime) -> Life:
        yield due_at
        self._carrier.fire_timers(now=self._stage.now)

    def _newest(self, story: Story) -> Answered:
        answered = self._carrier.newest_to_customer(story.case_id)
        assert answered is not None
        return answered

    def _tier(self, story: Story) -> int:
        return self._stage.desk.queue(story.queue).tier

    def _hours(self, story: Story) -> Calendar:
        return self._stage.hours(story.queue)


def _worker(story: Story) -> Actor:
    assert story.worker is not None
    return story.worker
