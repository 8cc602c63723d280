"""Mailboxes over TLS: trusted servers are read and listened to, others are not given the password."""

from time import monotonic, sleep

import pytest

from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.reader import Pace
from tests import cast
from tests.dovecot import Mailbox
from tests.mailboxes.builders import NOW, letter, read_all, reading, set_up, uids

pytestmark = pytest.mark.django_db


@pytest.fixture
def trusted(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.desk()
    monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.certificate))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_and_listened_to_over_tls(mailbox: Mailbox, trusted: None, security: str) -> None:
    port = mailbox.tls_port if security == "tls" else mailbox.port
    mailbox.deliver(letter(1))
    row = set_up(mailbox, cast.admin(), security=security, port=port, host="localhost")
    with reading(row, pace=Pace(listen_s=0.5, look_s=600)) as reader:
        assert read_all(reader) == 1
        assert reader.line
        assert reader.line.idling
        sleep(0.3)
        mailbox.deliver(letter(2))
        begun, stored = monotonic(), 0
        while not stored and monotonic() - begun < 10:
            stored += reader.step(NOW).stored
    assert uids(row) == [1, 2]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_is_not_trusted_gets_no_password(mailbox: Mailbox, security: str) -> None:
    cast.desk()
    port = mailbox.tls_port if security == "tls" else mailbox.port
    row = set_up(mailbox, cast.admin(), security=security, port=port, host="localhost")
    with reading(row) as reader:
        reader.step(NOW)
    row.refresh_from_db()
    assert (row.state, row.trouble) == (Row.State.TROUBLE, "unsafe")


def test_news_that_comes_with_the_go_ahead_is_heard_at_once(mailbox: Mailbox, trusted: None) -> None:
    """Mail that comes just before listening is told in one packet with the server's go-ahead."""
    row = set_up(mailbox, cast.admin(), security="tls", port=mailbox.tls_port, host="localhost")
    with reading(row, pace=Pace(listen_s=5, look_s=600)) as reader:
        for _ in range(20):
            reader.step(NOW)
            if reader.reconciled_at and not reader.woken and not reader.retrying:
                break
        assert reader.line
        reader.line.end_idling()
        mailbox.deliver(letter(1))
        begun = monotonic()
        assert reader.step(NOW).more
        assert monotonic() - begun < 3
        assert read_all(reader) == 1
