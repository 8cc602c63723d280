"""An operator and the deadline at once, two operators at once: one result, and the others are told."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection

from opsdesk.cases import actions as cases
from opsdesk.cases.models import Case
from opsdesk.clock import claims
from opsdesk.clock import queries as clock
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.disputes import actions, audit, timers
from opsdesk.disputes.models import Dispute, Evidence, Ruling
from opsdesk.kernel.refusal import Refusal
from opsdesk.worker.kinds import holds
from opsdesk.worker.wiring import WIRING
from tests.disputes import cast
from tests.disputes.cast import HOUR, MARKET, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """All of them in threads of their own; how each ended: \"done\", or the name of its refusal."""
    start, ended = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            ended.append("done")
        except Refusal as refusal:
            ended.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ended) == len(acts), "a thread broke or hangs"
    return Counter(ended)


def worker(now: datetime) -> None:
    due = clock.claimable(dict(timers.HANDLERS), now=now, limit=100)
    for task in due:
        claims.fire([task], timers.HANDLERS, now=now, holds=holds(WIRING))


def check(dispute: Dispute) -> str:
    """One result that everything agrees on; who decided."""
    ruling = Ruling.objects.get(dispute=dispute)
    outs = Transfer.objects.filter(deal_id=dispute.deal_id, from_party="escrow", cause__in=["ruling", "ttl"])
    assert outs.count() <= 1
    assert sum(
        Transfer.objects.filter(deal_id=dispute.deal_id, from_party="escrow").values_list(
            "amount_minor", flat=True
        )
    ) == (1_000_000)
    assert Case.objects.get(id=dispute.case_id).state == "resolved"
    assert audit.disagreements() == audit.undecided() == []
    return ruling.basis


def test_of_operator_and_deadline_in_the_same_moment_one_decides_and_the_other_is_told() -> None:
    staff = cast.desk()
    decided = Counter[str]()
    for _ in range(ROUNDS):
        dispute = cast.raised()
        before, at = dispute.due_at - cast.MOMENT, dispute.due_at
        ended = at_once(
            lambda dispute=dispute, before=before: cast.rule(
                dispute, Outcome.REJECT, by=staff.olga, at=before
            ),
            lambda at=at: worker(at),
            lambda dispute=dispute, at=at: timers.catch_up(dispute.deal_id, now=at),
        )
        basis = check(dispute)
        told = ended["DeadlinePassed"]
        assert ended == (
            Counter({"done": 3}) if basis == "ruling" else Counter({"done": 2, "DeadlinePassed": 1})
        )
        assert told == (basis == "ttl")
        decided[basis] += 1
    assert sum(decided.values()) == ROUNDS


def test_at_the_instant_itself_the_deadline_always_decides() -> None:
    staff = cast.desk()
    for _ in range(3):
        dispute = cast.raised()
        ended = at_once(
            lambda dispute=dispute: cast.rule(dispute, Outcome.REJECT, by=staff.olga, at=dispute.due_at),
            lambda dispute=dispute: cast.rule(dispute, Outcome.REJECT, by=staff.omar, at=dispute.due_at),
            lambda dispute=dispute: worker(dispute.due_at),
        )
        assert check(dispute) == "ttl"
        assert ended == Counter({"done": 1, "DeadlinePassed": 2})


def test_of_two_operators_one_rules_and_the_other_is_told_by_whom() -> None:
    staff = cast.desk()
    for _ in range(4):
        dispute = cast.raised()
        version = Deal.objects.get(id=dispute.deal_id).version
        at = dispute.raised_at + HOUR
        ended = at_once(
            *(
                lambda who=who, dispute=dispute, at=at, version=version: cast.rule(
                    dispute, Outcome.REJECT, by=who, at=at, seen_version=version
                )
                for who in (staff.olga, staff.omar, staff.lena)
            )
        )
        assert check(dispute) == "ruling"
        assert ended == Counter({"done": 1, "RuledMeanwhile": 2})


def test_of_two_who_raise_the_same_issue_one_does() -> None:
    staff = cast.desk()
    deal = cast.delivered()
    cast.photo(deal, now=MONDAY)
    ended = at_once(
        *(
            lambda actor=actor: actions.raise_issue(
                deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=actor, now=MONDAY + HOUR
            )
            for actor in (MARKET, staff.olga.actor, staff.omar.actor)
        )
    )
    assert ended == Counter({"done": 1, "NotInInspection": 2})
    assert (Dispute.objects.count(), Case.objects.count()) == (1, 1)


def test_the_same_file_sent_twice_at_once_is_one() -> None:
    cast.desk()
    deal = cast.delivered()
    ended = at_once(*(lambda: cast.photo(deal, "exterior", now=MONDAY) for _ in range(4)))
    assert ended == Counter({"done": 4})
    assert Evidence.objects.count() == 1


def test_a_person_works_on_the_case_while_the_deadline_ends_it() -> None:
    """Who acts on a case holds its row, who acts on a deal the deal's and then the case's: no circle."""
    staff = cast.desk()
    for _ in range(ROUNDS):
        dispute = cast.raised()
        ended = at_once(
            lambda dispute=dispute: cases.write_note(
                case_id=dispute.case_id, text="Seen.", actor=staff.olga.actor, now=dispute.due_at
            ),
            lambda dispute=dispute: cases.take(
                case_id=dispute.case_id, actor=staff.omar.actor, now=dispute.due_at
            ),
            lambda dispute=dispute: worker(dispute.due_at),
        )
        assert check(dispute) == "ttl"
        assert set(ended) <= {"done", "DisputeDecided", "Overtaken"}
