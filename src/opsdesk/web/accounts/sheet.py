"""The customers as a file."""

from datetime import date

from django.utils.translation import gettext as _

from opsdesk.accounts import queries
from opsdesk.accounts.queries import AccountValue
from opsdesk.web.exports.sheets import PAGE, Sheet, through


def sheet(search: str, *, today: date, live: date | None = None) -> Sheet[AccountValue]:
    """The customers that a search leaves, by name, of a day those live on it."""

    def some(after: int | None) -> tuple[tuple[AccountValue, ...], int | None]:
        found = queries.page(search=search, live=live, after=after, size=PAGE)
        return found.rows, found.next_after

    return Sheet(
        "accounts",
        _("Accounts"),
        (
            (_("Name"), lambda row: row.name),
            (_("Key"), lambda row: row.key),
            (_("State"), lambda row: _state(row, today)),
            (_("Live from"), lambda row: row.live_on),
            (_("Last day"), lambda row: row.left_on),
        ),
        lambda: through(some),
    )


def _state(row: AccountValue, today: date) -> str:
    if row.is_live(today):
        return _("live")
    return _("left") if row.left_on and row.left_on < today else _("not live yet")
