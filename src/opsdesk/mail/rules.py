"""What becomes of a mail, as far as it can be told without asking the database. Pure."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.mail.models import Outcome
from opsdesk.mail.parsing import ParsedMail

BEFORE_THE_START = "before the start"
LOOP = "loop"
BY_HAND = "by hand"
SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reason (a code) and, for people, its detail."""

    outcome: str
    reason: str = ""
    detail: str = ""


def identity_of(mail: ParsedMail, digest: str) -> str:
    """What the same message has again: Message-ID and content, or the raw bytes without a usable id."""
    return f"{mail.message_id} {mail.content_digest}" if mail.message_id else f"sha256:{digest}"


def received_at(given: datetime | None, mail: ParsedMail, recorded_at: datetime) -> datetime:
    """When the mail reached the server: as the source says, else the newest Received, Date, or our storing.

    A clock that runs ahead puts nothing into the future.
    """
    return min(given or mail.received_at or mail.sent_at or recorded_at, recorded_at)


def set_aside_for(
    mail: ParsedMail, *, received: datetime, start_at: datetime | None, own_addresses: frozenset[str]
) -> Verdict | None:
    """Why a mail opens nothing: written by ourselves, by a machine, or before the source's start."""
    if mail.sender.address in own_addresses:
        return Verdict(Outcome.SET_ASIDE, LOOP, mail.sender.address)
    if mail.machine and not _is_our_own_list(mail, own_addresses):
        return Verdict(Outcome.SET_ASIDE, mail.machine, mail.list_id)
    if start_at is not None and received < start_at:
        return Verdict(Outcome.SET_ASIDE, BEFORE_THE_START)
    return None


def _is_our_own_list(mail: ParsedMail, own_addresses: frozenset[str]) -> bool:
    """Many a desk's address is a group: what it passes on bears a List-Id and is customers' mail."""
    name = mail.list_id.rpartition("<")[2].strip("<> ").lower()
    return mail.machine == "list" and name in {address.replace("@", ".") for address in own_addresses}


def nearest_first(mail: ParsedMail) -> tuple[str, ...]:
    """The ids a mail answers, the one it names as its parent first, then from the newest to the oldest."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
