"""Tokens of programs."""

from datetime import timedelta
from typing import Any

import pytest

from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM, ActorKind
from opsdesk.kernel.permissions import Act, NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.people import tokens
from opsdesk.people.models import Token
from opsdesk.people.tokens import NewToken, TokenNameTaken, TokenUnknown
from tests import cast
from tests.cast import MONDAY

pytestmark = pytest.mark.django_db
READ, FUND = Act.READ.value, Act.FUND_DEAL.value
LATER = MONDAY + timedelta(hours=1)


def made(**changes: Any) -> NewToken:
    asked = {"name": "market", "abilities": [READ, FUND], "scopes": ["MN.USED_CAR_PRIVATE"]}
    return tokens.add(**{**asked, "actor": SYSTEM, "now": MONDAY, **changes})


def test_whoever_shows_the_secret_is_the_token_with_what_it_may() -> None:
    token = made()
    actor = tokens.actor_of(token.secret, now=LATER)
    assert actor is not None
    assert (actor.kind, actor.id, actor.name) == (ActorKind.TOKEN, token.id, "market")
    assert (actor.abilities, actor.scopes) == ({READ, FUND}, {"MN.USED_CAR_PRIVATE"})


def test_the_secret_is_kept_nowhere() -> None:
    token = made()
    row = Token.objects.values().get()
    entry = Entry.objects.get(kind="token.added")
    assert token.secret.startswith("opd_")
    assert len(token.secret) > 40
    assert token.secret not in str(row) + str(entry.payload)
    assert row["tail"] == token.secret[-4:]
    assert (entry.subject_kind, entry.subject_id) == ("token", token.id)
    assert entry.payload == {"abilities": [FUND, READ], "scopes": ["MN.USED_CAR_PRIVATE"]}


@pytest.mark.parametrize("secret", ["", "opd_", "opd_wrong", "ключ", "opd_" + "x" * 300, "opd_\udc80"])
def test_another_secret_is_nobody(secret: str) -> None:
    made()
    assert tokens.actor_of(secret, now=LATER) is None


def test_a_revoked_token_lets_nobody_in_and_twice_is_once() -> None:
    token = made()
    tokens.revoke(token_id=token.id, actor=SYSTEM, now=LATER)
    tokens.revoke(token_id=token.id, actor=SYSTEM, now=LATER + timedelta(hours=1))
    assert tokens.actor_of(token.secret, now=LATER) is None
    assert Entry.objects.filter(kind="token.revoked").count() == 1
    assert tokens.one(token.id, LATER).revoked_at == LATER


def test_a_token_ends_at_its_instant() -> None:
    token = made(expires_at=LATER)
    assert tokens.actor_of(token.secret, now=LATER - timedelta(microseconds=1))
    assert tokens.actor_of(token.secret, now=LATER) is None
    assert tokens.one(token.id, LATER).is_valid is False


def test_its_use_is_noted_at_most_once_a_minute() -> None:
    token = made()
    seen = []
    for seconds in (0, 30, 59, 60, 61):
        tokens.actor_of(token.secret, now=LATER + timedelta(seconds=seconds))
        seen.append((tokens.one(token.id, LATER).last_used_at or MONDAY) - LATER)
    assert [each.total_seconds() for each in seen] == [0, 0, 0, 60, 60]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"abilities": []}, "abilities"),
        ({"abilities": [Act.RULE.value]}, "abilities"),
        ({"abilities": [READ, "fly"]}, "abilities"),
        ({"scopes": ["mn.cars"]}, "scopes"),
        ({"scopes": ["MN.USED_CAR_PRIVATE\n"]}, "scopes"),
        ({"scopes": ["MN.X"] * 101}, "scopes"),
        ({"expires_at": MONDAY}, "expires_at"),
    ],
)
def test_what_a_token_cannot_hold_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        made(**changes)
    assert refused.value.field == field
    assert not Token.objects.exists()


def test_two_valid_tokens_have_two_names() -> None:
    token = made()
    with pytest.raises(TokenNameTaken):
        made()
    tokens.revoke(token_id=token.id, actor=SYSTEM, now=LATER)
    again = made()
    assert [row.id for row in tokens.listed(LATER)] == [again.id, token.id]


def test_only_an_admin_makes_and_revokes_tokens() -> None:
    token, ada, lena = made(), cast.admin().actor, cast.lead().actor
    with pytest.raises(NotAnAdmin):
        made(name="other", actor=lena)
    with pytest.raises(NotAnAdmin):
        tokens.revoke(token_id=token.id, actor=lena, now=LATER)
    assert made(name="other", actor=ada).id
    with pytest.raises(TokenUnknown):
        tokens.revoke(token_id=10**6, actor=ada, now=LATER)
    with pytest.raises(TokenUnknown):
        tokens.one(10**6, LATER)
