"""Entering and changing customers. Each action is one transaction with its journal entry."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from opsdesk.accounts import rules
from opsdesk.accounts.indexed import of_account
from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.accounts.rules import NewAccount
from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.rows import insert_rows
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Refusal
from opsdesk.search import actions as search


def add(
    *,
    key: str,
    name: str,
    domains: Iterable[str] = (),
    addresses: Iterable[str] = (),
    live_on: date | None = None,
    left_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> Account:
    """Enter one customer. Refuses `KeyTaken`, `DomainTaken`, `AddressTaken`, `PublicDomain`."""
    account = NewAccount(key, name, tuple(domains), tuple(addresses), live_on, left_on)
    return add_many([account], actor=actor, now=now)[0]


@transaction.atomic
def add_many(accounts: Sequence[NewAccount], *, actor: Actor, now: datetime) -> list[Account]:
    """Enter several customers, all or none, in their order."""
    rules.check_may_change(actor)
    wanted = [rules.cleaned(each) for each in accounts]
    _check_free(wanted)
    try:
        with transaction.atomic():
            rows = _written(wanted, now)
    except IntegrityError:
        _check_free(wanted)
        raise
    record_many([_draft("account.added", row, actor, now) for row in rows], now=now)
    pairs = zip(rows, wanted, strict=True)
    search.put_many([of_account(row, each.domains, each.addresses) for row, each in pairs])
    return rows


@transaction.atomic
def change(
    *,
    account_id: int,
    name: str,
    domains: Iterable[str],
    addresses: Iterable[str],
    live_on: date | None,
    left_on: date | None,
    actor: Actor,
    now: datetime,
) -> Account:
    """Give a customer another name, dates, domains and addresses (the whole lists); its key stays.

    The same values again record nothing.
    """
    rules.check_may_change(actor)
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise rules.UnknownAccount
    wanted = rules.cleaned(NewAccount(account.key, name, tuple(domains), tuple(addresses), live_on, left_on))
    _check_free([wanted], own_id=account_id)
    changed = _set(account, name=wanted.name, live_on=wanted.live_on, left_on=wanted.left_on)
    changed += ["domains"] if _replace_domains(account, wanted.domains, now) else []
    changed += ["addresses"] if _replace_addresses(account, wanted.addresses, now) else []
    if changed:
        search.put_many([of_account(account, wanted.domains, wanted.addresses)])
        record_many([_draft("account.changed", account, actor, now, fields=changed)], now=now)
    return account


def _written(wanted: Sequence[NewAccount], now: datetime) -> list[Account]:
    rows = [
        Account(key=each.key, name=each.name, live_on=each.live_on, left_on=each.left_on, recorded_at=now)
        for each in wanted
    ]
    insert_rows(rows)
    pairs = list(zip(rows, wanted, strict=True))
    insert_rows([Domain(account=row, name=name) for row, each in pairs for name in each.domains])
    insert_rows([Address(account=row, email=email) for row, each in pairs for email in each.addresses])
    return rows


def _set(account: Account, **values: Any) -> list[str]:
    """Write what differs and say which fields did."""
    changed = [field for field, value in values.items() if getattr(account, field) != value]
    for field in changed:
        setattr(account, field, values[field])
    account.save(update_fields=changed)
    return changed


def _replace_domains(account: Account, wanted: Collection[str], now: datetime) -> bool:
    held = Domain.objects.filter(account=account, removed_at__isnull=True)
    names = set(held.values_list("name", flat=True))
    fresh = [name for name in wanted if name not in names]
    gone = held.exclude(name__in=wanted).update(removed_at=now)
    Domain.objects.bulk_create(Domain(account=account, name=name) for name in fresh)
    return bool(fresh or gone)


def _replace_addresses(account: Account, wanted: Collection[str], now: datetime) -> bool:
    held = Address.objects.filter(account=account, removed_at__isnull=True)
    emails = set(held.values_list("email", flat=True))
    fresh = [email for email in wanted if email not in emails]
    gone = held.exclude(email__in=wanted).update(removed_at=now)
    Address.objects.bulk_create(Address(account=account, email=email) for email in fresh)
    return bool(fresh or gone)


def _check_free(wanted: Sequence[NewAccount], own_id: int = 0) -> None:
    """No key, domain or address is another account's, be it a stored one or one of `wanted`."""
    keys = [each.key for each in wanted]
    domains = [domain for each in wanted for domain in each.domains]
    addresses = [address for each in wanted for address in each.addresses]
    by_key = Account.objects.filter(key__in=keys).exclude(id=own_id).values_list("key", "name")
    by_domain = Domain.objects.filter(removed_at__isnull=True, name__in=domains).exclude(account_id=own_id)
    held = Address.objects.filter(removed_at__isnull=True, email__in=addresses).exclude(account_id=own_id)
    key_of, domain_of = dict(by_key), dict(by_domain.values_list("name", "account__name"))
    address_of = dict(held.values_list("email", "account__name"))
    for each in wanted:
        _claim(key_of, [each.key], each.name, rules.KeyTaken)
        _claim(domain_of, each.domains, each.name, rules.DomainTaken)
        _claim(address_of, each.addresses, each.name, rules.AddressTaken)


def _claim(holders: dict[str, str], wanted: Iterable[str], name: str, refusal: type[Refusal]) -> None:
    for what in wanted:
        if what in holders:
            raise refusal(what=what, name=holders[what])
        holders[what] = name


def _draft(kind: str, account: Account, actor: Actor, now: datetime, **payload: Any) -> Draft:
    return Draft(
        kind=kind,
        subject_kind="account",
        subject_id=account.id,
        actor=actor,
        happened_at=now,
        payload=payload,
    )
