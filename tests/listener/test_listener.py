"""The desk's own mail server, talked to by others: what it takes, what it refuses, what it keeps."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from django.db import DataError, connection, connections
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.cases.models import Case
from opsdesk.kernel.actor import SYSTEM
from opsdesk.listener.conversation import Conversation
from opsdesk.mail import intake, sources
from opsdesk.mail.case_address import address_for
from opsdesk.mail.case_keys import reply_key
from opsdesk.mail.models import Arrival, Message
from opsdesk.mail.recipients import desk_of, plain
from opsdesk.vault import queries as vault
from tests import cast
from tests.listener.builders import DESK, Running, answers, bring, by_hand, listening, said
from tests.mail.far_end import certificate
from tests.mail.letters import letter
from tests.worker.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def running() -> Iterator[Running]:
    with listening() as found:
        yield found


def kept() -> list[bytes]:
    return [vault.read(arrival.blob_id) for arrival in Arrival.objects.order_by("id")]


def test_a_mail_is_on_disk_byte_for_byte_when_it_is_acknowledged(running: Running) -> None:
    before = datetime.now(UTC)
    raw = letter() + b".\r\n..two\r\n.\x00nul\r\nlone\nlinefeed\n" + "여보세요".encode() + b"\r\n"
    assert bring(running, raw)[0] == 250
    assert kept() == [raw]
    (arrival,) = Arrival.objects.select_related("source")
    assert (arrival.source.kind, arrival.source.desk) == ("smtp", "support")
    assert arrival.received_at == arrival.recorded_at
    assert before <= arrival.recorded_at <= datetime.now(UTC)
    assert arrival.label == "SMTP sam@dealer.example (127.0.0.1)"


def test_what_came_in_becomes_a_request(running: Running) -> None:
    bring(running, letter(to=DESK))
    (arrival,) = Arrival.objects.all()
    assert intake.sort(arrival.id, now=datetime.now(UTC)) == "requests"
    assert Message.objects.get().received_at == arrival.received_at


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (DESK, 250),
        ("SUPPORT@OPSDESK.EXAMPLE", 250),
        ("support+case-17.a8f3@opsdesk.example", 250),
        ("postmaster@opsdesk.example", 250),
        ("Postmaster", 250),
        ("nobody@opsdesk.example", 550),
        ("support@elsewhere.example", 550),
        ("support%elsewhere.example@opsdesk.example", 550),
        ("@opsdesk.example:sam@elsewhere.example", 550),
        ("@elsewhere.example:support@opsdesk.example", 250),
        ("", 550),
    ],
)
def test_only_what_is_for_a_desk_is_taken(running: Running, address: str, code: int) -> None:
    with running.client() as client:
        client.ehlo()
        client.mail("sam@dealer.example")
        assert client.docmd(f"RCPT TO:<{address}>")[0] == code


def test_two_recipients_are_one_arrival_and_the_same_again_is_none(running: Running) -> None:
    raw = letter()
    assert bring(running, raw, DESK, "support+7@opsdesk.example")[0] == 250
    assert bring(running, raw)[0] == 250
    assert kept() == [raw]


def test_recipients_of_two_desks_are_an_arrival_for_each(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_letter(address: str) -> str:
        return {"s": "support", "d": "deals"}.get(address[:1], "")

    monkeypatch.setattr("opsdesk.listener.storing.desk_of", first_letter)
    assert bring(running, letter(), DESK, "deals@opsdesk.example")[0] == 250
    assert {arrival.source.desk for arrival in Arrival.objects.select_related("source")} == {
        "support",
        "deals",
    }


def test_bounces_and_senders_beyond_ascii_may_write(running: Running) -> None:
    with running.client() as client:
        client.ehlo()
        assert client.docmd("MAIL FROM:<> SIZE=100 BODY=8BITMIME")[0] == 250
        assert client.docmd(f"RCPT TO:<{DESK}>")[0] == 250
        assert client.data(letter(1))[0] == 250
        client.command_encoding = "utf-8"
        assert client.docmd("MAIL FROM:<김@예시.한국> SMTPUTF8")[0] == 250
        assert client.docmd(f"RCPT TO:{DESK}")[0] == 250
        assert client.data(letter(2))[0] == 250
    assert Arrival.objects.count() == 2


def test_an_empty_sender_on_the_envelope_is_the_mark_of_a_machine(running: Running) -> None:
    bring(running, letter(1), sender="")
    arrival = Arrival.objects.get()
    assert intake.sort(arrival.id, now=datetime.now(UTC)) == "set_aside"
    assert Arrival.objects.get().reason == "auto-reply"


def test_a_mail_whose_envelope_alone_names_a_case_joins_it(running: Running) -> None:
    bring(running, letter(1))
    intake.sort_pending(limit=5, now=datetime.now(UTC))
    case = Case.objects.get()
    bring(running, letter(2, to="undisclosed@elsewhere.example"), address_for(case.id, DESK, key=reply_key()))
    assert intake.sort(Arrival.objects.latest("id").id, now=datetime.now(UTC)) == "joined"
    assert case.case_messages.count() == 2


def test_lines_of_any_length_are_taken_and_dots_stay_dots(running: Running) -> None:
    long = b"x" * 200_000
    raw = letter() + b".." + long + b"\r\n" + long + b".\r\n" + b"." + long[:65_534] + b"\r\n.\r\nend\r\n"
    assert bring(running, raw)[0] == 250
    assert kept() == [raw]


def test_a_mail_ends_only_at_a_dot_between_two_line_ends(running: Running) -> None:
    talk = by_hand(running)
    for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
        assert said(talk, line)[:1] in b"23"
    inside = b"\n.\nMAIL FROM:<smuggled@b.example>\n.\r\n\r.\r\n"
    body = letter() + inside
    talk.sendall(body + b".\r\n" + b"NOOP\r\n")
    until(lambda: Arrival.objects.count() == 1)
    assert [line[:3] for line in answers(talk, 2)] == [b"250", b"250"]
    assert kept() == [body]
    talk.close()


def test_the_size_is_announced_and_held(running: Running) -> None:
    with running.client() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "2000000"
        assert client.docmd("MAIL FROM:<a@b.example> SIZE=2000001")[0] == 552
    raw = letter()
    assert bring(running, raw + b"x" * (2_000_000 - len(raw) - 2) + b"\r\n")[0] == 250
    assert bring(running, raw + b"y" * (2_000_000 - len(raw) - 1) + b"\r\n")[0] == 552
    assert Arrival.objects.count() == 1
    assert running.listener.room.left == running.listener.room.size


def test_many_large_mails_at_once_take_no_more_room_than_there_is(running: Running) -> None:
    talks = [by_hand(running) for _ in range(6)]
    for talk in talks:
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
            assert said(talk, line)[:1] in b"23"
    for number, talk in enumerate(talks):
        talk.sendall(letter(number) + b"x" * 1_800_000 + b"\r\n")
    until(lambda: running.listener.room.left < 1_800_000)
    codes = []
    for talk in talks:
        codes.append(said(talk, b".")[:3])
        talk.close()
    assert sorted(codes) == [b"250"] * 4 + [b"451"] * 2
    assert Arrival.objects.count() == 4
    until(lambda: running.listener.room.left == running.listener.room.size)


def data_begun(running: Running) -> socket.socket:
    talk = by_hand(running)
    for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
        assert said(talk, line)[:1] in b"23"
    return talk


def test_large_mails_that_never_end_keep_no_small_one_out(running: Running) -> None:
    talks = [data_begun(running) for _ in range(4)]
    for number, talk in enumerate(talks):
        talk.sendall(letter(number) + b"x" * 1_999_000 + b"\r\n")
    until(lambda: running.listener.room.left < 2_100_000)
    time.sleep(0.5)
    assert bring(running, letter(9, text="x" * 12_000))[0] == 250
    for talk in talks:
        talk.close()
    until(lambda: running.listener.room.left == running.listener.room.size)


def test_who_stands_still_in_the_middle_of_a_mail_is_hung_up_on_and_holds_no_room() -> None:
    with listening(stalled_s=0.5) as running, data_begun(running) as talk:
        talk.sendall(letter() + b"x" * 1_800_000 + b"\r\n")
        until(lambda: running.listener.room.left < 300_000 + 6_000_000)
        talk.settimeout(5)
        with suppress(ConnectionResetError):
            assert talk.recv(1000) == b""
        until(lambda: running.listener.room.left == running.listener.room.size)
        assert not running.listener.conversations
        assert Arrival.objects.count() == 0


def test_a_mail_that_comes_slowly_but_comes_is_taken() -> None:
    with listening(stalled_s=1.0) as running, data_begun(running) as talk:
        raw = letter()
        talk.sendall(raw)
        for _ in range(12):
            talk.sendall(b"x" * 5000)
            time.sleep(0.2)
        assert said(talk, b"\r\n.")[:3] == b"250"


def test_one_peer_has_only_some_of_the_connections_and_this_machine_any_number() -> None:
    with listening(of_one_peer=2) as running:

        def greeted(peer: str) -> tuple[socket.socket, bytes]:
            talk = socket.create_connection(("127.0.0.1", running.port), 60, (peer, 0))
            return talk, talk.recv(1000)[:10]

        there = [greeted(peer) for peer in ["127.0.0.1"] * 3 + ["127.0.0.2"] * 3 + ["127.0.0.3"]]
        assert [said[:3] for _, said in there] == [b"220"] * 5 + [b"421", b"220"]
        assert there[5][1] == b"421 4.7.0 "
        there[3][0].close()
        until(lambda: len(running.listener.conversations) == 5)
        there.append(greeted("127.0.0.2"))
        assert there[-1][1][:3] == b"220"
        for talk, _ in there:
            talk.close()


def test_what_the_database_quotes_of_a_mail_is_in_no_log(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(**more: object) -> None:
        raise DataError("DETAIL: Failing row contains (17, sam@dealer.example).")

    with monkeypatch.context() as patched:
        patched.setattr(intake, "store", refuses)
        assert bring(running, letter())[0] == 451
    assert "could not be stored: DataError" in caplog.text
    assert "sam@dealer.example" not in caplog.text
    assert bring(running, letter())[0] == 250


def test_more_connections_than_are_kept_are_asked_to_come_back() -> None:
    with listening(most=3) as running:
        talks = [by_hand(running) for _ in range(3)]
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as fourth:
            assert fourth.recv(1000).startswith(b"421")
            assert fourth.recv(1000) == b""
        assert said(talks[0], b"QUIT").startswith(b"221")
        until(lambda: len(running.listener.conversations) == 2)
        assert bring(running, letter())[0] == 250
        for talk in talks:
            talk.close()


def test_who_says_nothing_is_let_go() -> None:
    with listening(idle_s=0.3) as running, by_hand(running) as talk:
        assert talk.recv(1000) == b""


def test_who_hangs_up_before_the_end_leaves_nothing(running: Running) -> None:
    with by_hand(running) as talk:
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
            said(talk, line)
        talk.sendall(letter() + b"half a li")
    until(lambda: not running.listener.conversations)
    assert Arrival.objects.count() == 0
    assert running.listener.room.left == running.listener.room.size


@pytest.mark.parametrize("abruptly", [False, True])
def test_who_hangs_up_right_after_the_end_and_comes_again_is_kept_once(
    running: Running, abruptly: bool
) -> None:
    raws = [letter(number) for number in range(20)]
    for raw in raws:
        talk = by_hand(running)
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
            said(talk, line)
        talk.sendall(raw + b".\r\n")
        if abruptly:
            talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        talk.close()
    until(lambda: not running.listener.conversations)
    assert all(raw in raws for raw in kept())
    for raw in raws:
        assert bring(running, raw)[0] == 250
    assert sorted(kept()) == sorted(raws)


def test_several_mails_in_one_conversation_and_a_reset_between(running: Running) -> None:
    with running.client() as client:
        client.ehlo()
        client.mail("a@b.example")
        client.rcpt(DESK)
        client.rset()
        assert client.docmd("DATA")[0] == 503
        for number in range(3):
            client.mail("a@b.example")
            client.rcpt(DESK)
            assert client.data(letter(number))[0] == 250
    assert Arrival.objects.count() == 3


def test_nobody_can_sign_in_or_ask_for_names(running: Running) -> None:
    with running.client() as client:
        assert client.docmd("DATA")[0] == 503
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH PLAIN AGEAYg==")[0] == 502
        assert client.docmd("VRFY", "support")[0] == 252
        assert client.docmd("EXPN", "support")[0] == 502
        client.mail("a@b.example")
        client.rcpt(DESK)
        assert client.docmd("DATA now")[0] == 501


def test_more_recipients_than_can_be_are_sent_to_separately(running: Running) -> None:
    with running.client() as client:
        client.ehlo()
        client.mail("a@b.example")
        codes = [client.rcpt(f"support+{number}@opsdesk.example")[0] for number in range(101)]
    assert codes == [250] * 100 + [452]


def test_a_source_that_was_closed_takes_nothing_until_it_is_reopened(running: Running) -> None:
    now = datetime.now(UTC)
    assert bring(running, letter(1))[0] == 250
    sources.close("smtp-support", actor=SYSTEM, now=now)
    with running.client() as client:
        client.ehlo()
        client.mail("a@b.example")
        assert client.rcpt(DESK)[0] == 550
    sources.reopen("smtp-support", actor=SYSTEM, now=now)
    assert bring(running, letter(2))[0] == 250


def test_starttls_is_offered_where_there_is_a_certificate(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with listening(cert=str(cert), key=str(key)) as running:
        with running.client() as client:
            client.ehlo()
            client.starttls(context=ssl._create_unverified_context())
            client.ehlo()
            assert not client.has_extn("auth")
            assert not client.has_extn("starttls")
            client.mail("a@b.example")
            client.rcpt(DESK)
            assert client.data(letter())[0] == 250
        assert Arrival.objects.count() == 1
        until(lambda: not running.listener.conversations, within=5)


def test_a_conversation_in_nonsense_is_answered_with_no(running: Running) -> None:
    with by_hand(running) as talk:
        for line in (
            b"\xff\xfe",
            b"EHLO",
            b"MAIL",
            b"RCPT TO:<",
            b"X" * 5000,
            b"HELO x",
            b"MAIL FROM:<a b> c=d=",
        ):
            assert said(talk, line)[:1] in b"25", line
        assert said(talk, b"MAIL FROM:<\xff\xfe@x>")[:1] in b"25"
        assert said(talk, b"RCPT TO:<\xff\xfe\x00@opsdesk.example>")[:3] in (b"550", b"553", b"503")


def test_a_slow_store_keeps_nobody_else_waiting(running: Running) -> None:
    """Another writer holds the records; who only asks for an address is answered meanwhile."""
    if connection.vendor != "sqlite":
        pytest.skip("writers exclude one another on SQLite only")
    bring(running, letter(0))
    codes: list[int] = []
    waiting = Thread(target=lambda: codes.append(bring(running, letter(1))[0]))
    connection.cursor().execute("BEGIN IMMEDIATE")
    try:
        waiting.start()
        until(lambda: any(each._storing for each in list(running.listener.conversations)))
        began = time.monotonic()
        with running.client() as client:
            client.ehlo()
            client.mail("a@b.example")
            assert client.rcpt(DESK)[0] == 250
        assert time.monotonic() - began < 2
        assert codes == []
    finally:
        connection.cursor().execute("ROLLBACK")
    waiting.join(60)
    connections.close_all()
    assert codes == [250]


@given(st.text(max_size=60))
def test_every_address_is_somebodys_or_nobodys(text: str) -> None:
    assert desk_of(text, ()) == ""
    assert plain(plain(text)) == plain(text)


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_every_argument_of_a_command_is_an_address_or_none(text: str) -> None:
    address, rest = Conversation._getaddr(None, text)  # type: ignore[arg-type]
    assert (address is None) == (rest is None)
    assert address != ""
