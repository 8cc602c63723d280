from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from opsdesk.accounts import actions, queries, rules
from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.accounts.rules import NewAccount
from opsdesk.journal.queries import history
from opsdesk.kernel.actor import CUSTOMER, EVERY_DESK, SYSTEM, Role
from opsdesk.kernel.refusal import Invalid, Refusal
from tests.accounts.builders import LATER, NOW, an_account, change, who

pytestmark = pytest.mark.django_db

TAKEN = [
    ({"key": "NORTH"}, rules.KeyTaken),
    ({"domains": ["North.Example"]}, rules.DomainTaken),
    ({"addresses": ["ANN@mail.example"]}, rules.AddressTaken),
]


def kinds(account: Account) -> list[str]:
    return [entry.kind for entry in reversed(history("account", account.id))]


def test_an_account_is_entered_as_it_is_meant() -> None:
    account = an_account(
        " North-Star ",
        name="  North   Star ",
        domains=["North.Example", "@mail.north.example", "north.example.", " "],
        addresses=["Ann@Gmail.com", "ann@gmail.com"],
        live_on=date(2026, 9, 1),
    )
    card = queries.card(account.id)
    assert (card.account.key, card.account.name) == ("north-star", "North Star")
    assert card.domains == ("mail.north.example", "north.example")
    assert card.addresses == ("ann@gmail.com",)
    assert kinds(account) == ["account.added"]


@pytest.mark.parametrize(("values", "refusal"), TAKEN)
def test_what_belongs_to_one_account_is_not_given_to_another(
    values: dict[str, Any], refusal: type[Refusal]
) -> None:
    an_account("north", domains=["north.example"], addresses=["ann@mail.example"])
    with pytest.raises(refusal, match="belongs to North already"):
        an_account(**({"key": "south"} | values))
    assert Account.objects.count() == 1


@pytest.mark.parametrize(("values", "refusal"), TAKEN)
def test_two_of_one_list_cannot_share_either(values: dict[str, Any], refusal: type[Refusal]) -> None:
    first = NewAccount("north", "North", ("north.example",), ("ann@mail.example",))
    second = NewAccount(**({"key": "south", "name": "South"} | values))
    with pytest.raises(refusal):
        actions.add_many([first, second], actor=SYSTEM, now=NOW)
    assert not Account.objects.exists()


@pytest.mark.parametrize("domain", ["gmail.com", "Outlook.com", "naver.com", "co.uk", "co.kr"])
def test_a_domain_of_everybody_is_refused(domain: str) -> None:
    with pytest.raises(rules.PublicDomain):
        an_account(domains=[domain])


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("key", {"key": ""}),
        ("key", {"key": "north star"}),
        ("key", {"key": "a" * 61}),
        ("name", {"name": " \x00"}),
        ("name", {"name": "a" * 161}),
        ("domains", {"domains": ["example"]}),
        ("domains", {"domains": ["ann@north.example"]}),
        ("domains", {"domains": ["north_.-.example"]}),
        ("domains", {"domains": ["http://north.example/"]}),
        ("addresses", {"addresses": ["north.example"]}),
        ("addresses", {"addresses": ["a b@north.example"]}),
        ("addresses", {"addresses": ["Ann <ann@north.example>"]}),
        ("left_on", {"live_on": date(2026, 9, 2), "left_on": date(2026, 9, 1)}),
    ],
)
def test_a_field_that_holds_nonsense_is_named(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        an_account(**values)
    assert refused.value.field == field
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("role", "desk", "allowed"),
    [
        (Role.VIEWER, "support", False),
        (Role.OPERATOR, "support", False),
        (Role.ENGINEER, "support", False),
        (Role.LEAD, "support", True),
        (Role.LEAD, "deals", True),
        (Role.ADMIN, EVERY_DESK, True),
    ],
)
def test_who_leads_any_desk_may_change_accounts(role: Role, desk: str, allowed: bool) -> None:
    if allowed:
        assert change(an_account(actor=who(role, desk)), name="Other", actor=who(role, desk)).name == "Other"
        return
    with pytest.raises(rules.AccountsAreTheLeads):
        an_account(actor=who(role, desk))
    with pytest.raises(rules.AccountsAreTheLeads):
        change(an_account(), name="Other", actor=who(role, desk))


def test_a_customer_changes_no_account() -> None:
    with pytest.raises(rules.AccountsAreTheLeads):
        an_account(actor=CUSTOMER)


class TestChanging:
    def test_a_change_says_which_fields_it_touched(self) -> None:
        account = an_account(domains=["north.example", "old.example"], addresses=["ann@mail.example"])
        changed = change(
            account,
            name="North Star",
            domains=["north.example", "new.example"],
            addresses=["ann@mail.example"],
            live_on=date(2026, 9, 1),
        )
        card = queries.card(account.id)
        assert (changed.name, changed.live_on) == ("North Star", date(2026, 9, 1))
        assert card.domains == ("new.example", "north.example")
        newest = history("account", account.id)[0]
        assert (newest.kind, newest.payload) == (
            "account.changed",
            {"fields": ["name", "live_on", "domains"]},
        )

    def test_the_same_again_records_nothing(self) -> None:
        account = an_account(domains=["north.example"])
        change(account, domains=["NORTH.example"])
        assert kinds(account) == ["account.added"]

    def test_what_is_taken_off_is_kept_with_its_end(self) -> None:
        account = an_account(domains=["north.example"], addresses=["ann@mail.example"])
        change(account)
        assert Domain.objects.get().removed_at == LATER
        assert Address.objects.get().removed_at == LATER
        assert queries.card(account.id).domains == ()

    def test_a_refused_change_changes_nothing(self) -> None:
        an_account("south", domains=["south.example"])
        account = an_account("north", domains=["north.example"])
        with pytest.raises(rules.DomainTaken):
            change(account, name="Other", domains=["south.example"])
        card = queries.card(account.id)
        assert (card.account.name, card.domains) == ("North", ("north.example",))

    def test_an_account_that_is_not_there_is_not_changed(self) -> None:
        with pytest.raises(rules.UnknownAccount):
            actions.change(
                account_id=404,
                name="x",
                domains=(),
                addresses=(),
                live_on=None,
                left_on=None,
                actor=SYSTEM,
                now=NOW,
            )


def test_the_database_too_keeps_a_domain_to_one_account() -> None:
    north, south = an_account("north", domains=["north.example"]), an_account("south")
    with pytest.raises(IntegrityError), transaction.atomic():
        Domain.objects.create(account=south, name="north.example")
    change(north)
    Domain.objects.create(account=south, name="north.example")


def test_many_accounts_take_few_statements(django_assert_max_num_queries: Any) -> None:
    many = [NewAccount(f"a{n}", f"A {n}", (f"a{n}.example",), (f"x{n}@mail.example",)) for n in range(300)]
    with django_assert_max_num_queries(15):
        rows = actions.add_many(many, actor=SYSTEM, now=NOW)
    assert [row.key for row in rows] == [each.key for each in many]
    assert kinds(rows[299]) == ["account.added"]
