"""Reading customers, and finding whose a sender is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.accounts.rules import UnknownAccount, candidates


@dataclass(frozen=True, slots=True)
class AccountValue:
    """A customer as shown on a case. The day `left_on` is its last one live."""

    id: int
    key: str
    name: str
    live_on: date | None
    left_on: date | None

    def is_live(self, on: date) -> bool:
        went_live = self.live_on is not None and self.live_on <= on
        return went_live and (self.left_on is None or self.left_on >= on)


@dataclass(frozen=True, slots=True)
class AccountCard:
    """A customer with the domains and addresses it is known by."""

    account: AccountValue
    domains: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of customers by name; `next_after` is the id to go on after, None on the last page."""

    rows: tuple[AccountValue, ...]
    next_after: int | None


def find(email: str) -> AccountValue | None:
    """Whose address this is: by the address, else by its domain, else by a parent domain: two queries.

    `ann+cars@mail.dealer.example` is `ann@mail.dealer.example`, then `mail.dealer.example`, then
    `dealer.example`. None for a stranger and for what is no address.
    """
    return find_many([email])[email]


def find_many(emails: Collection[str]) -> dict[str, AccountValue | None]:
    """Whose addresses these are, each as `find` has it; two queries for all of them."""
    wanted = {email: candidates(email) for email in emails}
    addresses = {address for known, _ in wanted.values() for address in known}
    domains = {domain for _, known in wanted.values() for domain in known}
    by_address = _owners(Address, "email", addresses)
    by_domain = _owners(Domain, "name", domains)
    return {
        email: next(
            (owner for owner in (*map(by_address.get, own), *map(by_domain.get, hosts)) if owner is not None),
            None,
        )
        for email, (own, hosts) in wanted.items()
    }


def _owners(model: type[Address] | type[Domain], column: str, names: set[str]) -> dict[str, AccountValue]:
    if not names:
        return {}
    held = model.objects.filter(**{f"{column}__in": names}, removed_at__isnull=True).select_related("account")
    return {getattr(each, column): _value(each.account) for each in held}


def get(account_id: int) -> AccountValue:
    """One customer. Refuses `UnknownAccount`."""
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise UnknownAccount
    return _value(account)


def by_key(key: str) -> AccountValue | None:
    """The customer of that key."""
    account = Account.objects.filter(key=key.strip().lower().replace("\x00", "")).first()
    return _value(account) if account else None


def card(account_id: int) -> AccountCard:
    """One customer with all it is known by. Refuses `UnknownAccount`."""
    account = get(account_id)
    domains = Domain.objects.filter(account_id=account_id, removed_at__isnull=True).order_by("name")
    addresses = Address.objects.filter(account_id=account_id, removed_at__isnull=True).order_by("email")
    return AccountCard(
        account=account,
        domains=tuple(domains.values_list("name", flat=True)),
        addresses=tuple(addresses.values_list("email", flat=True)),
    )


def page(*, search: str = "", after: int | None = None, size: int = 50) -> AccountPage:
    """Customers by name whose name, key, domain or address holds `search`; `after` is a row's id."""
    rows = _matching(search.replace("\x00", "").strip())
    last = Account.objects.filter(id=after).first() if after is not None else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, id__gt=last.id))
    found = list(rows.order_by("name", "id")[: size + 1])
    return AccountPage(
        rows=tuple(_value(each) for each in found[:size]),
        next_after=found[size - 1].id if len(found) > size else None,
    )


def everybody() -> list[AccountValue]:
    """All customers by name, for a filter's choice."""
    return [_value(each) for each in Account.objects.order_by("name", "id")]


def names(ids: set[int]) -> dict[int, str]:
    """The names of these customers; unknown ids are left out."""
    return dict(Account.objects.filter(id__in=ids).values_list("id", "name"))


def live_count(on: date) -> int:
    """Live customers of a day: `live_on` on or before it and no earlier `left_on`."""
    return Account.objects.filter(Q(left_on__isnull=True) | Q(left_on__gte=on), live_on__lte=on).count()


def _matching(search: str) -> "QuerySet[Account]":
    if not search:
        return Account.objects.all()
    by_domain = Domain.objects.filter(name__icontains=search, removed_at__isnull=True).values("account_id")
    by_address = Address.objects.filter(email__icontains=search, removed_at__isnull=True).values("account_id")
    return Account.objects.filter(
        Q(name__icontains=search) | Q(key__icontains=search) | Q(id__in=by_domain) | Q(id__in=by_address)
    )


def _value(account: Account) -> AccountValue:
    return AccountValue(account.id, account.key, account.name, account.live_on, account.left_on)
