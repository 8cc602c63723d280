"""Customers for this room's tests."""

from datetime import UTC, datetime
from typing import Any

from opsdesk.accounts import actions
from opsdesk.accounts.models import Account
from opsdesk.kernel.actor import SYSTEM, Actor, ActorKind, Grant, Role

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
LATER = datetime(2026, 10, 9, 9, tzinfo=UTC)


def an_account(key: str = "north", **values: Any) -> Account:
    given = {"key": key, "name": key.title(), "actor": SYSTEM, "now": NOW} | values
    return actions.add(**given)


def change(account: Account, **values: Any) -> Account:
    """Change what is named; the rest stays as `an_account` made it."""
    given: dict[str, Any] = {
        "name": account.name,
        "domains": (),
        "addresses": (),
        "live_on": account.live_on,
        "left_on": account.left_on,
        "actor": SYSTEM,
        "now": LATER,
    }
    return actions.change(account_id=account.id, **(given | values))


def who(role: Role, desk: str = "support") -> Actor:
    return Actor(ActorKind.PERSON, 7, "Ann", frozenset({Grant(desk, role)}))
