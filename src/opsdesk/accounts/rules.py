"""Keys, domains and addresses of customers, and the refusals of this room. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from opsdesk.accounts.public_domains import PUBLIC_DOMAINS
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop

# Second levels under which strangers register, as in `dealer.co.kr`.
SHARED_SECOND_LEVELS = frozenset(
    {"ac", "co", "com", "edu", "go", "gov", "kr", "mil", "ne", "net", "or", "org", "re"}
)

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOCAL = re.compile(r"[^\s<>,;\"\x00]{1,64}")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class KeyTaken(Refusal):
    message = gettext_noop("The key “%(what)s” belongs to %(name)s already.")


class DomainTaken(Refusal):
    message = gettext_noop("The domain %(what)s belongs to %(name)s already.")


class AddressTaken(Refusal):
    message = gettext_noop("The address %(what)s belongs to %(name)s already.")


class PublicDomain(Refusal):
    message = gettext_noop("Anybody may have an address at %(domain)s. Enter the customer's own addresses.")


class UnknownAccount(Refusal):
    message = gettext_noop("There is no such account.")


class AccountsAreTheLeads(Refusal):
    message = gettext_noop("Only a lead or an admin may change accounts. Ask one of them.")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account about to be entered. `left_on` is the last day it was live."""

    key: str
    name: str
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    live_on: date | None = None
    left_on: date | None = None


def cleaned(account: NewAccount) -> NewAccount:
    """The account as it is stored, or the refusal that applies."""
    check_dates(account.live_on, account.left_on)
    return NewAccount(
        key=cleaned_key(account.key),
        name=cleaned_name(account.name),
        domains=cleaned_domains(account.domains),
        addresses=cleaned_addresses(account.addresses),
        live_on=account.live_on,
        left_on=account.left_on,
    )


def cleaned_key(key: str) -> str:
    text = key.strip().lower()
    if not _KEY.fullmatch(text) or len(text) > 60:
        raise Invalid("key", gettext_noop("Write the key in small letters, digits and hyphens: north-star."))
    return text


def cleaned_name(name: str) -> str:
    text = " ".join(name.replace("\x00", "").split())
    if not text or len(text) > 160:
        raise Invalid("name", gettext_noop("Write a name of at most 160 characters."))
    return text


def cleaned_domains(domains: Iterable[str]) -> tuple[str, ...]:
    """Each domain once, in normal form. Refuses `PublicDomain` and what is none, as `Invalid`."""
    return tuple(dict.fromkeys(_cleaned_domain(each) for each in domains if each.strip()))


def cleaned_addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each address once, in normal form; what is none is `Invalid`."""
    return tuple(dict.fromkeys(_cleaned_address(each) for each in addresses if each.strip()))


def check_dates(live_on: date | None, left_on: date | None) -> None:
    if live_on and left_on and left_on < live_on:
        raise Invalid("left_on", gettext_noop("An account leaves on the day it went live or later."))


def check_may_change(actor: Actor) -> None:
    """Accounts belong to no desk: whoever leads one may change them. Refuses `AccountsAreTheLeads`."""
    desks = {grant.desk for grant in actor.grants} | {EVERY_DESK}
    if not any(may(actor, Act.MANAGE_ACCOUNTS, desk=desk) for desk in desks):
        raise AccountsAreTheLeads


def candidates(email: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may know a sender: addresses (as written, then without its `+tag`) and domains, nearest first.

    Nothing at all for what is no address. Public mail domains never stand for an account.
    """
    local, at, domain = email.strip().lower().rpartition("@")
    host = normal_domain(domain)
    if not at or not local or host is None or "\x00" in local:
        return (), ()
    bare = local.split("+", 1)[0]
    addresses = dict.fromkeys(f"{each}@{host}" for each in (local, bare) if each)
    labels = host.split(".")
    parents = (".".join(labels[index:]) for index in range(len(labels) - 1))
    return tuple(addresses), tuple(each for each in parents if each not in PUBLIC_DOMAINS)


def normal_domain(domain: str) -> str | None:
    """Lower case, without the last dot, international labels as `xn--`; None when it is no domain name."""
    text = domain.strip().lower().rstrip(".")
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = text.split(".")
    if len(text) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(each) for each in labels):
        return None
    return text


def _cleaned_domain(domain: str) -> str:
    name = normal_domain(domain.strip().removeprefix("@"))
    if name is None:
        raise Invalid("domains", gettext_noop("Write domains such as dealer.example, one a line."))
    first, _, rest = name.partition(".")
    shared = first in SHARED_SECOND_LEVELS and len(rest) == 2
    if name in PUBLIC_DOMAINS or shared:
        raise PublicDomain(domain=name)
    return name


def _cleaned_address(address: str) -> str:
    local, at, domain = address.strip().lower().rpartition("@")
    host = normal_domain(domain)
    whole = f"{local}@{host}"
    if (
        not at
        or not local
        or host is None
        or len(whole) > 254
        or any(each in ' \t\r\n\x00<>,;"' for each in local)
    ):
        raise Invalid("addresses", gettext_noop("Write addresses such as ann@dealer.example, one a line."))
    return whole
