"""What becomes of a mail, as far as it can be told without asking the database. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from opsdesk.mail.models import Outcome
from opsdesk.mail.parsing import ParsedMail

BEFORE_THE_START = "before the start"
LOOP = "loop"
RATE = "rate"
MOST_HOPS = 30
BY_HAND = "by hand"
SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reason (a code) and, for people, its detail."""

    outcome: str
    reason: str = ""
    detail: str = ""


class Identified(Protocol):
    """What tells a mail from others: its Message-ID ("": none), and the digest of what it says."""

    @property
    def message_id(self) -> str: ...

    @property
    def content_digest(self) -> str: ...


def identity_of(mail: Identified, digest: str) -> str:
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
    """Why a mail opens nothing: written by ourselves, going in circles, by a machine, before the start."""
    going_round = _going_round(mail, own_addresses)
    if going_round:
        return Verdict(Outcome.SET_ASIDE, LOOP, going_round)
    if mail.machine and not _is_our_own_list(mail, own_addresses):
        return Verdict(Outcome.SET_ASIDE, mail.machine, mail.list_id)
    if start_at is not None and received < start_at:
        return Verdict(Outcome.SET_ASIDE, BEFORE_THE_START)
    return None


def _going_round(mail: ParsedMail, own_addresses: frozenset[str]) -> str:
    """What says that the mail is one of ours come back: its sender, its mark, or its way; "" for none."""
    if without_plus(mail.sender.address, own_addresses):
        return mail.sender.address
    mark = next((one for one in mail.loops if without_plus(one, own_addresses)), "")
    if mark:
        return f"X-Loop: {mark}"
    return f"Received: {mail.hops}" if mail.hops > MOST_HOPS else ""


def without_plus(address: str, own_addresses: frozenset[str]) -> str:
    """The address of ours that this is, itself or with a plus-part; "" for another's."""
    if address in own_addresses:
        return address
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return plain if plain in own_addresses else ""


def _is_our_own_list(mail: ParsedMail, own_addresses: frozenset[str]) -> bool:
    """Many a desk's address is a group: what it passes on bears a List-Id and is customers' mail."""
    name = mail.list_id.rpartition("<")[2].strip("<> ").lower()
    return mail.machine == "list" and name in {address.replace("@", ".") for address in own_addresses}


def nearest_first(mail: ParsedMail) -> tuple[str, ...]:
    """The ids a mail answers, the one it names as its parent first, then from the newest to the oldest."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
