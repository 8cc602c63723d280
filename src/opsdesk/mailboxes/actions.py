"""Setting mailboxes up and telling their readers what to do: each one transaction with its entry."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from opsdesk.cases.queries import mail_desk
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import Source
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.oauth import check_address
from opsdesk.mailboxes.progress import SECRET
from opsdesk.mailboxes.providers import OTHER, PROVIDERS
from opsdesk.mailboxes.refusals import (
    MailboxThere,
    MailboxUnknown,
    NotSwitchedOff,
    SourceClosed,
    SwitchedOff,
)
from opsdesk.vault.sealing import seal

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,58}")
_HERE = {"localhost", "127.0.0.1", "::1"}
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mailbox to be set up; what is empty is the provider's. `start_at` None: all its mail is work."""

    key: str
    desk: str
    username: str
    start_at: datetime | None
    provider: str = OTHER
    host: str = ""
    port: int | None = None
    security: str = ""
    auth: str = ""
    folder: str = "INBOX"
    history: bool = True
    secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    tenant: str = ""
    authorise_address: str = ""
    token_address: str = ""
    device_address: str = ""
    scope: str = ""


@transaction.atomic
def add(draft: Draft, *, actor: Actor, now: datetime) -> Mailbox:
    """A source of mail with its mailbox; it is read from now on. Refuses `MailboxThere`, `Invalid`,
    and a desk that is not there or takes no mail."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    mail_desk(draft.desk)
    row = row_of(draft, now=now)
    check(draft, row)
    if Source.objects.filter(key=draft.key).exists():
        raise MailboxThere(key=draft.key)
    try:
        with transaction.atomic():
            row.source = Source.objects.create(
                key=draft.key,
                kind=Source.Kind.IMAP,
                desk=draft.desk,
                start_at=draft.start_at,
                created_at=now,
            )
    except IntegrityError:
        raise MailboxThere(key=draft.key) from None
    row.save(force_insert=True)
    start = draft.start_at.isoformat() if draft.start_at else None
    payload = {"source": row.source.id, "desk": draft.desk, "provider": row.provider, "start_at": start}
    write_down("mailbox.added", row, payload, actor=actor, now=now)
    return row


def row_of(draft: Draft, *, now: datetime) -> Mailbox:
    provider = PROVIDERS.get(draft.provider, PROVIDERS[OTHER])
    return Mailbox(
        provider=draft.provider,
        host=(draft.host or provider.host).strip(),
        port=draft.port or provider.port,
        security=draft.security or provider.security,
        username=draft.username.strip(),
        auth=draft.auth or provider.auth,
        folder=draft.folder,
        label=draft.folder,
        history=draft.history,
        secret=seal(draft.secret, purpose=SECRET) if draft.secret else "",
        client_id=draft.client_id.strip(),
        client_secret=seal(draft.client_secret, purpose=SECRET) if draft.client_secret else "",
        tenant=draft.tenant.strip(),
        authorise_address=draft.authorise_address,
        token_address=draft.token_address,
        device_address=draft.device_address,
        scope=draft.scope,
        state=Mailbox.State.NEW,
        state_since=now,
    )


def check(draft: Draft, row: Mailbox) -> None:
    """Refuses `Invalid` at the first field that holds what cannot work."""
    problems = {
        "key": not _KEY.fullmatch(draft.key)
        and gettext_noop("Small letters, digits, dots and dashes, at most 59 of them."),
        "provider": draft.provider not in PROVIDERS and gettext_noop("There is no such provider."),
        "host": (not row.host or bool(re.search(r"[\s/@\x00]", row.host)))
        and gettext_noop("Name the server, as imap.example.com."),
        "port": row.port not in _PORTS and gettext_noop("A port is a number from 1 to 65535."),
        "username": (not row.username or not row.username.isprintable())
        and gettext_noop("Name the account, usually its address."),
        "folder": (not 0 < len(row.folder) <= 180 or not row.folder.isprintable())
        and gettext_noop("Name a folder, as INBOX."),
        "security": row.security == Mailbox.Security.NONE
        and row.host not in _HERE
        and gettext_noop(
            "Without TLS anybody on the way can read the mail: only for a server on this machine."
        ),
        "client_id": row.auth == Mailbox.Auth.XOAUTH2
        and not row.client_id
        and gettext_noop("OAuth 2 needs the client id under which this desk is registered."),
        "token_address": row.auth == Mailbox.Auth.XOAUTH2
        and not (row.token_address or PROVIDERS[row.provider].token_address)
        and gettext_noop("OAuth 2 needs the address where tokens are issued."),
    }
    for name, problem in problems.items():
        if problem:
            raise Invalid(name, str(problem))
    for address in (row.authorise_address, row.token_address, row.device_address):
        if address:
            check_address(address)


@transaction.atomic
def authorise(*, mailbox_id: int, secret: str, actor: Actor, now: datetime) -> None:
    """Give a mailbox its password or its refresh token; its reader tries at once."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    if not secret:
        raise Invalid("secret", gettext_noop("It is empty."))
    row = held(mailbox_id)
    row.secret = seal(secret, purpose=SECRET)
    begin_anew(row, ["secret"])
    write_down("mailbox.authorised", row, actor=actor, now=now)


@transaction.atomic
def switch_off(*, mailbox_id: int, actor: Actor, now: datetime) -> None:
    """Read it no more until it is switched on. Refuses `SwitchedOff`."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    row = held(mailbox_id)
    if row.state == Mailbox.State.OFF:
        raise SwitchedOff
    row.state, row.state_since = Mailbox.State.OFF, now
    row.trouble, row.detail, row.reader, row.leased_until = "", "", "", None
    begin_anew(row, ["state", "state_since", "trouble", "detail", "reader", "leased_until"])
    write_down("mailbox.switched_off", row, actor=actor, now=now)


@transaction.atomic
def switch_on(*, mailbox_id: int, actor: Actor, now: datetime) -> None:
    """Read it on from where it was. Refuses `NotSwitchedOff`."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    row = held(mailbox_id)
    if row.state != Mailbox.State.OFF:
        raise NotSwitchedOff
    row.state, row.state_since = Mailbox.State.NEW, now
    begin_anew(row, ["state", "state_since"])
    write_down("mailbox.switched_on", row, actor=actor, now=now)


@transaction.atomic
def ask_to_reconcile(*, mailbox_id: int, actor: Actor, now: datetime) -> None:
    """Have the mailbox compared as soon as its reader can. Refuses `SwitchedOff`, `SourceClosed`."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    row = held(mailbox_id)
    if row.state == Mailbox.State.OFF:
        raise SwitchedOff
    if row.source.closed_at is not None:
        raise SourceClosed
    row.reconcile_asked_at = now
    row.save(update_fields=["reconcile_asked_at"])
    write_down("mailbox.reconciliation_asked", row, actor=actor, now=now)


def begin_anew(row: Mailbox, changed: list[str]) -> None:
    """Save the changes; whoever reads the mailbox begins anew with them, without waiting."""
    row.version += 1
    row.failures, row.retry_at = 0, None
    row.save(update_fields=[*changed, "version", "failures", "retry_at"])


def held(mailbox_id: int) -> Mailbox:
    row = (
        Mailbox.objects.select_for_update(of=("self",)).select_related("source").filter(id=mailbox_id).first()
    )
    if row is None:
        raise MailboxUnknown(mailbox=mailbox_id)
    return row


def write_down(
    kind: str, row: Mailbox, payload: dict[str, object] | None = None, *, actor: Actor, now: datetime
) -> None:
    record(
        kind=kind,
        subject_kind="mailbox",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload or {},
    )
