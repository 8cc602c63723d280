"""A worker killed while it sends: no letter is lost, and at most one a kill goes out twice, as itself."""

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes
from threading import Event
from time import sleep

import pytest
from django.db import connections

from opsdesk.cases.models import Case
from opsdesk.clock.models import LaneName
from opsdesk.commands.offspring import start
from opsdesk.config.mail import Relay
from opsdesk.mail import replies
from opsdesk.mail.carrier import carrier
from opsdesk.mail.models import Message
from opsdesk.mail.timers import DELIVER
from opsdesk.worker.kinds import Wired
from opsdesk.worker.loop import work
from tests import cast
from tests.mail.far_end import far_end
from tests.mail.letters import NOW, bring, letter
from tests.worker.processes import kill, until

pytestmark = pytest.mark.django_db(transaction=True)
LETTERS = 60
KILLS = 12


def works(port: int, now: datetime) -> int:
    way = Relay("127.0.0.1", port, "none", timeout_s=5.0)
    wiring = {DELIVER: Wired(LaneName.IO, carrier(way))}
    return int(work(clock=lambda: now, stop=Event(), wiring=wiring, sources={}))


def test_killed_while_sending_it_loses_nothing_and_repeats_at_most_what_was_in_hand() -> None:
    cast.desk()
    olga = cast.operator()
    bring(letter("a"))
    case_id = Case.objects.get().id
    for number in range(LETTERS):
        replies.reply(case_id=case_id, text=f"Part {number}", wait=False, actor=olga.actor, now=NOW)
    dice = random.Random(5)
    unsent = Message.objects.filter(direction="out").exclude(delivery="sent")
    with far_end() as end:
        for kills in range(KILLS + 1):
            connections.close_all()
            # Each worker begins after the leases of the one before have run out.
            worker = start(lambda kills=kills: works(end.port, NOW + kills * timedelta(minutes=10)))  # type: ignore[misc]
            before = len(end.taken)
            if kills < KILLS:
                until(lambda before=before: len(end.taken) > before)  # type: ignore[misc]
                sleep(dice.random() * 0.03)
            else:
                until(lambda: not unsent.exists())
            kill(worker)
            os.waitpid(worker, 0)
        came = Counter(message_from_bytes(taken.raw)["Message-ID"].strip("<>") for taken in end.taken)
    ours = set(Message.objects.filter(direction="out").values_list("message_id", flat=True))
    assert set(came) == ours
    assert sum(came.values()) <= LETTERS + KILLS
