"""A receiver of webhooks that behaves as it is told: well, slowly, endlessly, or not at all."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Call:
    """What was received."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FarEnd:
    """A running receiver. `ways` are how the next calls are answered, the last one from then on."""

    port: int
    calls: list[Call] = field(default_factory=list)
    ways: list[object] = field(default_factory=lambda: [200])
    let_go: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=desk"

    def next_way(self) -> object:
        return self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    end: FarEnd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.end.calls.append(Call(self.path, dict(self.headers.items()), body))
        way = self.end.next_way()
        if isinstance(way, int):
            self._answer(way, b"noted" if way < 400 else b"no \xff thanks")
        else:
            getattr(self, f"_{way}")()

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _redirects(self) -> None:
        self._answer(302, b"", Location=f"http://127.0.0.1:{self.end.port}/elsewhere")

    def _hangs(self) -> None:
        self.end.let_go.wait(20)
        self.close_connection = True

    def _resets(self) -> None:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def _closes(self) -> None:
        self.close_connection = True

    def _babbles(self) -> None:
        self.wfile.write(b"what is this\r\n\r\nI am no web server")
        self.close_connection = True

    def _drips(self) -> None:
        """A head that never ends, a byte now and then."""
        self._endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05)

    def _boasts(self) -> None:
        """A head without end, as fast as can be."""
        self._endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536, 0)

    def _floods(self) -> None:
        """A good answer whose body has no end."""
        self._endless(b"HTTP/1.1 200 OK\r\n\r\n", b"spam" * 20000, 0)

    def _lingers(self) -> None:
        """A good answer that keeps the line open and says no more."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nthanks")
        self.wfile.flush()
        self._hangs()

    def _continues(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._answer(202, b"later")

    def _chunks(self) -> None:
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n5\r\n done\r\n0\r\n\r\n"
        )
        self.close_connection = True

    def _endless(self, start: bytes, piece: bytes, pause: float) -> None:
        self.close_connection = True
        try:
            self.wfile.write(start)
            while not self.end.let_go.is_set():
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(pause)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        return


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        return


@contextmanager
def far_end(context: ssl.SSLContext | None = None) -> Iterator[FarEnd]:
    """A receiver on this machine, under TLS where there is a context."""
    server = Server(("127.0.0.1", 0), type("Handler", (Receiver,), {}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    end = FarEnd(server.server_address[1])
    server.RequestHandlerClass.end = end  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield end
    finally:
        end.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
