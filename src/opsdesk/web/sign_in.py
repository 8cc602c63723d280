"""Who may come in: only people a lead or an admin invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up: a person is invited, sets a password by the link, and signs in.

    A refusal is worded the same whether the address is anybody's or not.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This address and this password don't belong together. Check how both are written, capital"
            " letters too. If the password is lost, or there was none yet, ask an admin for a link."
        ),
        "too_many_login_attempts": _(
            "Too many tries with this address, or from here. Wait five minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
