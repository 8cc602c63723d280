"""The worker and the carrier of the example: what is due is done, what is queued is said to be sent."""

from datetime import datetime

from opsdesk.cases import timers as case_timers
from opsdesk.clock.claims import claim, fire
from opsdesk.clock.queries import claimable
from opsdesk.demo.pens import Answered
from opsdesk.journal.rows import select_rows
from opsdesk.mail import replies
from opsdesk.mail.models import Message
from opsdesk.mail.timers import DELIVER

AT_ONCE = 200
NEWEST_OF_OURS = (
    "WHERE direction = 'out' AND id IN (SELECT message_id FROM mail_casemessage WHERE case_id = %s"
    " AND removed_at IS NULL) ORDER BY id DESC LIMIT 1"
)


class Carrier:
    """Takes away what the desk sends, and knows what customers then have. Nothing leaves this machine."""

    def fire_timers(self, *, now: datetime) -> None:
        """Do what is due, as the worker would; it counts from its due instant."""
        while due := claimable(case_timers.HANDLERS, now=now, limit=AT_ONCE):
            fire(due, case_timers.HANDLERS, now=now)

    def carry(self, *, now: datetime) -> None:
        """Say of everything queued that it was sent."""
        for task in claimable([DELIVER], now=now, limit=AT_ONCE):
            if claim(task.id, now=now):
                replies.mark_sent(task.subject_id, now=now)

    def newest_to_customer(self, case_id: int) -> Answered | None:
        """Our last mail on a case, as it lies in the customer's mailbox."""
        found = select_rows(Message, NEWEST_OF_OURS, [case_id])
        if not found:
            return None
        message = found[0]
        return Answered(
            message_id=message.message_id,
            reply_to=message.reply_to or message.from_address,
            sender=message.from_name or message.from_address,
            subject=message.subject,
            text=message.text,
            sent_at=message.received_at,
        )

    def text_of(self, case_id: int) -> tuple[int, str]:
        """The first message of a case and its text."""
        first = Message.objects.filter(case_messages__case_id=case_id, direction=Message.Direction.IN)
        return first.order_by("id").values_list("id", "text")[0]
