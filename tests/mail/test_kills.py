"""The desk killed a hundred times, all its processes at once, at any point: nothing lost or doubled."""

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection, connections
from django.db.models import Count, Q

from opsdesk.cases import endings
from opsdesk.cases.models import UNRESOLVED, Case, Stay
from opsdesk.clock.models import Task
from opsdesk.commands.offspring import start
from opsdesk.journal.models import Entry
from opsdesk.mail import intake, replies
from opsdesk.mail.models import Arrival, CaseMessage, Message
from opsdesk.mail.timers import DELIVER
from tests import cast
from tests.cast import Somebody
from tests.mail.letters import NOW, letter, source
from tests.worker.processes import descendants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
KILLS, FEWEST_BETWEEN = (100, 20) if connection.vendor == "sqlite" else (30, 10)
MOST_KILLS = 2 * KILLS
SORTED_AFTER = 4
NUMBER = 8


def mail(number: int) -> bytes:
    """Every fifth answers the one before. Five are of one sender, so that nobody is a flood."""
    answers = number - 1 if number % 5 == 4 else None
    sender = f"Sam <sam{number // 5}@dealer.example>"
    return letter(number, sender=sender, text=f"Words of mail {number}.", answers=answers)


def works(first: int, told: int, olga: Somebody) -> int:
    """A desk at work: mail is stored and acknowledged, sorted, answered, resolved; until it is killed."""
    sys.settrace(None)  # what coverage saw dies with the process
    files, number = source(), first
    while True:
        intake.store(source=files, raw=mail(number), label=f"{number}.eml", received_at=NOW, now=NOW)
        os.write(told, number.to_bytes(NUMBER, "big"))
        number += 1
        if number % SORTED_AFTER == 0:
            intake.sort_pending(limit=50, now=NOW)
            act(olga)


def act(olga: Somebody) -> None:
    """Answer what nobody has answered; resolve what was answered before."""
    by = {"actor": olga.actor, "now": NOW + timedelta(minutes=1)}
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    for case in Case.objects.filter(state__in=UNRESOLVED).order_by("-id")[:2]:
        if case.first_response_at is None:
            replies.reply(case_id=case.id, text="Looking.", wait=bool(case.id % 2), **by)
        else:
            endings.resolve(case_id=case.id, resolution="Done.", cause="bug", verified=True, type=type, **by)


class Desk:
    """The processes, and what they have acknowledged."""

    def __init__(self, olga: Somebody, dice: random.Random) -> None:
        self.olga, self.dice = olga, dice
        self.acknowledged = -1
        self.kills = self.between = 0

    def run_and_kill(self) -> None:
        self.kills += 1
        connections.close_all()
        heard, told = os.pipe()
        process = start(lambda: works(self.acknowledged + 1, told, self.olga))
        os.close(told)
        self._hear(heard)
        sleep(self.dice.random() ** 2 * 0.5)
        everybody = [process, *descendants(process)]
        for one in everybody:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        os.waitpid(process, 0)
        while self._hear(heard):
            pass
        os.close(heard)
        self.between += Arrival.objects.filter(outcome="").exists()

    def _hear(self, heard: int) -> bool:
        """One acknowledgement; False at the end of them."""
        said = os.read(heard, NUMBER)
        if said:
            self.acknowledged = int.from_bytes(said, "big")
        return bool(said)


def test_killed_a_hundred_times_it_has_lost_and_doubled_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    cast.desk()
    desk = Desk(cast.operator(), random.Random(11))
    while desk.kills < KILLS or (desk.between < FEWEST_BETWEEN and desk.kills < MOST_KILLS):
        desk.run_and_kill()
    record_property("kills between store and outcome", desk.between)
    assert desk.between >= FEWEST_BETWEEN
    for number in range(desk.acknowledged + 2):  # the last one may be there though nobody heard of it
        intake.store(source=source(), raw=mail(number), label=f"{number}.eml", received_at=NOW, now=NOW)
    while intake.sort_pending(limit=100, now=NOW):
        pass
    check_mail(desk.acknowledged + 2)
    check_cases()
    check_answers()


def check_mail(mails: int) -> None:
    """Each mail is one arrival with one outcome, and one message with its bytes."""
    assert Arrival.objects.count() == Message.objects.filter(direction="in").count() == mails
    answers = mails // 5
    outcomes = Counter(Arrival.objects.values_list("outcome", flat=True))
    assert outcomes == {"requests": mails - answers, "joined": answers}
    assert Case.objects.count() == mails - answers
    arrivals = dict.fromkeys(Arrival.objects.values_list("id", flat=True), 1)
    facts = Entry.objects.filter(subject_kind="arrival")
    stored = facts.filter(kind="arrival.stored").values_list("subject_id", flat=True)
    settled = facts.exclude(kind="arrival.stored").values_list("subject_id", flat=True)
    assert Counter(stored) == Counter(settled) == arrivals


def check_cases() -> None:
    """One open stay where a case is unresolved, none elsewhere; versions count the facts."""
    alive = Q(stays__left_at__isnull=True)
    for case in Case.objects.annotate(open_stays=Count("stays", filter=alive)):
        assert case.open_stays == (case.state in UNRESOLVED), case.id
        versions = [
            entry.payload["version"]
            for entry in Entry.objects.filter(subject_kind="case", subject_id=case.id)
            if "version" in entry.payload
        ]
        assert len(versions) == len(set(versions)), case.id
        assert max(versions) == case.version
    assert not Stay.objects.filter(left_at__isnull=False, elapsed_s__isnull=True).exists()


def check_answers() -> None:
    """Each answer of ours is on one case and has one delivery; none went to nobody or twice."""
    ours = list(Message.objects.filter(direction="out").values_list("id", flat=True))
    links = CaseMessage.objects.filter(message_id__in=ours).values_list("message_id", flat=True)
    tasks = Task.objects.filter(kind=DELIVER).values_list("subject_id", flat=True)
    assert Counter(links) == Counter(tasks) == dict.fromkeys(ours, 1)
    facts = Entry.objects.filter(kind="case.replied").count()
    automatic = Message.objects.filter(direction="out", automatic=True).count()
    assert facts == len(ours) - automatic
