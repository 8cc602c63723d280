"""Hundreds of disputes due in the same minute, and workers killed in the middle of them.

Ten thousand of them are the matter of `bench/disputes_due.py`.
"""

import os
import random
import signal
import sys
from collections import Counter
from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count

from opsdesk.cases.models import Case, Stay
from opsdesk.clock.models import LaneName, Task, TaskState
from opsdesk.commands.offspring import start
from opsdesk.deals import ledger
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.deals.timers import DISPUTE_TTL
from opsdesk.disputes import audit
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.journal.models import Entry
from opsdesk.worker.loop import work
from opsdesk.worker.wiring import WIRING
from tests.disputes import cast
from tests.disputes.cast import HOUR, MONDAY
from tests.worker.processes import until

pytestmark = pytest.mark.django_db(transaction=True)
DISPUTES = 300
WORKERS = 1 if connection.vendor == "sqlite" else 2
KILLS, FEWEST_KILLS = 10, 4
FIRST_DUE = MONDAY + HOUR + 48 * HOUR
LATE = FIRST_DUE + timedelta(minutes=1)
REASONS = (Reason.DAMAGE_MINOR, Reason.MISSING_PARTS, Reason.DOCUMENT_MISMATCH)


def raise_them() -> None:
    """Disputes whose deadlines follow one another within a minute."""
    cast.desk()
    for first in range(0, DISPUTES, 50):
        with transaction.atomic():
            for number in range(first, first + 50):
                at = MONDAY + HOUR + timedelta(milliseconds=190 * number)
                cast.raised(REASONS[number % 3], at=at, complete=number % 2 == 0, total=1_000 + number)


def works() -> int:
    """The worker as it runs, but for its clock, which stands at the end of that minute."""
    sys.settrace(None)  # what coverage saw dies with the process
    deadlines = {kind: wired for kind, wired in WIRING.items() if wired.lane == LaneName.DEADLINES}
    return int(work(clock=lambda: LATE, stop=Event(), wiring=deadlines, sources={}))


def done() -> int:
    return Ruling.objects.count()


def kill_in_the_middle(dice: random.Random, reached: int) -> None:
    """Start the workers, wait until so many disputes are decided, and kill them all a little later."""
    connections.close_all()
    workers = [start(works) for _ in range(WORKERS)]
    until(lambda: done() >= reached, within=60)
    sleep(dice.random() * 0.04)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    for worker in workers:
        os.waitpid(worker, 0)


def test_workers_killed_in_the_middle_settle_every_dispute_once_and_none_early() -> None:
    raise_them()
    dice, kills, between = random.Random(5), 0, 0
    while (before := done()) < DISPUTES:
        kills += 1
        kill_in_the_middle(dice, before + 1 if kills <= KILLS else DISPUTES)
        between += done() < DISPUTES
    assert between >= FEWEST_KILLS
    check_each_is_settled_once()
    check_none_was_early()


def check_each_is_settled_once() -> None:
    assert set(Deal.objects.values_list("state", "ending")) == {("SETTLED", "expired")}
    assert Dispute.objects.filter(decided_at=None).count() == 0
    assert Ruling.objects.filter(basis="ttl").count() == DISPUTES
    assert set(Case.objects.values_list("state", "cause")) == {("resolved", "deadline")}
    assert Counter(Stay.objects.values_list("exit", flat=True)) == {"resolved": DISPUTES}
    for kind, subject in (("deal.dispute_expired", "deal"), ("case.resolved", "case")):
        facts = Entry.objects.filter(kind=kind, subject_kind=subject)
        once = facts.values("subject_id").annotate(number=Count("id")).values_list("number", flat=True)
        assert (len(once), set(once)) == (DISPUTES, {1})
    assert ledger.check(list(Deal.objects.values_list("id", flat=True))) == []
    assert audit.disagreements() == audit.undecided() == []
    assert Transfer.objects.filter(cause="ttl").count() > 0


def check_none_was_early() -> None:
    """Each is decided as of its own deadline, by a task that was fired at that instant or later."""
    for dispute in Dispute.objects.select_related("deal", "case", "ruling"):
        assert dispute.decided_at == dispute.due_at == dispute.deal.settled_at == dispute.case.resolved_at
        assert dispute.ruling.ruled_at == dispute.due_at <= dispute.ruling.recorded_at == LATE
    tasks = Task.objects.filter(kind=DISPUTE_TTL)
    assert set(tasks.values_list("state", flat=True)) == {TaskState.DONE.value}
    assert tasks.count() == DISPUTES
