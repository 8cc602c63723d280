"""Who may come in: only people a lead or an admin invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up: a person is invited, sets a password by the link, and signs in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
