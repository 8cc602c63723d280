"""The timers of a deal: kinds of tasks and their keys."""

from opsdesk.clock.models import LaneName
from opsdesk.deals.lifecycle import Timer

SUBJECT = "deal"
AUTO_APPROVE = f"{SUBJECT}.{Timer.AUTO_APPROVE.lower()}"
DISPUTE_TTL = f"{SUBJECT}.{Timer.DISPUTE_TTL.lower()}"
HOLDBACK_RELEASE = f"{SUBJECT}.{Timer.HOLDBACK_RELEASE.lower()}"
KIND_OF: dict[Timer, str] = {
    Timer.AUTO_APPROVE: AUTO_APPROVE,
    Timer.DISPUTE_TTL: DISPUTE_TTL,
    Timer.HOLDBACK_RELEASE: HOLDBACK_RELEASE,
}
TASK_KINDS = dict.fromkeys(KIND_OF.values(), LaneName.DEADLINES)
