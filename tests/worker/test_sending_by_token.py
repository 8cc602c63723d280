"""Answers that go out as the mailbox they came into, by its own permission."""

from collections.abc import Iterator

import pytest

from opsdesk.mail.carrier import carrier
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.worker.tokens import NoToken, Tokens
from tests import cast
from tests.dovecot import Mailbox, imap_server, mailbox
from tests.mail.far_end import far_end
from tests.mail.test_carrier import answer, carry, relay, state
from tests.mailboxes.builders import set_up
from tests.mailboxes.tokens import Authority, an_authority

__all__ = ["imap_server", "mailbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def authority(mailbox: Mailbox) -> Iterator[Authority]:
    cast.desk()
    with an_authority(mailbox) as found:
        yield found


@pytest.fixture
def box(mailbox: Mailbox, authority: Authority) -> Row:
    more = {"auth": "xoauth2", "secret": "refresh-1", "client_id": "desk", "client_secret": "client-word"}
    return set_up(mailbox, cast.admin(), **authority.addresses, **more)


def test_a_letter_goes_out_by_a_token_of_the_mailbox(box: Row, authority: Authority) -> None:
    tokens = Tokens()
    first, second = answer(cast.operator()), None
    with far_end(auth_require_tls=False, auth_required=True) as end:
        end.token = lambda: f"user={box.username}\x01auth=Bearer {authority.issued[-1]}\x01\x01"
        way = relay(end, user=box.username, auth="xoauth2")
        assert carry(carrier(way, token=tokens.of)) == 1
        second = answer(cast.operator("omar"))
        assert carry(carrier(way, token=tokens.of)) == 1
        assert len(end.taken) == 2
    assert (state(first)[0], state(second)[0], len(authority.issued)) == ("sent", "sent", 1)


def test_without_a_permission_there_is_no_token(box: Row, authority: Authority) -> None:
    with pytest.raises(NoToken, match="no access token for nobody@"):
        Tokens().of("nobody@desk.example")
    authority.fails = [(400, {"error": "invalid_grant"})]
    with pytest.raises(NoToken, match="permission"):
        Tokens().of(box.username.upper())
    assert Tokens().of(box.username) == authority.issued[-1]
