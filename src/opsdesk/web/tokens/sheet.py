"""The tokens as a file; none of their secrets."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from opsdesk.people.tokens import TokenRow
from opsdesk.web.exports.sheets import Sheet


def sheet(rows: Sequence[TokenRow]) -> Sheet[TokenRow]:
    """All of them, valid ones first."""
    return Sheet(
        "tokens",
        _("Tokens"),
        (
            (_("Token"), lambda row: row.name),
            (_("Ends with"), lambda row: row.tail),
            (_("State"), _state),
            (_("It may"), lambda row: ", ".join(row.abilities)),
            (_("Scopes"), lambda row: ", ".join(row.scopes)),
            (_("Made"), lambda row: row.created_at),
            (_("Valid until"), lambda row: row.expires_at),
            (_("Revoked"), lambda row: row.revoked_at),
            (_("Last used"), lambda row: row.last_used_at),
        ),
        lambda: rows,
    )


def _state(row: TokenRow) -> str:
    if row.revoked_at:
        return _("revoked")
    return _("valid") if row.is_valid else _("ended")
