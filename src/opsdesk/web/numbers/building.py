"""How far the facts are built that pages of numbers answer from."""

from datetime import datetime

from opsdesk.insight.facts.base import Progress
from opsdesk.insight.facts.serving import progress, ready


def building(now: datetime) -> Progress | None:
    """How far somebody is with building them; None where they are ready, and where nobody builds them."""
    found = progress()
    return None if found is None or ready(now) is not None else found
