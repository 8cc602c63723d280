"""The worker's part in the digests: it sees to it that each desk's next one is armed, and has them mailed."""

from datetime import datetime
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings

from opsdesk.clock.tasks import Handler
from opsdesk.mail.handover import Server, Token
from opsdesk.review import digest_making
from opsdesk.review.digest_mailing import Post, carrier
from opsdesk.review.digest_queries import Made
from opsdesk.review.digest_words import Addresses

LOOK_EVERY_S = 60.0
# The page of a desk's digests, written out: to ask for it would load every page into the worker.
PAGE = "/desks/{desk}/digests"


class Digests:
    """One worker's look at what is armed; a step of its sources lane."""

    def __init__(self) -> None:
        self._looked_s = -1e9

    def step(self, now: datetime) -> int:
        """Arm what is not armed yet, once a minute."""
        if monotonic() - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = monotonic()
            digest_making.arm_all(now=now)
        return 0


def mailing(server: Server, token: Token) -> Handler:
    """What mails a digest to somebody."""
    return carrier(Post(server, token, addresses))


def addresses(made: Made) -> Addresses:
    """The pages of a digest as others open them; none where the desk is at home on this machine alone."""
    site, desk = settings.OPSDESK_ADDRESS, made.document.desk
    if is_this_machine(urlsplit(site).hostname or ""):
        return Addresses()
    return Addresses(f"{site}{PAGE.format(desk=desk)}/{made.id}", f"{site}{PAGE.format(desk=desk)}")


def is_this_machine(host: str) -> bool:
    """Whether a host's name leads nobody anywhere but to their own machine."""
    try:
        known = ip_address(host)
    except ValueError:
        return host in ("", "localhost")
    return known.is_loopback or known.is_unspecified
