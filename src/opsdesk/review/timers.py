"""The tasks of the review room: making digests, and mailing one to somebody."""

from opsdesk.clock.models import LaneName

MAKE = "digest.make"
MAIL = "digest.mail"
TASK_KINDS = {MAKE: LaneName.IO, MAIL: LaneName.IO}
