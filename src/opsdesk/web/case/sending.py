"""A form on a case that is sent twice does once what it asks, by the key that it got when it was drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.utils.translation import gettext as _

from opsdesk.journal import idempotency
from opsdesk.journal.idempotency import Answer, KeyReused
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.web.http import Request
from opsdesk.web.sent import fingerprint

DONE = 200


class SentOtherwise(Refusal):
    message = gettext_noop(
        "You sent this form before, and that was done; now it says something else. Look at the case, and send"
        " it once more if this is to be done as well."
    )


@dataclass(frozen=True, slots=True)
class Sending:
    """One form as a person sent it. `key` is empty where the form had none: then each is another one."""

    person_id: int
    key: str
    fingerprint: str
    now: datetime

    def once(self, act: Callable[[], str]) -> Answer:
        """Do it, or say what was done when the same was sent before. Refuses `SentOtherwise`.

        Of two at the same moment the second waits for the first. What `act` refuses can be sent again.
        """
        if not self.key:
            return Answer(DONE, act())
        try:
            return idempotency.once_waiting(
                owner_id=self.person_id,
                key=self.key,
                fingerprint=self.fingerprint,
                act=lambda: Answer(DONE, act()),
                now=self.now,
            )
        except KeyReused:
            raise SentOtherwise from None

    def before(self) -> Answer | None:
        """What was done when the same was sent before, if it was. Refuses `SentOtherwise`."""
        try:
            return idempotency.given(
                owner_id=self.person_id, key=self.key, fingerprint=self.fingerprint, now=self.now
            )
        except KeyReused:
            raise SentOtherwise from None


def say_done(request: Request, done: Answer, said: str) -> None:
    """Tell the person what was done, and if it had been done before."""
    if done.replayed:
        said = _("You had sent this before, and it was done once. %(said)s") % {"said": said}
    messages.add_message(request, messages.INFO if done.replayed else messages.SUCCESS, said)


def sending(request: Request, of: str) -> Sending:
    """The form that a request brought, `of` a case and a move."""
    key = request.POST.get("form_key", "").replace("\0", "")[:64]
    return Sending(request.person.id, f"{of} {key}" if key else "", fingerprint(request), request.now)
