"""What an installation needs besides its tables."""

from datetime import datetime

from opsdesk.cases.settings import publish_shipped_desks
from opsdesk.clock.actions import publish_shipped
from opsdesk.deals import publishing
from opsdesk.journal.actions import ensure_generation
from opsdesk.mail import indexing
from opsdesk.playbook import actions as playbook


def prepare(*, now: datetime) -> None:
    """Begin the change sequence, publish what is shipped, note what is to be indexed.

    All of it only where missing.
    """
    ensure_generation(now=now)
    publish_shipped(now=now)
    publish_shipped_desks(now=now)
    publishing.publish_shipped(now=now)
    playbook.publish_shipped(now=now)
    indexing.note(now)
