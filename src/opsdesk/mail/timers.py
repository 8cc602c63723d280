"""The tasks of the mail room. Deliveries are held until a carrier is there to take them."""

from opsdesk.clock.models import LaneName

DELIVER = "mail.deliver"
TASK_KINDS = {DELIVER: LaneName.IO}
