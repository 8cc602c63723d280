"""An IMAP server that answers as it is told to: for all that a good server never does."""

import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

Answers = list[bytes]


class OddServer(socketserver.ThreadingTCPServer):
    """Holds `mails` by number. `odd` may answer instead: untagged lines, then the tagged one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: dict[int, bytes] = {}
        self.capabilities = b"IMAP4rev1"
        self.uidvalidity = 7
        self.uidnext: int | None = None
        self.odd: Callable[[bytes], Answers | None] = lambda command: None
        self.commands: Answers = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def usual(self, command: bytes) -> Answers:
        word, _, rest = command.upper().partition(b" ")
        if word == b"CAPABILITY":
            return [b"* CAPABILITY " + self.capabilities, b"OK done"]
        if word == b"EXAMINE":
            return [*self.folder(), b"OK [READ-ONLY] done"]
        if rest.startswith(b"SEARCH"):
            return [b"* SEARCH " + b" ".join(b"%d" % uid for uid in self.chosen(rest)), b"OK done"]
        if rest.startswith(b"FETCH"):
            return [*(self.mail(uid, rest) for uid in self.chosen(rest)), b"OK done"]
        return [b"OK done"]

    def folder(self) -> Answers:
        uidnext = max(self.mails, default=0) + 1 if self.uidnext is None else self.uidnext
        lines = [b"* %d EXISTS" % len(self.mails), b"* OK [UIDVALIDITY %d] x" % self.uidvalidity]
        return [*lines, b"* OK [UIDNEXT %d] x" % uidnext] if uidnext else lines

    def chosen(self, words: bytes) -> list[int]:
        if found := re.search(rb"SEARCH (\d+):(\d+)(?: SINCE \S+)?$", words):
            return sorted(self.mails)[int(found[1]) - 1 : int(found[2])]
        found = re.search(rb"(?:UID|FETCH) ([\d:,*]+)", words)
        if found is None:
            return sorted(self.mails)
        chosen: set[int] = set()
        for part in found[1].split(b","):
            first, _, last = part.partition(b":")
            end = max(self.mails, default=0) if last == b"*" else int(last or first)
            chosen |= {uid for uid in self.mails if min(int(first), end) <= uid <= max(int(first), end)}
        return sorted(chosen)

    def mail(self, uid: int, words: bytes) -> bytes:
        raw = self.mails[uid]
        date = b'INTERNALDATE "20-Nov-2026 11:00:00 +0000"'
        what = b"BODY[] {%d}\r\n%s" % (len(raw), raw) if b"BODY" in words else b"RFC822.SIZE %d" % len(raw)
        return b"* %d FETCH (UID %d %s %s)" % (uid, uid, date, what)


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        server = cast(OddServer, self.server)
        self.say(b"* OK odd")
        while line := self.rfile.readline().rstrip(b"\r\n"):
            tag, _, command = line.partition(b" ")
            server.commands.append(command)
            answers = server.odd(command)
            if answers == []:
                return
            given = answers or server.usual(command)
            self.say(*given[:-1], tag + b" " + given[-1])

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))
        self.wfile.flush()


@contextmanager
def odd_server() -> Iterator[OddServer]:
    with OddServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()
