"""The client of the library, with what it lacks for listening without missing anything."""

import socket
from collections.abc import Sequence
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from imapclient.response_parser import parse_fetch_response


class Client(IMAPClient):  # type: ignore[misc]
    """Speaks in numbers that last (UIDs) and in aware instants."""

    _just_began = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.normalise_times = False
        # The library sends a command and its end apart: each would wait for the other side's late nod.
        self.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def idle(self) -> None:
        """Begin to listen. News that comes before the server's go-ahead is no error: it is heard as news."""
        self._idle_tag = self._imap._command("IDLE")
        early = False
        while self._imap._get_response() is not None:
            if self._imap.tagged_commands.get(self._idle_tag):
                raise IMAPClientError("IDLE refused")
            early = True
        self._just_began = True
        self._early = early

    def idle_check(self, timeout: float | None = None) -> list[Any]:
        """What the server said, waiting at most `timeout` seconds.

        What came in one packet with the go-ahead lies in a buffer that no waiting on the socket notices.
        """
        if self._just_began:
            said: list[Any] = super().idle_check(timeout=0)
            self._just_began = False
            if said or self._early:
                return said or [(b"OK", b"news came early")]
        waited: list[Any] = super().idle_check(timeout=timeout)
        return waited

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        return True if self._just_began else super()._poll_socket(sock, timeout)

    def fetch(
        self, messages: Sequence[Any], data: Sequence[str], modifiers: Any = None, *, whole: bool = False
    ) -> dict[int, dict[bytes, Any]]:
        """`whole`: `messages` are ranges, and all that the server answers is given."""
        if not whole:
            found: dict[int, dict[bytes, Any]] = super().fetch(messages, data, modifiers)
            return found
        tag = self._imap._command("UID", "FETCH", ",".join(messages), f"({' '.join(data)})")
        status, answer = self._imap._command_complete("FETCH", tag)
        self._checkok("fetch", status, answer)
        status, answer = self._imap._untagged_response(status, answer, "FETCH")
        return dict(parse_fetch_response(answer, self.normalise_times, True))
