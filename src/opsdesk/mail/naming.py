"""Which cases a mail names by what we gave out: a case's own address, its token in the subject. Pure."""

from collections.abc import Collection

from opsdesk.mail.case_address import case_in_subject, case_of
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.parsing import ParsedMail


def by_address(mail: ParsedMail, own_addresses: Collection[str]) -> int | None:
    """The case whose own address the mail was sent to or delivered at."""
    written = (one.address for one in (*mail.to, *mail.cc))
    tagged = [address for address in (*written, *mail.delivered_to) if "+c" in address]
    return case_of(tagged, own_addresses, key=reply_key()) if tagged else None


def by_subject(mail: ParsedMail) -> int | None:
    """The case whose token stands in the subject."""
    return case_in_subject(mail.subject, key=reply_key()) if "[#" in mail.subject else None
