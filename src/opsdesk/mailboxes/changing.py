"""Mending what was typed when a mailbox was set up, and taking one away that never took a mail in."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from opsdesk.cases.queries import mail_desk
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import Arrival, Source
from opsdesk.mailboxes.actions import Draft, begin_anew, check, held, row_of, write_down
from opsdesk.mailboxes.models import Mailbox, MailboxDay, MissingUid
from opsdesk.mailboxes.refusals import MailboxUnknown, MailTakenIn

TYPED = (
    *("provider", "host", "port", "security", "username", "auth", "client_id", "tenant"),
    *("authorise_address", "token_address", "device_address", "scope"),
)
# What the mail that is there was taken in by.
SETTLED = ("desk", "folder", "start_at", "history")
OF_THE_PROVIDER: dict[str, str | None] = {"host": "", "port": None, "security": "", "auth": ""}
CURSOR = ("label", "uidvalidity", "last_uid", "first_uid")


def as_set_up(mailbox_id: int) -> Draft:
    """What was typed, without its secrets. Refuses `MailboxUnknown`."""
    row = Mailbox.objects.select_related("source").filter(id=mailbox_id).first()
    if row is None:
        raise MailboxUnknown(mailbox=mailbox_id)
    return Draft(
        key=row.source.key,
        desk=row.source.desk,
        start_at=row.source.start_at,
        folder=row.folder,
        history=row.history,
        **{name: getattr(row, name) for name in TYPED},
    )


def has_mail(mailbox_id: int) -> bool:
    """Whether any mail was taken in by it."""
    return Arrival.objects.filter(source__box=mailbox_id).exists()


@transaction.atomic
def change(*, mailbox_id: int, wanted: Draft, actor: Actor, now: datetime) -> bool:
    """Read the mailbox by what `wanted` says; whether anything changed. Its name stays, and an empty
    client secret changes none.

    Another server or account is read from its first mail; what is known already opens nothing. Refuses
    `MailboxUnknown`, `Invalid`, and to change desk, folder or start of one that has taken mail in.
    """
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    row, before = _alone(mailbox_id), as_set_up(mailbox_id)
    wanted = _of_its_provider(replace(wanted, key=before.key), before)
    fresh = row_of(wanted, now=now)
    check(wanted, fresh)
    fields = [name for name in (*TYPED, "folder", "history") if getattr(row, name) != getattr(fresh, name)]
    fields += [name for name in ("desk", "start_at") if getattr(before, name) != getattr(wanted, name)]
    if has_mail(mailbox_id) and (stays := [name for name in SETTLED if name in fields]):
        raise Invalid(stays[0], gettext_noop("Mail was taken in by it: this stays. Add another mailbox."))
    if not fields and not wanted.client_secret:
        return False
    _write(row, fresh, wanted, fields)
    write_down("mailbox.changed", row, {"fields": fields}, actor=actor, now=now)
    return True


def _of_its_provider(wanted: Draft, before: Draft) -> Draft:
    """With another provider, its server holds wherever the old one still stands."""
    if wanted.provider == before.provider:
        return wanted
    stale = {
        name: empty
        for name, empty in OF_THE_PROVIDER.items()
        if getattr(wanted, name) == getattr(before, name)
    }
    return replace(wanted, **stale)  # type: ignore[arg-type]


def _write(row: Mailbox, fresh: Mailbox, wanted: Draft, fields: list[str]) -> None:
    mail_desk(wanted.desk)
    Source.objects.filter(id=row.source_id).update(desk=wanted.desk, start_at=wanted.start_at)
    changed = [name for name in fields if name not in ("desk", "start_at")]
    for name in changed:
        setattr(row, name, getattr(fresh, name))
    if fresh.client_secret:
        row.client_secret = fresh.client_secret
        changed.append("client_secret")
    if {"host", "username", "provider", *SETTLED} & {*fields}:
        _read_from_the_start(row)
        changed += CURSOR
    begin_anew(row, changed)


def _read_from_the_start(row: Mailbox) -> None:
    """Numbers of another mailbox mean other mails: those under the old label stay what they are."""
    row.last_uid, row.first_uid = 0, 1
    if has_mail(row.id):
        name, _tilde, turn = row.label.rpartition("~")
        row.label = f"{name}~{int(turn) + 1}" if name == row.folder and turn.isdigit() else f"{row.folder}~1"
        row.uidvalidity = 0
    else:
        row.label, row.uidvalidity = row.folder, None
        _forget_what_it_compared(row)


def _forget_what_it_compared(row: Mailbox) -> None:
    MissingUid.objects.filter(source_id=row.source_id).delete()
    MailboxDay.objects.filter(source_id=row.source_id).delete()


@transaction.atomic
def remove(*, mailbox_id: int, actor: Actor, now: datetime) -> None:
    """Take away a mailbox that never took a mail in, with its source: the name is free again.

    Refuses `MailboxUnknown` and `MailTakenIn`.
    """
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    row = _alone(mailbox_id)
    if has_mail(mailbox_id):
        raise MailTakenIn(key=row.source.key)
    payload = {"key": row.source.key, "source": row.source_id}
    write_down("mailbox.removed", row, payload, actor=actor, now=now)
    _forget_what_it_compared(row)
    row.delete()
    Source.objects.filter(id=row.source_id).delete()


def _alone(mailbox_id: int) -> Mailbox:
    """The mailbox, and nothing is stored of it until the transaction ends: its source is held first."""
    Source.objects.select_for_update().filter(box=mailbox_id).values_list("id").first()
    return held(mailbox_id)
