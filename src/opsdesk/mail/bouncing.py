"""Reports that mail of ours did not arrive, put down on the message they are about and on its case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import child, inhand, marks
from opsdesk.mail.bounces import Failure, Report
from opsdesk.mail.filing import Placed
from opsdesk.mail.inhand import InHand
from opsdesk.mail.models import Bounce, CaseMessage, Message
from opsdesk.mail.parsing import ParsedMail
from opsdesk.mail.refusals import NotUnderstood

_UNNAMED = Failure("", "", permanent=True, detail="")


@dataclass(frozen=True, slots=True)
class BounceRow:
    """One address that a message of ours did not reach. `permanent` False: the server still tries."""

    message_id: int
    recipient: str
    status: str
    permanent: bool
    detail: str
    reported_at: datetime


def reports_of(found: Sequence[tuple[InHand, ParsedMail | NotUnderstood]]) -> dict[int, Report]:
    """What the bounces among these mails say, by arrival. Asks the parser: never within a transaction."""
    reports: dict[int, Report] = {}
    for arrival, mail in found:
        if isinstance(mail, ParsedMail) and mail.machine == marks.BOUNCE:
            try:
                reports[arrival.id] = child.VIEWING.report(inhand.raw(arrival))
            except NotUnderstood:
                continue
    return reports


def note(placed: Sequence[Placed], reports: Mapping[int, Report], *, now: datetime) -> None:
    """Write down what was reported, in the caller's transaction; the same report again changes nothing."""
    for one in placed:
        report = reports.get(one.arrival.id)
        if report is not None and one.filed is not None and one.received_at is not None:
            _note(one.filed.message, report, one.received_at, now)


def of_messages(message_ids: Sequence[int]) -> dict[int, list[BounceRow]]:
    """The bounces of these messages of ours, oldest first."""
    found: dict[int, list[BounceRow]] = {}
    for row in Bounce.objects.filter(outgoing_id__in=message_ids).order_by("reported_at", "id"):
        shown = BounceRow(
            row.outgoing_id, row.recipient, row.status, row.permanent, row.detail, row.reported_at
        )
        found.setdefault(row.outgoing_id, []).append(shown)
    return found


def _note(message: Message, report: Report, reported_at: datetime, now: datetime) -> None:
    outgoing = _about(report, message.thread_id)
    if outgoing is None:
        return
    for failure in report.failures or (_UNNAMED,):
        _, made = Bounce.objects.get_or_create(
            outgoing=outgoing,
            report=message,
            recipient=failure.recipient[:254],
            defaults={
                "status": failure.status[:20],
                "permanent": failure.permanent,
                "detail": failure.detail[:1000],
                "reported_at": reported_at,
            },
        )
        if made:
            _record(outgoing, message, failure, reported_at, now)


def _about(report: Report, thread_id: int) -> Message | None:
    """The message of ours that came back: named by its id; else the newest one of the report's thread."""
    ours = Message.objects.filter(direction=Message.Direction.OUT)
    named = {one.message_id: one for one in ours.filter(message_id__in=report.about)}
    for id in report.about:
        if id in named:
            return named[id]
    return ours.filter(thread_id=thread_id).order_by("-received_at", "-id").first()


def _record(
    outgoing: Message, report: Message, failure: Failure, reported_at: datetime, now: datetime
) -> None:
    links = CaseMessage.objects.filter(message=outgoing, removed_at__isnull=True).order_by("id")
    case_id = links.values_list("case_id", flat=True).first()
    record(
        kind="message.bounced" if failure.permanent else "message.delayed",
        subject_kind="case" if case_id else "message",
        subject_id=case_id or outgoing.id,
        actor=SYSTEM,
        happened_at=reported_at,
        now=now,
        payload={"message": outgoing.id, "report": report.id},
    )
