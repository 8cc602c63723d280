"""One conversation with somebody who brings mail, bounded in lines, bytes, time and number."""

import asyncio
import logging
import re
from collections.abc import MutableSet
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from aiosmtpd.smtp import SMTP, syntax

from opsdesk.listener.room import Room

MOST_CONVERSATIONS = 200
MOST_OF_ONE_PEER = 20
IDLE_S = 300.0
DATA_WITHIN_S = 1800.0
# While a mail is read: in each span of so many seconds at least so many bytes of it, or its end.
STALLED_S = 60.0
LEAST_BYTES = 4096

BUSY = b"421 4.3.2 Too many connections, please come back later\r\n"
BUSY_WITH_YOU = b"421 4.7.0 Too many connections from your address, please come back later\r\n"
TOO_LARGE = "552 5.3.4 The mail is larger than this server takes"
NO_ROOM = "451 4.3.1 Too much mail at once, please try again later"
END = b".\r\n"
_HERE = ("127.0.0.1", "::1")

_ANGLED = re.compile(r"<(?:@[^<>:\s]+(?:,@[^<>:\s]+)*:)?([^<>\r\n]*)>(.*)")
_BARE = re.compile(r"([^<>\s]+)(.*)")
logger = logging.getLogger("opsdesk.listener")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many conversations there may be, how many of one peer, and how long a mail may stand still."""

    most: int = MOST_CONVERSATIONS
    of_one_peer: int = MOST_OF_ONE_PEER
    stalled_s: float = STALLED_S


class Conversation(SMTP):
    """The protocol of one connection. Lines of a mail may be of any length; NULs are letters like others."""

    # What is buffered of a line before it is handed on in pieces.
    line_length_limit = 64 * 1024
    _turned_away = _storing = _leaving = False

    def __init__(
        self, *arguments: Any, others: "MutableSet[Conversation]", room: Room, bounds: Bounds, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._others, self._room, self._bounds = others, room, bounds
        self.peer = ""
        self._heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self._others:
            self.peer = _peer(transport)
            if busy := self._is_too_much():
                assert isinstance(transport, asyncio.WriteTransport)
                transport.write(busy)
                transport.close()
                self._turned_away = True
                return
        self._others.add(self)
        super().connection_made(transport)

    def _is_too_much(self) -> bytes:
        """What to say to one conversation more than there may be; nothing to one that may be."""
        if len(self._others) >= self._bounds.most:
            return BUSY
        same = sum(each.peer == self.peer for each in self._others) if self.peer else 0
        return BUSY_WITH_YOU if same >= self._bounds.of_one_peer else b""

    def leave(self) -> None:
        """Close, now or as soon as the mail that is being stored has its answer."""
        self._leaving = True
        if not self._storing and self.transport is not None:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._others.discard(self)
        if not self._turned_away:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._turned_away:
            self._heard += len(data)
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._turned_away else super().eof_received()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - named by aiosmtpd
        """Read the mail and have it stored. Ends only at a line with a single dot between two CRLF."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(DATA_WITHIN_S)
        self._watch()
        try:
            raw, refusal = await self._mail()
        finally:
            self._watching.cancel()
        self._reset_timeout()
        if raw is not None:
            self._storing = True
            self.envelope.content = raw
            refusal = await self._call_handler_hook("DATA")
            self._storing = False
        self.envelope = self._create_envelope()
        await self.push(refusal)
        if self._leaving:
            self.leave()

    async def _mail(self) -> tuple[bytes | None, str]:
        """The bytes, with their room reserved; None and why not, when there are too many."""
        body = bytearray()
        refusal, held = "", 0
        limit = self.data_size_limit or 0
        try:
            async for piece in self._pieces():
                if refusal:
                    continue
                if len(body) + len(piece) > limit:
                    refusal = TOO_LARGE
                elif not self._room.take(len(piece), held=held):
                    refusal = NO_ROOM
                else:
                    held += len(piece)
                    body += piece
                if refusal:
                    body.clear()
                    self._room.give_back(held)
                    held = 0
            raw, held = None if refusal else bytes(body), 0
            return raw, refusal
        finally:
            self._room.give_back(held)

    def _watch(self, before: int | None = None) -> None:
        """Hang up on a mail that stands still, so that it holds its room no longer."""
        if before is not None and self._heard - before < LEAST_BYTES and self.transport is not None:
            logger.info("a mail stood still; hung up on %s", self.peer or "this machine")
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.abort()
        self._watching = self.loop.call_later(self._bounds.stalled_s, self._watch, self._heard)

    async def _pieces(self) -> Any:
        """The mail piece by piece, the dots that stand for transparency taken out."""
        at_start = True
        while True:
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as long:
                piece = await self._reader.read(long.consumed)
            if at_start and piece == END:
                return
            yield piece[1:] if at_start and piece.startswith(b".") else piece
            at_start = piece.endswith(b"\r\n")

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        await self.push("502 5.5.1 There is nothing to sign in for")

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, arg: str) -> None:  # noqa: N802
        await self.push("252 2.1.5 Send it and see")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address of MAIL or RCPT and what follows; `<>` is a sender, (None, None) is no address."""
        text = arg.strip()
        found = _ANGLED.fullmatch(text) or _BARE.fullmatch(text)
        if found is None:
            return None, None
        return found[1].strip() or "<>", found[2]


def _peer(transport: asyncio.BaseTransport) -> str:
    """Who counts as one: an address, of IPv6 its network of 64 bits; "" for this machine, never counted."""
    name = transport.get_extra_info("peername")
    try:
        address = ip_address(name[0])
    except (TypeError, ValueError, IndexError):
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if str(address) in _HERE:
        return ""
    return f"{int(address) >> 64:x}::" if isinstance(address, IPv6Address) else str(address)
