"""Where mail comes from: files, the desk's own mail server, webhooks, the form for operators."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Max

from opsdesk.cases.queries import mail_desk
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import Source
from opsdesk.mail.refusals import SourceClosed, SourceDiffers, SourceNotThatKind, SourceUnknown

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
CLOSABLE = (Source.Kind.SMTP, Source.Kind.WEBHOOK)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with what came from it."""

    key: str
    kind: str
    desk: str
    created_at: datetime
    closed_at: datetime | None
    arrivals: int
    newest_at: datetime | None


@transaction.atomic
def file_source(
    key: str, *, desk: str, start_at: datetime | None, now: datetime, actor: Actor = SYSTEM
) -> Source:
    """The source of that key for mail from files, made if it is not there.

    `start_at` counts when the source is made; None: all its mail is work. Refuses `SourceDiffers`.
    """
    source, made = Source.objects.select_for_update().get_or_create(
        key=key,
        defaults={"kind": Source.Kind.FILES, "desk": desk, "start_at": start_at, "created_at": now},
    )
    if not made and (source.desk != desk or (start_at is not None and source.start_at != start_at)):
        raise SourceDiffers(source=key)
    if made:
        _record("source.added", source, actor=actor, now=now)
    return source


def smtp_source(desk: str, *, now: datetime) -> Source:
    """The source of what the desk's own mail server takes. Refuses `SourceClosed`."""
    return _open(_of_desk(Source.Kind.SMTP, desk, now=now))


def form_source(desk: str, *, now: datetime) -> Source:
    """The source of what operators write down themselves."""
    return _open(_of_desk(Source.Kind.FORM, desk, now=now))


def _of_desk(kind: Source.Kind, desk: str, *, now: datetime) -> Source:
    """The desk's one source of a kind, made when first asked for."""
    key = f"{kind.value}-{desk}"
    there = Source.objects.filter(key=key, kind=kind).first()
    if there is not None:
        return there
    try:
        with transaction.atomic():
            made = Source.objects.create(key=key, kind=kind, desk=desk, created_at=now)
            _record("source.added", made, actor=SYSTEM, now=now)
            return made
    except IntegrityError:
        found = Source.objects.get(key=key)
        if found.kind != kind:
            raise SourceDiffers(source=key) from None
        return found


def _open(source: Source) -> Source:
    if source.closed_at is not None:
        raise SourceClosed(source=source.key)
    return source


@transaction.atomic
def add_webhook(key: str, *, desk: str, actor: Actor, now: datetime) -> str:
    """Add a source that takes mail by HTTP; its token, which is shown this once. Refuses `SourceDiffers`."""
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    if not _KEY.fullmatch(key):
        raise Invalid("key", gettext_noop("Name the source with letters, digits and hyphens, at most 60."))
    mail_desk(desk)
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            source = Source.objects.create(
                key=key, kind=Source.Kind.WEBHOOK, desk=desk, created_at=now, token_digest=digest_of(token)
            )
    except IntegrityError:
        raise SourceDiffers(source=key) from None
    _record("source.added", source, actor=actor, now=now)
    return token


@transaction.atomic
def rotate_token(key: str, *, actor: Actor, now: datetime) -> str:
    """Another token for a webhook: the old one is worth nothing from now on."""
    source = _managed(key, (Source.Kind.WEBHOOK,), actor)
    token = secrets.token_urlsafe(32)
    Source.objects.filter(id=source.id).update(token_digest=digest_of(token))
    _record("source.token_rotated", source, actor=actor, now=now)
    return token


@transaction.atomic
def close(key: str, *, actor: Actor, now: datetime) -> None:
    """Take nothing more from a webhook or by SMTP; what came stays. Refuses `SourceClosed`."""
    source = _open(_managed(key, CLOSABLE, actor))
    Source.objects.filter(id=source.id).update(closed_at=now)
    _record("source.closed", source, actor=actor, now=now)


@transaction.atomic
def reopen(key: str, *, actor: Actor, now: datetime) -> None:
    """Take mail again from a source that was closed."""
    source = _managed(key, CLOSABLE, actor)
    if Source.objects.filter(id=source.id, closed_at__isnull=False).update(closed_at=None):
        _record("source.reopened", source, actor=actor, now=now)


def _managed(key: str, kinds: tuple[Source.Kind, ...], actor: Actor) -> Source:
    check_may(actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    source = Source.objects.select_for_update().filter(key=key).first()
    if source is None:
        raise SourceUnknown(source=key)
    if source.kind not in kinds:
        raise SourceNotThatKind(source=key, kind=source.kind)
    return source


def webhook(key: str, token: str) -> Source | None:
    """The webhook of that key if the token is its own. Takes the same time whatever is wrong."""
    source = Source.objects.filter(key=key, kind=Source.Kind.WEBHOOK).first()
    known = source.token_digest if source is not None else ""
    fits = hmac.compare_digest(digest_of(token), known or digest_of("nobody's"))
    return source if source is not None and known and fits else None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def listed() -> list[SourceRow]:
    """Every source with what came from it, by key."""
    rows = Source.objects.order_by("key").annotate(
        number=Count("arrivals"), newest=Max("arrivals__recorded_at")
    )
    return [
        SourceRow(row.key, row.kind, row.desk, row.created_at, row.closed_at, row.number, row.newest)
        for row in rows
    ]


def _record(kind: str, source: Source, *, actor: Actor, now: datetime) -> None:
    start = source.start_at.isoformat() if source.start_at else None
    record(
        kind=kind,
        subject_kind="source",
        subject_id=source.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"kind": source.kind, "desk": source.desk, "start_at": start},
    )
