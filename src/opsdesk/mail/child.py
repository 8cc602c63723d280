"""Parsing in a process that can be killed. Every failure of it is a NotUnderstood of that one mail.

The process is kept for the next mail; after a failure the next mail gets a fresh one.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from opsdesk.mail.parser_process import (
    ANSWER,
    DOCUMENT,
    LEAVING,
    PARSE,
    PART,
    REFUSED,
    REQUEST,
)
from opsdesk.mail.parsing import MAX_BYTES, ParsedMail
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.wire import from_wire

LIMIT_S = 20
MEMORY_BYTES = 768 * 1024 * 1024
_MODULE = "opsdesk.mail.parser_process"
_PACKAGES = str(Path(__file__).resolve().parents[2])
_CHUNK = 1 << 18

Key = TypeVar("Key")


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

    def html_document(self, raw: bytes) -> str:
        """The page for the sandboxed frame. Raises NotUnderstood."""
        return self._ask(DOCUMENT, raw).decode("utf-8")

    def parse_each(
        self, mails: Iterable[tuple[Key, bytes]]
    ) -> Iterator[tuple[Key, ParsedMail | NotUnderstood]]:
        """Each mail parsed, in order; the next one is being parsed while the caller handles this one."""
        waiting: tuple[Key, bytes] | None = None
        for key, raw in mails:
            if waiting is not None:
                result = self._collected(waiting[1])
                self._begin(raw)
                yield waiting[0], result
            else:
                self._begin(raw)
            waiting = (key, raw)
        if waiting is not None:
            yield waiting[0], self._collected(waiting[1])

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

    def _begin(self, raw: bytes) -> None:
        """Hands a mail over ahead of its `_collected`; when that fails, `_collected` starts anew."""
        if len(raw) > MAX_BYTES:
            return
        with self._lock:
            self._process().begin(PARSE, raw, "")

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
        if not process.is_about(operation, raw, path):
            process = self._process(fresh=process.busy)
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
    """A started process and the one request it is at."""

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
        self._about: tuple[bytes, bytes, str] | None = None
        self._unsent: memoryview = memoryview(b"")
        self._received = bytearray()

    @property
    def process_id(self) -> int:
        return self._popen.pid

    @property
    def busy(self) -> bool:
        return self._about is not None

    def is_about(self, operation: bytes, raw: bytes, path: str) -> bool:
        return self._about == (operation, raw, path)

    def begin(self, operation: bytes, raw: bytes, path: str) -> None:
        if self.busy:
            return
        name = path.encode("utf-8", "replace")[:1000]
        self._about = (operation, raw, path)
        self._unsent = memoryview(REQUEST.pack(operation, len(name), len(raw)) + name + raw)
        self._received = bytearray()
        self._send()

    def finish(self, until: float) -> tuple[bytes, bytes]:
        """(status, body). Raises TimeoutError at `until` (monotonic seconds), _Died at its end."""
        while True:
            if len(self._received) >= ANSWER.size:
                status, size = ANSWER.unpack_from(self._received)
                if len(self._received) >= ANSWER.size + size:
                    self._about = None
                    return status, bytes(self._received[ANSWER.size :])
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
        try:
            while self._unsent:
                sent = os.write(self._to, self._unsent[:_CHUNK])
                self._unsent = self._unsent[sent:]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = memoryview(b"")  # its death is seen when reading

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
