"""Who works here, as a file."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.people.queries import PersonRow, RoleRow
from opsdesk.web.exports.sheets import Sheet


def sheet(rows: Sequence[PersonRow]) -> Sheet[PersonRow]:
    """Everybody with roles and seats, as the page has them."""
    return Sheet(
        "people",
        _("People"),
        (
            (_("Name"), lambda row: row.name),
            (_("E-mail"), lambda row: row.email),
            (_("Roles"), lambda row: ", ".join(map(_role, row.roles))),
            (_("Sits in"), lambda row: ", ".join(f"{seat.desk}/{seat.queue}" for seat in row.seats)),
            (_("Access"), _access),
            (_("Last signed in"), lambda row: row.last_login_at),
        ),
        lambda: rows,
    )


def _role(row: RoleRow) -> str:
    """As `lead, support`; one that does not hold yet with its day."""
    parts = [row.role.value, *([row.desk] if row.desk != EVERY_DESK else [])]
    begins = "" if row.holds else f" ({row.from_on.isoformat()})"
    return "/".join(reversed(parts)) + begins


def _access(row: PersonRow) -> str:
    if not row.active:
        return _("ended")
    return _("can sign in") if row.can_sign_in else _("invited, no password yet")
