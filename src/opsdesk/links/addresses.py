"""Where a call may go: a checked address of a server, and the network addresses it may stand for. Pure."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from opsdesk.kernel.refusal import Invalid, gettext_noop

LONGEST = 500
NO_ADDRESS = gettext_noop("This is no address. Write it as https://example.com/hook.")
INSIDE = gettext_noop("This address leads into our own network.")
PORTS = {"http": 80, "https": 443}
# Public by their numbers, and yet not of the public network: metadata and wire servers of clouds.
_NOT_FOR_US = tuple(
    map(IPv4Network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"))
)
_NOR_THESE = tuple(
    map(IPv6Network, ("64:ff9b:1::/48", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16"))
)
# What stands so at the end of a host is read as a number by those who look it up, never as a name.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `host` is what is looked up and named in TLS, `path` what is asked for."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_safe(self) -> bool:
        return self.scheme == "https"

    @property
    def named(self) -> str:
        """As the `Host` header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_address(url: str, *, allow_http: bool, allow_private: bool) -> Target:
    """The address taken apart; raises `Invalid` on the field `url` with what is wrong with it."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(
            "url", gettext_noop("Write it in plain letters, without blanks, in at most 500 characters.")
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid(
            "url", gettext_noop("This is no address. Write it as https://example.com/hook.")
        ) from None
    if parts.scheme not in PORTS or not host or port == 0:
        raise Invalid("url", NO_ADDRESS)
    if parts.scheme == "http" and not allow_http:
        raise Invalid("url", gettext_noop("Write an address that begins with https."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("url", gettext_noop("Leave out the name, the password and the part after #."))
    _check_host(host, allow_private=allow_private)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def _check_host(host: str, *, allow_private: bool) -> None:
    """A number is judged at once; a name when it is looked up, each time anew.

    A number in another form than four parts or an IPv6 address (`127.1`, `0x7f.1`) is taken for neither.
    """
    bare = host.rstrip(".").lower()
    try:
        ip_address(bare)
    except ValueError:
        if not bare or _NUMBER.fullmatch(bare.rpartition(".")[2]):
            raise Invalid("url", NO_ADDRESS) from None
        local = bare == "localhost" or bare.endswith((".localhost", ".local", ".internal"))
        if local and not allow_private:
            raise Invalid("url", INSIDE) from None
        return
    if not allow_private and not is_public(bare):
        raise Invalid("url", INSIDE)


def is_public(address: str) -> bool:
    """Whether a network address is one of the public network, and so are those it carries within.

    Loopback, private, link-local, shared (CGNAT), multicast and reserved ones aren't, nor what is no address.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    inner = _carried(ip)
    if inner:
        return all(_is_public_v4(each) for each in inner)
    odd = ip in _SITE_LOCAL or any(ip in network for network in _NOR_THESE)
    return ip.is_global and not ip.is_multicast and not odd


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_FOR_US)


def _carried(ip: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, compatible, NAT64, 6to4, Teredo."""
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    return list(ip.teredo) if ip.teredo is not None else []
