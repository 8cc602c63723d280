"""What a reader knows of its mailbox: what it was set up with, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime

from opsdesk.mail.models import Source
from opsdesk.mailboxes.models import Mailbox


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox as it was set up. Mail from before `start_at` is history, fetched if `history`."""

    id: int
    key: str
    source: Source = field(repr=False)
    folder: str
    version: int


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor: everything up to `last_uid` of this numbering is stored or noted as missing.

    Numbers below `first_uid` were given before the first look; `uidvalidity` is 0 before it. `history`: mail
    from before the start is fetched.
    """

    label: str
    uidvalidity: int
    last_uid: int
    first_uid: int
    history: bool


def box_of(row: Mailbox) -> Box:
    return Box(row.id, row.source.key, row.source, row.folder, row.version)


def place_of(row: Mailbox) -> Place:
    return Place(row.label, row.uidvalidity or 0, row.last_uid, row.first_uid, row.history)


def is_history(box: Box, internal_at: datetime | None) -> bool:
    """Whether a mail reached the server before the source's start."""
    start = box.source.start_at
    return start is not None and internal_at is not None and internal_at < start
