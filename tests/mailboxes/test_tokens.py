"""Mailboxes that are opened by OAuth 2: tokens are refreshed, refusals named, secrets kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from opsdesk.mailboxes import actions
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.progress import SECRET
from opsdesk.mailboxes.signin import SignIn
from opsdesk.vault.sealing import unseal
from tests import cast
from tests.dovecot import Mailbox
from tests.mailboxes.builders import NOW, letter, press_on, read_all, reading, set_up
from tests.mailboxes.tokens import Authority, an_authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def authority(mailbox: Mailbox) -> Iterator[Authority]:
    cast.desk()
    with an_authority(mailbox) as authority:
        yield authority


def by_token(mailbox: Mailbox, authority: Authority, **more: Any) -> Row:
    fields = {"auth": "xoauth2", "secret": "refresh-1", "client_id": "desk", "client_secret": "client-word"}
    return set_up(mailbox, cast.admin(), **authority.addresses, **(fields | more))


def test_a_mailbox_is_opened_by_a_token(mailbox: Mailbox, authority: Authority) -> None:
    mailbox.deliver(letter(1))
    with reading(by_token(mailbox, authority)) as reader:
        assert read_all(reader) == 1
    asked = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    assert authority.asked == [{**asked, "client_id": "desk", "client_secret": "client-word"}]


def test_a_token_that_is_good_is_used_again(mailbox: Mailbox, authority: Authority) -> None:
    with reading(by_token(mailbox, authority)) as reader:
        for _ in range(3):
            read_all(reader)
            reader.cut()
    assert len(authority.asked) == 1


def test_a_token_that_has_run_out_is_replaced(mailbox: Mailbox, authority: Authority) -> None:
    authority.lasts_s = 30
    with reading(by_token(mailbox, authority)) as reader:
        read_all(reader)
        reader.cut()
        read_all(reader)
    assert len(authority.asked) == 2


def test_a_token_that_the_server_takes_no_more_is_replaced_at_once(
    mailbox: Mailbox, authority: Authority
) -> None:
    row = by_token(mailbox, authority)
    with reading(row) as reader:
        read_all(reader)
        mailbox.revoke(authority.issued[0])
        reader.cut()
        mailbox.deliver(letter(1))
        assert read_all(reader) == 1
    assert len(authority.asked) == 2
    row.refresh_from_db()
    assert (row.state, row.failures) == (Row.State.WELL, 0)


def test_a_new_refresh_token_is_kept_sealed(mailbox: Mailbox, authority: Authority) -> None:
    authority.rotates, authority.lasts_s = True, 0
    row = by_token(mailbox, authority)
    with reading(row) as reader:
        for _ in range(3):
            read_all(reader)
            reader.cut()
    row.refresh_from_db()
    assert unseal(row.secret, purpose=SECRET) == authority.refresh == "refresh-4"
    assert "refresh" not in row.secret


def test_a_permission_that_was_given_meanwhile_is_not_overwritten_by_an_older_one(
    mailbox: Mailbox, authority: Authority
) -> None:
    authority.rotates = True
    row = by_token(mailbox, authority)
    before = Row.objects.get()
    actions.authorise(mailbox_id=row.id, secret="given-by-hand", actor=cast.admin("eva").actor, now=NOW)
    assert SignIn(row.id)._renewed(before) == authority.issued[0]
    row.refresh_from_db()
    assert unseal(row.secret, purpose=SECRET) == "given-by-hand"


@pytest.mark.parametrize(
    ("answers", "state", "trouble"),
    [
        (
            [(400, {"error": "invalid_grant", "error_description": "refresh-1 ended"})],
            "refused",
            "unauthorised",
        ),
        ([(401, {"error": "invalid_client"})], "refused", "unauthorised"),
        ([(503, b"busy")], "trouble", "token_desk"),
        ([(500, {"message": "odd"})], "trouble", "token_desk"),
        ([(200, b"<html>")], "trouble", "token_desk"),
        ([(200, [])], "trouble", "token_desk"),
        ([(200, {"access_token": ""})], "trouble", "token_desk"),
        ([(200, {"access_token": "nobody-s"})], "refused", "refused"),
    ],
)
def test_each_no_has_its_name_and_none_repeats_a_secret(
    mailbox: Mailbox, authority: Authority, answers: list[Any], state: str, trouble: str
) -> None:
    authority.fails = answers
    row = by_token(mailbox, authority)
    with reading(row) as reader:
        reader.step(NOW)
        row.refresh_from_db()
        assert (row.state, row.trouble) == (state, trouble)
        for hidden in ("refresh-1", "client-word", "nobody-s"):
            assert hidden not in row.detail
        mailbox.deliver(letter(1))
        assert press_on(reader) == 1


def test_a_mailbox_without_a_permission_says_how_to_get_one(mailbox: Mailbox, authority: Authority) -> None:
    row = by_token(mailbox, authority, secret="")
    with reading(row) as reader:
        reader.step(NOW)
    row.refresh_from_db()
    assert (row.state, row.trouble) == ("refused", "unauthorised")


def test_secrets_of_another_master_key_are_a_trouble_with_its_remedy(
    mailbox: Mailbox, authority: Authority
) -> None:
    row = by_token(mailbox, authority)
    with override_settings(SECRET_KEY="another-home"), reading(row) as reader:
        reader.step(NOW)
    row.refresh_from_db()
    assert (row.state, row.trouble) == ("refused", "sealed")
