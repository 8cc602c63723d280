"""The task that takes one event to one endpoint."""

from opsdesk.clock.models import LaneName

SUBJECT = "endpoint"
DELIVER = "links.deliver"
TASK_KINDS = {DELIVER: LaneName.IO}


def key_of(delivery_id: int | str) -> str:
    """The unique key of a delivery's task."""
    return f"{DELIVER}:{delivery_id}"
