"""A real mail server on the far end: it takes, refuses, hangs or cuts as told, and keeps what it took."""

import asyncio
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.worker.processes import free_port


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server acknowledged, or was about to."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]
    encrypted: bool


@dataclass
class FarEnd:
    """`says` maps `MAIL`, `DATA` or a recipient to an answer; `hangs` and `cuts` name a step to do so at."""

    says: dict[str, str] = field(default_factory=dict)
    hangs: str = ""
    cuts: str = ""
    taken: list[Taken] = field(default_factory=list)
    conversations: int = 0
    signed_in: list[str] = field(default_factory=list)
    freed: Event = field(default_factory=Event)
    port: int = 0
    token: Callable[[], str] = lambda: "user=desk\x01auth=Bearer right\x01\x01"

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.conversations += 1
        session.host_name = hostname
        await self._trouble(server, "EHLO")
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._trouble(server, "MAIL")
        if "MAIL" in self.says:
            return self.says["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await self._trouble(server, "DATA")
        if "DATA" in self.says:
            return self.says["DATA"]
        assert isinstance(envelope.content, bytes)
        self.taken.append(
            Taken(
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                envelope.content,
                tuple(envelope.mail_options),
                session.ssl is not None,
            )
        )
        await self._trouble(server, "250")
        return "250 OK"

    async def _trouble(self, server: SMTP, step: str) -> None:
        if self.hangs == step:
            await asyncio.get_running_loop().run_in_executor(None, self.freed.wait, 60)
        if self.cuts == step:
            transport: Any = server.transport
            transport.abort()
            await asyncio.sleep(3600)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """One right token; for another the reason in JSON, then the answer of the empty line."""
        given = b64decode(args[1]).decode()
        if given == self.token():
            self.signed_in.append("desk")
            return AuthResult(success=True)
        await server.push(b"334 " + b64encode(b'{"status":"401"}'))
        await server._reader.readline()
        return AuthResult(success=False, handled=False)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password == b"pass word", handled=False)


@contextmanager
def far_end(**options: Any) -> Iterator[FarEnd]:
    """The server, running."""
    end = FarEnd(port=free_port())
    options = {"data_size_limit": 10_000_000, "enable_SMTPUTF8": True} | options
    controller = Controller(
        end, hostname="127.0.0.1", port=end.port, authenticator=end.authenticate, **options
    )
    controller.start()
    try:
        yield end
    finally:
        end.freed.set()
        controller.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = datetime.fromtimestamp(time.time(), UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


def server_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The server's side of TLS, and the certificate to trust."""
    cert, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert
