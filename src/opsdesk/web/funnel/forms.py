"""What the filter bar makes of an address: accounts by key or by name, families that stand among types."""

from django.http import QueryDict

from opsdesk.accounts import queries as accounts
from opsdesk.insight.cohort import NONE
from opsdesk.kernel.refusal import Invalid, gettext_noop


def account_keys(text: str) -> tuple[str, ...]:
    """The keys of the accounts that a text names by key or by name, with commas between; `-` is what has no
    account. Refuses `Invalid`."""
    if whole := _account_key(text):
        return (whole,)
    parts = text.split(",") if "," in text else [text]
    found = [_account_key(part.strip()) for part in parts if part.strip()]
    if not all(found):
        raise Invalid("account", gettext_noop("No account has this key. Choose one from the list."))
    return tuple(dict.fromkeys(found))


def _account_key(text: str) -> str:
    """The key of the account with this key, or with this name if only one has it; empty where none is."""
    if text == NONE:
        return NONE
    known = accounts.by_key(text)
    if known is not None:
        return known.key
    found = [row.key for row in accounts.page(search=text).rows if row.name.casefold() == text.casefold()]
    return found[0] if len(found) == 1 else ""


def families_apart(given: QueryDict) -> QueryDict:
    """The address with families among its types as families: `type=core` has long meant all of core."""
    found, types = given.copy(), given.getlist("type")
    families = [value for value in types if value and value != NONE and "." not in value]
    if families:
        found.setlist("type", [value for value in types if value not in families])
        found.setlist("family", list(dict.fromkeys([*found.getlist("family"), *families])))
    return found
