"""What came in before its account was entered is the account's as soon as it is."""

from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.accounts.models import Account
from opsdesk.accounts.rules import NewAccount
from opsdesk.cases import merges, owners
from opsdesk.cases.models import Case
from opsdesk.cases.timers import GIVE_ACCOUNT
from opsdesk.clock.models import Task, TaskState
from opsdesk.clock.tasks import task_value
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from tests import cast
from tests.cast import MONDAY, request_at

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=2)
STRANGER = "ann@stranger-motors.example"


@pytest.fixture(autouse=True)
def _desk() -> None:
    cast.desk()


def enter(
    key: str = "stranger", *, domains: tuple[str, ...] = (), addresses: tuple[str, ...] = ()
) -> Account:
    return owners.enter(NewAccount(key, key.title(), domains, addresses), actor=SYSTEM, now=LATER)


def account_of(case: Case) -> int | None:
    return Case.objects.get(id=case.id).account_id


def work_off() -> int:
    """Do what the worker would, until nothing of it is armed; how many tasks there were."""
    done = 0
    while (task := Task.objects.armed().filter(kind=GIVE_ACCOUNT).first()) is not None:
        owners.give(task_value(task), LATER)
        Task.objects.filter(id=task.id).update(state=TaskState.DONE, finished_at=LATER)
        done += 1
    return done


def test_an_account_gets_the_requests_that_came_before_it_and_no_others() -> None:
    asked = ["Ann+cars@Mail.Stranger-Motors.example", "sam@dealer.example", "not-stranger-motors.example"]
    ours, other, none = [request_at(MONDAY, requester_email=email) for email in asked]
    near = request_at(MONDAY, requester_email=STRANGER)
    nearer = enter("nearer", addresses=(STRANGER,))
    account = enter(domains=("stranger-motors.example",))
    assert [account_of(case) for case in (ours, other, none, near)] == [account.id, None, None, nearer.id]
    fact = Entry.objects.get(kind=owners.FOUND, subject_id=ours.id)
    assert (fact.subject_kind, fact.payload) == ("case", {"account": account.id, "before": None})
    assert not owners.is_under_way(account.id)


def test_many_are_given_by_the_worker_in_pieces_and_until_then_that_is_said(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(owners, "STEP", 2)
    monkeypatch.setattr(owners, "AT_ONCE", 2)
    cases = [request_at(MONDAY, requester_email=STRANGER) for _ in range(9)]
    account = enter(domains=("stranger-motors.example",))
    assert [account_of(case) for case in cases].count(account.id) == 2
    client.force_login(cast.lead().person)
    assert "not whole yet" in client.get("/accounts/stranger").content.decode()
    assert work_off() >= 2
    assert {account_of(case) for case in cases} == {account.id}
    assert "not whole yet" not in client.get("/accounts/stranger").content.decode()
    assert Entry.objects.filter(kind=owners.FOUND).count() == 9


def test_mail_that_was_being_placed_meanwhile_is_looked_for_again() -> None:
    account = enter(domains=("stranger-motors.example",))
    late = request_at(MONDAY, requester_email=STRANGER)
    assert work_off() == 1
    assert account_of(late) == account.id


def test_a_domain_that_moves_takes_its_requests_along_and_one_that_is_removed_takes_none() -> None:
    case = request_at(MONDAY, requester_email=STRANGER)
    wrong = enter("wrong", domains=("stranger-motors.example",))
    without = NewAccount(wrong.key, wrong.name)
    owners.change(account_id=wrong.id, wanted=without, actor=SYSTEM, now=LATER)
    assert account_of(case) == wrong.id
    right = enter("right", domains=("stranger-motors.example",))
    assert account_of(case) == right.id


def test_an_old_and_a_new_request_of_one_person_can_be_merged() -> None:
    old = request_at(MONDAY, requester_email=STRANGER)
    account = enter(domains=("stranger-motors.example",))
    new = request_at(LATER, requester_email=STRANGER, account_id=account.id)
    assert [case.id for case in merges.candidates(new)] == [old.id]
    lead = cast.lead()
    merges.merge(case_id=new.id, other_id=old.id, actor=lead.actor, now=LATER)
    assert (account_of(old), Case.objects.get(id=new.id).state) == (account.id, "merged")


def test_one_that_has_no_account_yet_can_be_merged_with_the_same_persons_and_gets_it() -> None:
    account = enter()
    old = request_at(MONDAY, requester_email=STRANGER)
    new = request_at(LATER, requester_email=STRANGER, account_id=account.id)
    assert [case.id for case in merges.candidates(new)] == [old.id]
    assert [case.id for case in merges.candidates(old)] == [new.id]
    merges.merge(case_id=new.id, other_id=old.id, actor=cast.lead().actor, now=LATER)
    assert account_of(old) == account.id


def test_an_account_chosen_by_hand_stays_whatever_is_entered_later(client: Client) -> None:
    case, nobodys = (request_at(MONDAY, requester_email=STRANGER) for _ in range(2))
    chosen = enter("chosen")
    client.force_login(cast.operator().person)
    assert f"/accounts/of-case/{case.id}" in client.get(f"/cases/{case.id}").content.decode()
    assert client.post(f"/accounts/of-case/{case.id}", {"account": chosen.key}).status_code == 302
    lead = cast.lead().actor
    for to in (chosen.id, None):
        owners.choose(case_id=nobodys.id, account_id=to, actor=lead, now=LATER)
    enter(domains=("stranger-motors.example",))
    assert (account_of(case), account_of(nobodys)) == (chosen.id, None)
    assert "set its account" in client.get(f"/cases/{case.id}").content.decode()
    client.force_login(cast.viewer().person)
    assert client.get(f"/accounts/of-case/{case.id}").status_code == 403
    assert client.get("/accounts/new").status_code == 403
    assert f"/accounts/of-case/{case.id}" not in client.get(f"/cases/{case.id}").content.decode()
