"""Sending as a mailbox that the desk reads: its access token, from the permission that was given once."""

from dataclasses import dataclass, field

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.signin import SignIn
from opsdesk.mailboxes.trouble import UNAUTHORISED, WORDS, Trouble


class NoToken(Refusal):
    message = gettext_noop("There is no access token for %(user)s. %(reason)s")


@dataclass(slots=True)
class Tokens:
    """The access tokens of mailboxes, by user; each is remembered while it is good."""

    _by_mailbox: dict[int, SignIn] = field(default_factory=dict)

    def of(self, user: str) -> str:
        """The token of the mailbox that this user signs in to. Refuses `NoToken`."""
        boxes = Mailbox.objects.filter(username__iexact=user, auth=Mailbox.Auth.XOAUTH2)
        box = boxes.order_by("id").values_list("id", flat=True).first()
        if box is None:
            raise NoToken(user=user, reason=WORDS[UNAUTHORISED])
        try:
            return self._by_mailbox.setdefault(box, SignIn(box)).token()
        except Trouble as trouble:
            raise NoToken(user=user, reason=WORDS[trouble.code]) from None
