"""The tasks of the mail room. Deliveries are held until a carrier is there to take them."""

from opsdesk.clock.models import LaneName

DELIVER = "mail.deliver"
KEEP_NO_LONGER = "mail.keep_no_longer"
TASK_KINDS = {DELIVER: LaneName.IO, KEEP_NO_LONGER: LaneName.IO}
