"""What had been erased since a backup was made, as it stands in the restored database: to be erased again.

Rows are recognised by what stays of them when they are erased, so that no other one is named where numbers
went another way since.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsdesk.cases.redaction import ERASED
from opsdesk.commands.archive import census
from opsdesk.commands.archive.census import Records
from opsdesk.commands.archive.names_back import GONE_NAMES, names_back

# What tells a row, by what was erased of it. Each is asked for in the old database.
_GONE = {
    "messages": "SELECT identity FROM mail_message WHERE redacted_at IS NOT NULL",
    "arrivals": "SELECT a.blob_id FROM mail_arrival a JOIN vault_blob b ON b.digest = a.blob_id"
    " WHERE b.redacted_at IS NOT NULL",
    "notes": "SELECT case_id, author_id, written_at FROM cases_note WHERE text = ''",
    "evidence": "SELECT e.blob_id, e.deal_id FROM disputes_evidence e JOIN vault_blob b"
    " ON b.digest = e.blob_id WHERE b.redacted_at IS NOT NULL",
    "rows": f"SELECT imported_id, number FROM history_rowaside WHERE words = '{ERASED}'",
    "cases": f"SELECT o.case_id, o.tool, o.key FROM history_origin o JOIN cases_case c ON c.id = o.case_id"
    f" WHERE c.subject = '{ERASED}'",
    "excerpts": "SELECT o.case_id, o.tool, o.key FROM history_origin o JOIN cases_case c"
    " ON c.id = o.case_id WHERE c.excerpt = ''",
    **GONE_NAMES,
    "meeting_notes": "SELECT n.blob_id, n.review_id FROM review_reviewnote n JOIN vault_blob b"
    " ON b.digest = n.blob_id WHERE b.redacted_at IS NOT NULL",
    "points": "SELECT id, opened_in_id, created_at FROM review_point WHERE words = ''",
    "requesters": "SELECT id, opened_at, recorded_at FROM cases_case WHERE requester_email = ''",
    "senders": "SELECT identity FROM mail_message WHERE from_address = ''",
    "addresses": "SELECT id, account_id FROM accounts_address WHERE email LIKE '#%'",
    "bounces": "SELECT b.id, m.identity FROM mail_bounce b JOIN mail_message m ON m.id = b.report_id"
    " WHERE b.recipient LIKE '#%'",
}
# The same of the rows that have their words, in the restored one: the number or address, then what tells it.
_THERE = {
    "messages": "SELECT id, identity FROM mail_message WHERE redacted_at IS NULL",
    "arrivals": "SELECT a.id, a.blob_id FROM mail_arrival a JOIN vault_blob b ON b.digest = a.blob_id"
    " LEFT JOIN mail_message m ON m.id = a.message_id"
    " WHERE b.redacted_at IS NULL AND (m.id IS NULL OR m.blob_id <> a.blob_id)",
    "notes": "SELECT id, case_id, author_id, written_at FROM cases_note WHERE text <> ''",
    "evidence": "SELECT e.id, e.blob_id, e.deal_id FROM disputes_evidence e JOIN vault_blob b"
    " ON b.digest = e.blob_id WHERE b.redacted_at IS NULL",
    "rows": f"SELECT id, imported_id, number FROM history_rowaside WHERE words <> '{ERASED}'",
    "cases": "SELECT o.case_id, o.case_id, o.tool, o.key FROM history_origin o JOIN cases_case c"
    f" ON c.id = o.case_id WHERE c.subject <> '{ERASED}'",
    "excerpts": "SELECT o.case_id, o.case_id, o.tool, o.key FROM history_origin o JOIN cases_case c"
    " ON c.id = o.case_id WHERE c.excerpt <> ''",
    "meeting_notes": "SELECT n.id, n.blob_id, n.review_id FROM review_reviewnote n JOIN vault_blob b"
    " ON b.digest = n.blob_id WHERE b.redacted_at IS NULL",
    "points": "SELECT id, id, opened_in_id, created_at FROM review_point WHERE words <> ''",
    "requesters": "SELECT requester_email, id, opened_at, recorded_at FROM cases_case"
    " WHERE requester_email <> ''",
    "senders": "SELECT from_address, identity FROM mail_message WHERE from_address <> ''",
    "addresses": "SELECT email, id, account_id FROM accounts_address WHERE email NOT LIKE '#%'",
    "bounces": "SELECT b.recipient, b.id, m.identity FROM mail_bounce b JOIN mail_message m"
    " ON m.id = b.report_id WHERE b.recipient <> '' AND b.recipient NOT LIKE '#%'",
}
_PERSONS = ("requesters", "senders", "addresses", "bounces")
# What older databases don't have.
_YOUNGER = {
    "evidence": "disputes_evidence",
    "rows": "history_rowaside",
    "cases": "history_origin",
    "excerpts": "history_origin",
    **dict.fromkeys(GONE_NAMES, "history_origin"),
    "meeting_notes": "review_reviewnote",
    "points": "review_point",
}
_ROOMS = {"mail_message", "mail_arrival", "mail_bounce", "vault_blob", "cases_note", "accounts_address"}

Gone = dict[str, set[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Back:
    """What is there again: messages, arrivals that are no messages, notes, evidence, rows kept aside by
    imports, imported cases, notes and points of reviews, by number; names in imports; addresses.

    What cases took over goes with their messages, names of persons with their addresses.
    """

    messages: tuple[int, ...] = ()
    arrivals: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    cases: tuple[int, ...] = ()
    meeting_notes: tuple[int, ...] = ()
    points: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        single = self.messages or self.arrivals or self.notes or self.evidence or self.rows
        reviews, imports = self.meeting_notes or self.points, self.cases or self.names
        return bool(single or reviews or imports or self.addresses)

    def commands(self) -> tuple[str, ...]:
        """What erases it again, a command a line. The addresses come last: they need their messages."""
        numbers = {"--message": self.messages, "--arrival": self.arrivals, "--note": self.notes}
        numbers |= {"--evidence": self.evidence, "--row": self.rows, "--case": self.cases}
        numbers |= {"--meeting-note": self.meeting_notes, "--point": self.points}
        lines = [f"{option} {' '.join(map(str, some))}" for option, some in numbers.items() if some]
        lines += [f"--name {shlex.quote(name)}" for name in self.names]
        lines += [f"--address {address}" for address in self.addresses]
        return tuple(f"opsdesk redact {line} --by ADMIN --yes" for line in lines)


NOTHING = Back()


def gone(records: Records) -> Gone:
    """What is erased in a database, by what stays of it; nothing of one too old to erase."""
    if not set(census.tables(records)) >= _ROOMS or "redacted_at" not in _columns(records):
        return {}
    return {what: set(records.rows(question)) for what, question in _known(records, _GONE).items()}


def _known(records: Records, questions: Mapping[str, str]) -> dict[str, str]:
    """The questions that a database of its age can answer."""
    there = set(census.tables(records))
    return {what: asked for what, asked in questions.items() if _YOUNGER.get(what, "vault_blob") in there}


def _columns(records: Records) -> set[str]:
    if records.vendor == "sqlite":
        rows = records.rows("SELECT name FROM pragma_table_info('mail_message')")
    else:
        rows = records.rows(
            "SELECT column_name::text FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = 'mail_message'"
        )
    return {str(name) for (name,) in rows}


def back(records: Records, erased: Gone) -> Back:
    """What of that has its words in another database."""
    found = {
        what: [one for one, *told in records.rows(question) if tuple(told) in erased[what]]
        for what, question in _known(records, _THERE).items()
        if erased.get(what)
    }
    persons = (address for what in _PERSONS for address in found.get(what, ()))
    return Back(
        messages=_numbers(found.get("messages", ())),
        arrivals=_numbers(found.get("arrivals", ())),
        notes=_numbers(found.get("notes", ())),
        evidence=_numbers(found.get("evidence", ())),
        rows=_numbers(found.get("rows", ())),
        cases=_numbers({*found.get("cases", ()), *found.get("excerpts", ())}),
        names=names_back(records, erased),
        meeting_notes=_numbers(found.get("meeting_notes", ())),
        points=_numbers(found.get("points", ())),
        addresses=tuple(sorted({str(address) for address in persons})),
    )


def _numbers(found: Iterable[object]) -> tuple[int, ...]:
    return tuple(sorted(int(str(one)) for one in found))
