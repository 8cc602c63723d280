"""Taking a person's address out of the accounts it was entered for."""

from datetime import datetime

from django.db import transaction

from opsdesk.accounts.indexed import of_account
from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.search.actions import Entry, put_many


@transaction.atomic
def forget_address(email: str, *, actor: Actor, now: datetime) -> list[int]:
    """Take an address away from every account that has or had it; their numbers."""
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    owners = Address.objects.filter(email=email).values("account_id")
    # Who indexes an account holds it: one of us waits for the other.
    list(
        Account.objects.filter(id__in=owners).order_by("id").select_for_update(no_key=True).values_list("id")
    )
    rows = list(Address.objects.filter(email=email).order_by("id"))
    for row in rows:
        Address.objects.filter(id=row.id).update(email=f"#{row.id}", removed_at=row.removed_at or now)
    accounts = sorted({row.account_id for row in rows})
    record_many([Draft("account.address_redacted", "account", id, actor, now) for id in accounts], now=now)
    put_many([_found_by(account) for account in Account.objects.filter(id__in=accounts)])
    return accounts


def _found_by(account: Account) -> Entry:
    domains = Domain.objects.filter(account=account, removed_at__isnull=True).order_by("id")
    addresses = Address.objects.filter(account=account, removed_at__isnull=True).order_by("id")
    return of_account(
        account, domains.values_list("name", flat=True), addresses.values_list("email", flat=True)
    )
