"""Tokens of programs: made, looked up, revoked. The secret is shown once and kept nowhere."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.permissions import OF_A_TOKEN, Act
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.people import rules
from opsdesk.people.models import Token

SUBJECT = "token"
PREFIX = "opd_"
SECRET_BYTES = 32
LONGEST_SECRET = 200
TAIL = 4
MOST_SCOPES = 100
USE_NOTED_EVERY = timedelta(minutes=1)
SCOPE = re.compile(r"[A-Z]{2}\.[A-Z][A-Z0-9_]{0,39}")


class TokenUnknown(Refusal):
    message = gettext_noop("There is no token %(token)s.")


class TokenNameTaken(Refusal):
    message = gettext_noop("There is a token “%(name)s” already. Revoke it first, or choose another name.")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made, with the secret that is shown this once."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as listed. `secret` is never there; `tail` are its last letters."""

    id: int
    name: str
    tail: str
    abilities: tuple[str, ...]
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    is_valid: bool


@transaction.atomic
def add(
    *,
    name: str,
    abilities: Collection[str],
    scopes: Collection[str] = (),
    expires_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> NewToken:
    """Make a token for a program. Refuses `TokenNameTaken`, `NotAnAdmin`, `Invalid`."""
    rules.check_admin(actor, Act.MANAGE_TOKENS)
    called = rules.cleaned_name(name)
    acts, within = _known_abilities(abilities), _known_scopes(scopes)
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at", gettext_noop("A token ends later than now."))
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token(
        name=called,
        digest=_digest(secret),
        tail=secret[-TAIL:],
        abilities=acts,
        scopes=within,
        created_at=now,
        created_by_id=actor.id,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError:
        raise TokenNameTaken(name=called) from None
    _record("token.added", token.id, actor, now, abilities=acts, scopes=within)
    return NewToken(token.id, secret)


@transaction.atomic
def revoke(*, token_id: int, actor: Actor, now: datetime) -> None:
    """Let nobody in by this token from now on; twice the same changes nothing. Refuses `TokenUnknown`."""
    rules.check_admin(actor, Act.MANAGE_TOKENS)
    found = Token.objects.filter(id=token_id)
    if found.filter(revoked_at=None).update(revoked_at=now):
        _record("token.revoked", token_id, actor, now)
    elif not found.exists():
        raise TokenUnknown(token=token_id)


def actor_of(secret: str, *, now: datetime) -> Actor | None:
    """Who shows this secret, or None where no valid token has it; its use is noted once a minute at most."""
    if len(secret) > LONGEST_SECRET or not secret.startswith(PREFIX):
        return None
    token = Token.objects.filter(digest=_digest(secret)).first()
    if token is None or not _is_valid(token, now):
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        Token.objects.filter(id=token.id, last_used_at=token.last_used_at).update(last_used_at=now)
    return Actor(
        kind=ActorKind.TOKEN,
        id=token.id,
        name=token.name,
        abilities=frozenset(token.abilities),
        scopes=frozenset(token.scopes),
    )


def listed(now: datetime) -> list[TokenRow]:
    """Every token, valid ones first, by name."""
    rows = [_row(token, now) for token in Token.objects.order_by("name", "id")]
    return sorted(rows, key=lambda row: not row.is_valid)


def one(token_id: int, now: datetime) -> TokenRow:
    """One token. Refuses `TokenUnknown`."""
    token = Token.objects.filter(id=token_id).first()
    if token is None:
        raise TokenUnknown(token=token_id)
    return _row(token, now)


def names(ids: Collection[int]) -> dict[int, str]:
    """The names of these tokens, revoked ones too; unknown ids are left out."""
    return dict(Token.objects.filter(id__in=ids).values_list("id", "name")) if ids else {}


def _row(token: Token, now: datetime) -> TokenRow:
    return TokenRow(
        id=token.id,
        name=token.name,
        tail=token.tail,
        abilities=tuple(token.abilities),
        scopes=tuple(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        is_valid=_is_valid(token, now),
    )


def _is_valid(token: Token, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def _known_abilities(abilities: Collection[str]) -> list[str]:
    known = {act.value for act in OF_A_TOKEN}
    if not abilities or not set(abilities) <= known:
        raise Invalid("abilities", gettext_noop("Choose at least one of what a token may do."))
    return sorted(set(abilities))


def _known_scopes(scopes: Collection[str]) -> list[str]:
    if len(scopes) > MOST_SCOPES or not all(SCOPE.fullmatch(scope) for scope in scopes):
        raise Invalid("scopes", gettext_noop("Write each scope as MN.USED_CAR_PRIVATE."))
    return sorted(set(scopes))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _record(kind: str, token_id: int, actor: Actor, now: datetime, **payload: object) -> None:
    record(
        kind=kind,
        subject_kind=SUBJECT,
        subject_id=token_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
