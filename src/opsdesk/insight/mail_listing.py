"""The lines of a list of mail behind a number: messages or threads by their ids, in the order given."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsdesk.insight.sql import at, rows

OF_PEOPLE = "v.message_id = m.id AND v.outcome IN ('requests', 'joined')"
MESSAGES = f"""
SELECT m.id, m.thread_id, m.subject, CASE WHEN m.from_name = '' THEN m.from_address ELSE m.from_name END,
    m.received_at, (SELECT MIN(v.id) FROM mail_arrival v WHERE {OF_PEOPLE})
FROM mail_message m
WHERE m.{{column}} IN ({{ids}}) AND EXISTS (SELECT 1 FROM mail_arrival v WHERE {OF_PEOPLE})
ORDER BY m.received_at, m.id
"""
LINKED = """
SELECT l.message_id, l.case_id FROM mail_casemessage l
WHERE l.removed_at IS NULL AND l.message_id IN ({ids}) ORDER BY l.case_id
"""


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message of a person in a list; `arrival_id` is where it stands in the ledger."""

    id: int
    thread_id: int
    subject: str
    sender: str
    received_at: datetime
    arrival_id: int
    case_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list: its first message, when its last one came, how many of people it has in all."""

    id: int
    first: MessageLine
    last_at: datetime
    messages: int
    case_ids: tuple[int, ...]


def messages(ids: Sequence[int]) -> list[MessageLine]:
    """The messages of these ids; an id that names none is left out."""
    found = {line.id: line for line in _messages("id", ids)}
    return [found[id] for id in ids if id in found]


def threads(ids: Sequence[int]) -> list[ThreadLine]:
    """The threads of these ids, each with all its messages of people, whenever they came."""
    found: defaultdict[int, list[MessageLine]] = defaultdict(list)
    for line in _messages("thread_id", ids):
        found[line.thread_id].append(line)
    return [_thread(id, found[id]) for id in ids if id in found]


def _thread(id: int, lines: list[MessageLine]) -> ThreadLine:
    cases = sorted({case for line in lines for case in line.case_ids})
    return ThreadLine(id, lines[0], lines[-1].received_at, len(lines), tuple(cases))


def _messages(column: str, ids: Sequence[int]) -> list[MessageLine]:
    found = rows(MESSAGES.format(column=column, ids=_in(ids)), {}) if ids else []
    cases = _cases([row[0] for row in found])
    return [
        MessageLine(id, thread, subject, sender, at(came), arrival, tuple(cases[id]))
        for id, thread, subject, sender, came, arrival in found
    ]


def _cases(message_ids: Sequence[int]) -> defaultdict[int, list[int]]:
    """The cases of each message, each once though it may have several parts of it."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for message, case in rows(LINKED.format(ids=_in(message_ids)), {}) if message_ids else []:
        if case not in found[message]:
            found[message].append(case)
    return found


def _in(ids: Iterable[int]) -> str:
    return ", ".join(f"{id:d}" for id in ids)
