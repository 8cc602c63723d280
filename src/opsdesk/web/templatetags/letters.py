"""What a case page says of letters that did not arrive."""

from collections.abc import Mapping

from django.template import Library

from opsdesk.mail.outbox import OutRow

register = Library()


@register.filter
def of(letters: Mapping[int, OutRow], message_id: int) -> OutRow | None:
    """The letter of that message, where there is something to say of it."""
    return letters.get(message_id)
