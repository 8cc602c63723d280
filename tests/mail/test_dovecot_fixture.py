"""The IMAP server of the tests does what tests of fetching lean on."""

import imaplib
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.dovecot import Mailbox, imap_server, mailbox, running_server, sure
from tests.worker.processes import REPOSITORY, descendants, is_running, until

__all__ = ["imap_server", "mailbox"]

LETTER = b"From: a@example.test\nSubject: one\n\nbody \xff\xfe\r\n.\n"


def sign_in_by_token(client: imaplib.IMAP4, mailbox: Mailbox, token: str) -> str:
    """XOAUTH2 as Google and Microsoft describe it."""
    answer = f"user={mailbox.user}\x01auth=Bearer {token}\x01\x01".encode()
    # A refusal comes as a further question, which is answered with nothing.
    answers = iter([answer])
    return client.authenticate("XOAUTH2", lambda asked: next(answers, b""))[0]


def test_a_letter_is_there_byte_for_byte_with_its_date(mailbox: Mailbox) -> None:
    mailbox.deliver(LETTER, internaldate=datetime(2024, 3, 31, 1, 30, tzinfo=UTC))
    with mailbox.session() as client:
        [(head, body), _] = sure(client.uid("FETCH", "1", "(INTERNALDATE BODY.PEEK[])"))
    assert b"31-Mar-2024 01:30:00 +0000" in head
    assert body == LETTER.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_letters_are_numbered_as_they_are_delivered(mailbox: Mailbox) -> None:
    for number in range(1, 31):
        mailbox.deliver(b"Subject: %d\n\n" % number)
    with mailbox.session() as client:
        for number in range(1, 31):
            [(_, head), _] = sure(client.uid("FETCH", str(number), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
            assert head.split() == [b"Subject:", b"%d" % number]


def test_a_mailbox_is_empty_whatever_another_test_did(mailbox: Mailbox) -> None:
    assert mailbox.uids() == []


def test_an_expunged_letter_is_gone_and_its_number_never_comes_again(mailbox: Mailbox) -> None:
    for _ in range(3):
        mailbox.deliver(LETTER)
    mailbox.expunge(3)
    assert mailbox.uids() == [1, 2]
    mailbox.deliver(LETTER)
    assert mailbox.uids() == [1, 2, 4]


def test_after_a_reset_the_same_letters_have_other_numbers(mailbox: Mailbox) -> None:
    for _ in range(3):
        mailbox.deliver(LETTER)
    mailbox.expunge(1)
    before = mailbox.uidvalidity()
    mailbox.reset_uidvalidity()
    assert mailbox.uidvalidity() > before
    assert mailbox.uids() == [1, 2]
    before = mailbox.uidvalidity()
    mailbox.reset_uidvalidity()
    assert mailbox.uidvalidity() > before


def test_another_folder_has_its_own_letters(mailbox: Mailbox) -> None:
    mailbox.create("Support")
    mailbox.deliver(LETTER, folder="Support")
    mailbox.reset_uidvalidity("Support")
    assert (mailbox.uids(), mailbox.uids("Support")) == ([], [1])


def test_a_server_that_is_away_comes_back_at_the_same_place(mailbox: Mailbox) -> None:
    mailbox.deliver(LETTER)
    assert mailbox.uids() == [1]
    validity, port = mailbox.uidvalidity(), mailbox.port
    process = mailbox.server.process
    assert process
    family = [process.pid, *descendants(process.pid)]
    client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=10)
    client.login(mailbox.user, mailbox.password)
    mailbox.stop()
    with pytest.raises(imaplib.IMAP4.abort):
        client.noop()
    client.shutdown()
    assert not any(is_running(pid) for pid in family)
    with pytest.raises(ConnectionRefusedError):
        mailbox.uids()
    mailbox.deliver(LETTER)
    mailbox.start()
    assert (mailbox.uids(), mailbox.uidvalidity(), mailbox.port) == ([1, 2], validity, port)


def test_a_wrong_password_is_refused_and_the_right_one_taken_at_once(mailbox: Mailbox) -> None:
    for _ in range(2):
        client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5)
        with client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(mailbox.user, "another")
    assert mailbox.uids() == []


def test_tls_is_spoken_from_the_start_or_after_starttls(mailbox: Mailbox) -> None:
    trusting = ssl.create_default_context(cafile=str(mailbox.certificate))
    with imaplib.IMAP4_SSL("localhost", mailbox.tls_port, ssl_context=trusting, timeout=5) as client:
        assert client.login(mailbox.user, mailbox.password)[0] == "OK"
    with imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5) as client:
        assert client.starttls(trusting)[0] == "OK"
        assert client.login(mailbox.user, mailbox.password)[0] == "OK"


def test_a_client_that_trusts_only_the_world_is_not_let_down(mailbox: Mailbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL("localhost", mailbox.tls_port, ssl_context=ssl.create_default_context(), timeout=5)


def test_a_token_opens_the_mailbox_until_it_is_revoked(mailbox: Mailbox) -> None:
    token = mailbox.token()
    with imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5) as client:
        assert sign_in_by_token(client, mailbox, token) == "OK"
        assert client.select()[0] == "OK"
    mailbox.revoke(token)
    client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5)
    with client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        sign_in_by_token(client, mailbox, token)


def test_a_token_is_good_for_oauthbearer_too(mailbox: Mailbox) -> None:
    answer = f"n,a={mailbox.user},\x01auth=Bearer {mailbox.token()}\x01\x01".encode()
    with imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5) as client:
        assert client.authenticate("OAUTHBEARER", lambda asked: answer)[0] == "OK"


def test_a_token_of_another_opens_nothing(mailbox: Mailbox) -> None:
    token = Mailbox(mailbox.server, "another@example.test").token()
    client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=5)
    with client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        sign_in_by_token(client, mailbox, token)


def test_nothing_is_left_when_the_tests_end() -> None:
    with running_server() as server:
        process = server.process
        assert process
        family = [process.pid, *descendants(process.pid)]
        assert len(family) > 1
    assert not server.place.exists()
    assert not any(is_running(pid) for pid in family)


def test_the_server_stops_even_when_the_tests_are_killed() -> None:
    code = (
        "import time\nfrom tests.dovecot import running_server\n"
        "with running_server() as server:\n"
        "    print(server.process.pid, server.place, flush=True)\n    time.sleep(60)"
    )
    tests = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert tests.stdout
    pid, place = tests.stdout.readline().split()
    family = [int(pid), *descendants(int(pid))]
    tests.kill()
    tests.wait()
    tests.stdout.close()
    until(lambda: not any(is_running(each) for each in family), within=10)
    shutil.rmtree(place)
