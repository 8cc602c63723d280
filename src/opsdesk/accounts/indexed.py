"""What of an account can be searched for."""

from collections.abc import Iterable

from opsdesk.accounts.models import Account
from opsdesk.search.actions import Entry
from opsdesk.search.models import Kind


def of_account(account: Account, domains: Iterable[str], addresses: Iterable[str]) -> Entry:
    """Its name and key, and what it is known by."""
    sections = (account.name, account.key, *domains, *addresses)
    return Entry(Kind.ACCOUNT, account.id, account.recorded_at, sections)
