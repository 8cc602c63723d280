import argparse
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings

from opsdesk.commands.readiness import check_migrated
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.listener.server import Manner, listen

HELP = "take mail by SMTP and nothing else"
BACKLOG = 100


class NowhereToListen(Refusal):
    message = gettext_noop("say where to take mail: OPSDESK_SMTP_LISTEN=0.0.0.0:25")


class MailPortTaken(Refusal):
    message = gettext_noop(
        "port %(port)s on %(host)s is taken: something else, perhaps another Opsdesk, takes mail there."
        " Stop it or name another port in OPSDESK_SMTP_LISTEN."
    )


class MailPortUnusable(Refusal):
    message = gettext_noop("mail can't be taken on port %(port)s of %(host)s: %(problem)s.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none: the environment says where."""


def run(options: argparse.Namespace, *, now: datetime) -> int:
    if settings.OPSDESK_LISTEN is None:
        raise NowhereToListen
    check_migrated()
    with listening() as place:
        return take_mail(place)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on the configured port. While it is open connections wait, even if nobody answers yet.

    Refuses a taken port; a second server of this machine gets none of the mail.
    """
    where = settings.OPSDESK_LISTEN
    assert where is not None
    try:
        family, *_, address = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        place = socket.create_server(
            address[:2],
            family=family,
            backlog=BACKLOG,
            dualstack_ipv6=where.host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise MailPortTaken(host=where.host, port=where.port) from None
        raise MailPortUnusable(host=where.host, port=where.port, problem=error) from None
    with place:
        yield place


def take_mail(place: socket.socket) -> int:
    """Take mail there until told to stop by a signal."""
    where = settings.OPSDESK_LISTEN
    assert where is not None
    manner = Manner(
        max_bytes=settings.OPSDESK_MAX_MAIL_BYTES,
        hostname=urlsplit(settings.OPSDESK_ADDRESS).hostname or "localhost",
        cert=where.cert,
        key=where.key,
    )
    return listen(place, manner, lambda: datetime.now(UTC))
