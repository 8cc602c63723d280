"""The process that looks into strangers' mail: a hang, a crash or a memory hog costs nobody but itself.

It imports no Django, knows no secret and no database. One request at a time over stdin and stdout:
operation (1 byte), path length (2), mail length (8), path, mail; answered by status (1), length (8), body.
It ends itself when a request takes too long, even when nobody is left to kill it.
"""

import json
import resource
import signal
import struct
import sys
from typing import BinaryIO

from opsdesk.mail import bounces, parsing, showing
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.wire import to_wire

REQUEST = struct.Struct(">cHQ")
ANSWER = struct.Struct(">cQ")
PARSE, PART, DOCUMENT, REPORT = b"P", b"B", b"H", b"R"
DONE, REFUSED, LEAVING = b"+", b"-", b"!"


def main(limit_s: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    status = DONE
    while status != LEAVING:
        head = questions.read(REQUEST.size)
        if len(head) < REQUEST.size:
            return
        signal.alarm(limit_s)
        status, body = _answer(questions, *REQUEST.unpack(head))
        signal.alarm(0)
        answers.write(ANSWER.pack(status, len(body)))
        answers.write(body)
        answers.flush()


def _answer(questions: BinaryIO, operation: bytes, path_size: int, size: int) -> tuple[bytes, bytes]:
    try:
        path = questions.read(path_size).decode("utf-8", "replace")
        return DONE, _done(operation, questions.read(size), path)
    except NotUnderstood as refusal:
        return (LEAVING if refusal.reason == "too much memory" else REFUSED), _reason(refusal)
    except MemoryError:
        return LEAVING, _reason(NotUnderstood("too much memory"))
    except Exception as failure:  # noqa: BLE001 - told to the parent, which quarantines the mail
        return LEAVING, _reason(NotUnderstood("the parser failed", type(failure).__name__))


def _done(operation: bytes, raw: bytes, path: str) -> bytes:
    if operation == PART:
        return parsing.part_content(raw, path)
    if operation == DOCUMENT:
        return showing.to_wire(showing.shown(raw, remote=path == showing.REMOTE))
    if operation == REPORT:
        return bounces.to_wire(bounces.report_of(raw))
    return to_wire(parsing.parse(raw))


def _reason(refusal: NotUnderstood) -> bytes:
    return json.dumps([refusal.reason, refusal.detail]).encode()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
