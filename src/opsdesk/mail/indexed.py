"""What of a message can be searched for."""

from collections.abc import Iterable

from opsdesk.mail.models import Message
from opsdesk.search.actions import Entry
from opsdesk.search.models import Kind


def of_message(message: Message, filenames: Iterable[str] = ()) -> Entry:
    """Its words, its subject, from and to whom it went, its Message-ID, the names of its files."""
    people = " ".join(f"{name} {address}" for name, address in (*message.to, *message.cc))
    sections = (message.subject, message.text, people, message.message_id, *filter(None, filenames))
    sender = f"{message.from_name} {message.from_address}"
    return Entry(Kind.MESSAGE, message.id, message.received_at, sections, sender)
