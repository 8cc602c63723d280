"""The desk's own mail server: takes mail for its desks, stores it, and passes nothing on."""

import asyncio
import logging
import signal
import socket
import ssl
from dataclasses import dataclass, field

from django.db import connections

from opsdesk.listener.conversation import (
    IDLE_S,
    MOST_CONVERSATIONS,
    MOST_OF_ONE_PEER,
    STALLED_S,
    Bounds,
    Conversation,
)
from opsdesk.listener.room import Room
from opsdesk.listener.storing import Clock, Storing
from opsdesk.listener.takes import Taker

# So many of the largest mails may be in memory at once.
LARGEST_AT_ONCE = 4
STOP_WITHIN_S = 15.0

logger = logging.getLogger("opsdesk.listener")


@dataclass(frozen=True, slots=True)
class Manner:
    """How the server behaves: the largest mail in bytes, its name, its certificate, its bounds."""

    max_bytes: int
    hostname: str
    cert: str = ""
    key: str = ""
    most: int = MOST_CONVERSATIONS
    of_one_peer: int = MOST_OF_ONE_PEER
    stalled_s: float = STALLED_S
    idle_s: float = IDLE_S


@dataclass(slots=True)
class Listener:
    """A server on a socket that listens already; it runs in the loop that calls `begin`."""

    manner: Manner
    clock: Clock
    conversations: set[Conversation] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.room = Room(LARGEST_AT_ONCE * self.manner.max_bytes)
        self.storing = Storing(self.clock)

    room: Room = field(init=False)
    storing: Storing = field(init=False)

    async def begin(self, place: socket.socket) -> asyncio.Server:
        context = _context(self.manner)
        taker = Taker(self.storing, self.room)
        bounds = Bounds(self.manner.most, self.manner.of_one_peer, self.manner.stalled_s)

        def conversation() -> Conversation:
            return Conversation(
                taker,
                others=self.conversations,
                room=self.room,
                bounds=bounds,
                data_size_limit=self.manner.max_bytes,
                enable_SMTPUTF8=True,
                hostname=self.manner.hostname,
                ident="Opsdesk",
                tls_context=context,
                timeout=self.manner.idle_s,
                auth_exclude_mechanism=["LOGIN", "PLAIN"],
                loop=asyncio.get_running_loop(),
            )

        return await asyncio.get_running_loop().create_server(conversation, sock=place)

    def end(self) -> None:
        """Close what is open; what is being stored is stored."""
        self.storing.close()


def listen(place: socket.socket, manner: Manner, clock: Clock) -> int:
    """Take mail on a listening socket until a signal says stop."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    connections.close_all()
    asyncio.run(_until_told(place, Listener(manner, clock)))
    return 0


async def _until_told(place: socket.socket, listener: Listener) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    server = await listener.begin(place)
    await told.wait()
    server.close()
    for conversation in list(listener.conversations):
        conversation.leave()
    give_up = asyncio.get_running_loop().time() + STOP_WITHIN_S
    while listener.conversations and asyncio.get_running_loop().time() < give_up:  # noqa: ASYNC110 - the end
        await asyncio.sleep(0.05)
    await asyncio.to_thread(listener.end)


def _context(manner: Manner) -> ssl.SSLContext | None:
    if not manner.cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(manner.cert, manner.key)
    return context
