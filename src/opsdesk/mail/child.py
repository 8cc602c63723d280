"""Parsing in a process that can be killed. Every failure of it is a NotUnderstood of that one mail.

The process is kept for the next mail; after a failure the next mail gets a fresh one.
"""

import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from opsdesk.mail import bounces, showing
from opsdesk.mail.bounces import Report
from opsdesk.mail.parser_process import (
    ANSWER,
    DOCUMENT,
    LEAVING,
    PARSE,
    PART,
    REFUSED,
    REPORT,
    REQUEST,
)
from opsdesk.mail.parsing import MAX_BYTES, ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.showing import Shown
from opsdesk.mail.wire import from_wire

LIMIT_S = 20
MEMORY_BYTES = 768 * 1024 * 1024
_MODULE = "opsdesk.mail.parser_process"
_PACKAGES = str(Path(__file__).resolve().parents[2])
_CHUNK = 1 << 18
# No more than this is with the process ahead of its turn: the most a pipe may hold.
AHEAD_BYTES = 1 << 20

Key = TypeVar("Key")
Request = tuple[bytes, bytes, str]


class _Died(Exception):
    """The process ended without an answer, or answered what is none."""


class ParserChild:
    """One parser process, started at its first use; safe to share between threads, and after a fork."""

    def __init__(self, *, limit_s: int = LIMIT_S, memory_bytes: int = MEMORY_BYTES) -> None:
        self._limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._lock = threading.RLock()
        self._running: _Running | None = None

    def parse(self, raw: bytes) -> ParsedMail:
        """Raises NotUnderstood, and nothing else, whatever the bytes are."""
        return _read(self._ask(PARSE, raw))

    def part(self, raw: bytes, path: str) -> bytes:
        """The decoded bytes of one part. Raises NotUnderstood."""
        return self._ask(PART, raw, path)

    def html_document(self, raw: bytes, *, remote: bool = False) -> Shown:
        """The page for the sandboxed frame, `remote`: with pictures elsewhere too. Raises NotUnderstood."""
        return showing.from_wire(self._ask(DOCUMENT, raw, showing.REMOTE if remote else ""))

    def report(self, raw: bytes) -> Report:
        """What a bounce says. Raises NotUnderstood."""
        return bounces.from_wire(self._ask(REPORT, raw))

    def parse_each(
        self, mails: Iterable[tuple[Key, bytes]], *, ahead: int = 1
    ) -> Iterator[tuple[Key, ParsedMail | NotUnderstood]]:
        """Each mail parsed, in order; while the caller handles one, up to `ahead` are with the process."""
        waiting: deque[tuple[Key, bytes]] = deque()
        held = 0
        for key, raw in mails:
            done: list[tuple[Key, ParsedMail | NotUnderstood]] = []
            while waiting and (len(waiting) >= ahead or held + len(raw) > AHEAD_BYTES):
                first, its_raw = waiting.popleft()
                held -= len(its_raw)
                done.append((first, self._collected(its_raw)))
            waiting.append((key, raw))
            held += len(raw)
            self._hand_over([one for _, one in waiting])
            yield from done
        for key, raw in waiting:
            yield key, self._collected(raw)

    @property
    def process_id(self) -> int | None:
        """The process that runs now, None when there is none."""
        return self._running.process_id if self._running else None

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _collected(self, raw: bytes) -> ParsedMail | NotUnderstood:
        try:
            return _read(self._ask(PARSE, raw))
        except NotUnderstood as refusal:
            return refusal

    def _hand_over(self, raws: Sequence[bytes]) -> None:
        """Hands mails over ahead of their `_collected`; those that a dead process had, to its successor."""
        wanted = [(PARSE, raw, "") for raw in raws if len(raw) <= MAX_BYTES]
        with self._lock:
            process = self._process()
            if process.at != wanted[: len(process.at)]:
                process = self._process(fresh=True)
            for request in wanted[len(process.at) :]:
                process.begin(*request)

    def _ask(self, operation: bytes, raw: bytes, path: str = "") -> bytes:
        if len(raw) > MAX_BYTES:
            raise NotUnderstood("too large", f"{len(raw)} bytes, at most {MAX_BYTES}")
        with self._lock:
            try:
                return self._once(operation, raw, path)
            except _Died:
                # It may have died before this mail came, of the system's own need: one more, fresh process.
                try:
                    return self._once(operation, raw, path)
                except _Died as death:
                    raise NotUnderstood("the parser died", str(death)) from None

    def _once(self, operation: bytes, raw: bytes, path: str) -> bytes:
        process = self._process()
        if process.at[:1] != [(operation, raw, path)]:
            process = self._process(fresh=bool(process.at))
            process.begin(operation, raw, path)
        try:
            status, body = process.finish(time.monotonic() + self._limit_s)
        except TimeoutError:
            self._drop()
            raise NotUnderstood("took too long", f"more than {self._limit_s} s") from None
        except _Died:
            self._drop()
            raise
        if status == LEAVING:
            self._drop()
        if status in (REFUSED, LEAVING):
            reason, detail = json.loads(body)
            raise NotUnderstood(str(reason), str(detail))
        return body

    def _process(self, *, fresh: bool = False) -> "_Running":
        if fresh or (self._running is not None and self._running.owner != os.getpid()):
            self._drop()
        if self._running is None:
            # Its own alarm is later than ours: it is for the day when nobody is left to kill it.
            self._running = _Running(self._limit_s + 10, self._memory_bytes)
        return self._running

    def _drop(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None


class _Running:
    """A started process and the requests it is at, in their order."""

    def __init__(self, alarm_s: int, memory_bytes: int) -> None:
        self.owner = os.getpid()
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, str(alarm_s), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": _PACKAGES, "LC_ALL": "C.UTF-8", "PATH": os.defpath},
            bufsize=0,
            start_new_session=True,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._to, self._from = self._popen.stdin.fileno(), self._popen.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        for pipe in (self._to, self._from):
            with suppress(
                OSError
            ):  # who has many large pipes open is given no more: then fewer mails wait in it
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, AHEAD_BYTES)
        self.at: list[Request] = []
        self._unsent: deque[memoryview] = deque()
        self._received = bytearray()

    @property
    def process_id(self) -> int:
        return self._popen.pid

    def begin(self, operation: bytes, raw: bytes, path: str) -> None:
        name = path.encode("utf-8", "replace")[:1000]
        self.at.append((operation, raw, path))
        self._unsent += [memoryview(REQUEST.pack(operation, len(name), len(raw)) + name), memoryview(raw)]
        self._send()

    def finish(self, until: float) -> tuple[bytes, bytes]:
        """(status, body) of the first request. Raises TimeoutError at `until` (monotonic), or _Died."""
        while True:
            if len(self._received) >= ANSWER.size:
                status, size = ANSWER.unpack_from(self._received)
                end = ANSWER.size + size
                if len(self._received) >= end:
                    body = bytes(self._received[ANSWER.size : end])
                    del self._received[:end], self.at[0]
                    return status, body
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            writable = [self._to] if self._unsent else []
            readable, writable, _ = select.select([self._from], writable, [], left)
            if writable:
                self._send()
            if readable:
                self._receive()

    def end(self) -> None:
        if self.owner == os.getpid():
            self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self) -> None:
        while self._unsent:
            piece = self._unsent[0]
            try:
                sent = os.write(self._to, piece[:_CHUNK])
            except BlockingIOError:
                return
            except OSError:
                self._unsent.clear()  # its death is seen when reading
                return
            if sent < len(piece):
                self._unsent[0] = piece[sent:]
            else:
                self._unsent.popleft()

    def _receive(self) -> None:
        try:
            chunk = os.read(self._from, _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            raise _Died(f"exit status {self._popen.wait()}")
        self._received += chunk


def _read(body: bytes) -> ParsedMail:
    try:
        return from_wire(body)
    except (ValueError, KeyError, TypeError) as failure:
        raise NotUnderstood("the parser failed", type(failure).__name__) from None


VIEWING = ParserChild()
_of_thread = threading.local()


def sorting() -> ParserChild:
    """The process that parses what this thread sorts: two who sort at once don't take turns at one."""
    found: ParserChild | None = getattr(_of_thread, "child", None)
    if found is None:
        found = _of_thread.child = ParserChild()
    return found
