"""Reading customers, and finding whose a sender is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.accounts.rules import UnknownAccount, candidates
from opsdesk.journal.rows import places, select_rows


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
    wanted = {email: [name for names in candidates(email) for name in names] for email in emails}
    owners = _owners({name for names in wanted.values() for name in names})
    owner = {
        email: next((owners[name] for name in names if name in owners), 0) for email, names in wanted.items()
    }
    ids = set(owner.values()) - {0}
    known = select_rows(Account, f"WHERE id IN ({places(ids)})", tuple(ids)) if ids else []
    values = {each.id: _value(each) for each in known}
    return {email: values.get(id) for email, id in owner.items()}


def _owners(names: Collection[str]) -> dict[str, int]:
    """By address and domain, the account it belongs to; as ready SQL, since every mail that comes in asks."""
    if not names:
        return {}
    asked = f"IN ({places(names)}) AND removed_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT email, account_id FROM accounts_address WHERE email {asked}"
            f" UNION ALL SELECT name, account_id FROM accounts_domain WHERE name {asked}",
            (*names, *names),
        )
        return dict(cursor.fetchall())


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


def page(
    *, search: str = "", live: date | None = None, after: int | None = None, size: int = 50
) -> AccountPage:
    """Customers by name whose name, key, domain or address holds `search`, of a day those `live` on it;
    `after` is a row's id."""
    rows = _matching(search.replace("\x00", "").strip())
    if live is not None:
        rows = rows.filter(_live(live))
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
    return Account.objects.filter(_live(on)).count()


def _live(on: date) -> Q:
    return (Q(left_on__isnull=True) | Q(left_on__gte=on)) & Q(live_on__lte=on)


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
