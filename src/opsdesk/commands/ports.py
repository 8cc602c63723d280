"""Whether a port is ours to listen on, and whether somebody answers there."""

import errno
import fcntl
import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsdesk.kernel.refusal import Refusal, gettext_noop

ANSWER_WITHIN_S = 1.0
# Where to look for a server that listens on every address.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class PortTaken(Refusal):
    message = gettext_noop(
        "port %(port)s on %(host)s is taken: something else, perhaps another Opsdesk, listens there."
        " Stop it or name another port with --port."
    )


class PortUnusable(Refusal):
    message = gettext_noop("port %(port)s on %(host)s can't be listened on: %(problem)s.")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        host = EVERYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def check_free(address: Address) -> None:
    """Refuse a port on which somebody listens, or which can't be listened on at all.

    Needed because the server shares its port: a second one would start, and take half the requests.
    """
    if not 0 < address.port < 2**16:
        problem = gettext_noop("ports go from 1 to 65535")
        raise PortUnusable(host=address.host, port=address.port, problem=problem)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host=address.host, port=address.port) from None
        raise PortUnusable(host=address.host, port=address.port, problem=error) from None


@contextmanager
def reserved(address: Address, home: Path) -> Iterator[None]:
    """Keep a second server of this home off the port even while the first is only starting."""
    lock = os.open(home / f"serve-{address.port}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise PortTaken(host=address.host, port=address.port) from None
    try:
        check_free(address)
        yield
    finally:
        os.close(lock)


def answers(address: Address) -> bool:
    """Whether a web server answers there, whatever it says."""
    host = EVERYWHERE.get(address.host, address.host)
    connection = http.client.HTTPConnection(host, address.port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
