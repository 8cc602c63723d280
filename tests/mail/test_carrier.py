"""Sending by a real server: what it said, and what that did to the message, its task and its case."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import OperationalError, connections

from opsdesk.cases.models import Case
from opsdesk.clock import claims
from opsdesk.clock.models import LaneName, Task, TaskState
from opsdesk.clock.queries import claimable
from opsdesk.clock.tasks import FIRST_DELAY_S, Handler
from opsdesk.config.mail import Relay
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.mail import carrier as carrier_module
from opsdesk.mail import deliveries, handover, outbox, replies
from opsdesk.mail.carrier import TRIES, WAIT_FOR_ALL, carrier
from opsdesk.mail.models import Message
from opsdesk.mail.refusals import NobodyToAnswer
from opsdesk.mail.timers import DELIVER
from opsdesk.vault import actions as vault
from opsdesk.vault import queries as blobs
from opsdesk.worker.kinds import Wired
from opsdesk.worker.loop import work
from opsdesk.worker.rounds import carriers
from tests import cast
from tests.cast import Somebody
from tests.clock.builders import a_task
from tests.mail.far_end import FarEnd, far_end, server_context
from tests.mail.letters import CUSTOMER, NOW, bring, letter
from tests.worker.processes import until

pytestmark = pytest.mark.django_db
OTHER = "kim@dealer.example"
DESK = "support@opsdesk.example"


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as running:
        yield running


def relay(end: FarEnd, **more: object) -> Relay:
    return replace(Relay("127.0.0.1", end.port, "none", timeout_s=5.0), **more)  # type: ignore[arg-type]


def answer(olga: Somebody, cc: tuple[str, ...] = ()) -> Message:
    case = Case.objects.first()
    if case is None:
        bring(letter("a"))
        case = Case.objects.get()
    text = "We look at it.\n.\n.. Two dots, and one alone above.\nСайн байна уу, 안녕하세요."
    return replies.reply(case_id=case.id, text=text, cc=cc, wait=True, actor=olga.actor, now=NOW)


def carry(handler: Handler, *, now: datetime = NOW) -> int:
    """One round of the worker's lane, as it runs; how many it did."""
    wiring = {DELIVER: Wired(LaneName.IO, handler)}
    return carriers(wiring, lambda: now)(now).done


def state(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.delivery, Task.objects.get(unique_key=f"{DELIVER}:{message.id}").state


def on_case(kind: str) -> int:
    return Entry.objects.filter(kind=kind, subject_kind="case", subject_id=Case.objects.get().id).count()


def test_the_stored_bytes_reach_the_server_as_they_are(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga, cc=(OTHER,))
    assert carry(carrier(relay(end))) == 1
    (taken,) = end.taken
    assert taken.raw == blobs.read(message.blob_id)
    assert (taken.sender, taken.recipients) == (DESK, (CUSTOMER, OTHER))
    assert not any(option in taken.options for option in ("SMTPUTF8", "BODY=8BITMIME"))
    assert state(message) == ("sent", TaskState.DONE)
    assert message.delivered_at is not None
    assert message.delivered_at >= NOW
    assert carry(carrier(relay(end)), now=NOW + timedelta(days=9)) == 0
    assert len(end.taken) == 1


@pytest.mark.parametrize("says", [{"MAIL": "451 Later"}, {CUSTOMER: "450 Greylisted"}, {"DATA": "452 Full"}])
def test_not_now_moves_the_next_try_and_never_when_it_was_due(
    end: FarEnd, olga: Somebody, says: dict[str, str]
) -> None:
    message = answer(olga)
    end.says = says
    carry(carrier(relay(end)))
    task = Task.objects.get(kind=DELIVER)
    wait = task.run_at - NOW - timedelta(seconds=FIRST_DELAY_S)
    assert timedelta() <= wait < timedelta(seconds=5)
    assert (task.due_at, task.attempts, task.leased_until, end.taken) == (NOW, 1, None, [])
    assert state(message) == ("queued", TaskState.ARMED)
    assert next(iter(says.values())) in message.delivery_problem
    assert carry(carrier(relay(end)), now=NOW + timedelta(seconds=5)) == 0
    end.says = {}
    assert carry(carrier(relay(end)), now=NOW + timedelta(minutes=1)) == 1
    assert state(message) == ("sent", TaskState.DONE)
    assert message.delivery_problem == ""


@pytest.mark.parametrize(
    "says",
    [
        {"MAIL": "552 5.3.4 Too large"},
        {CUSTOMER: "550 No such user"},
        {CUSTOMER: "550 5.1.1 relay.example says: we relay to nobody so named"},
        {"DATA": "554 Looks like spam"},
    ],
)
def test_never_is_a_failed_message_a_dead_task_and_a_line_in_the_case(
    end: FarEnd, olga: Somebody, says: dict[str, str]
) -> None:
    message = answer(olga)
    end.says = says
    carry(carrier(relay(end)))
    assert state(message) == ("failed", TaskState.DEAD)
    assert next(iter(says.values())) in message.delivery_problem
    assert on_case("message.failed") == 1
    task = Task.objects.get(kind=DELIVER)
    assert CUSTOMER not in task.last_error
    assert not claimable([DELIVER], now=NOW + timedelta(days=30), limit=9)


@pytest.mark.parametrize(
    "says",
    [
        {"MAIL": "550 5.1.7 Not you"},
        {"MAIL": "530 5.7.0 Sign in first"},
        {"MAIL": "554 5.7.1 Relay access denied"},
        {CUSTOMER: "554 5.7.1 <sam@dealer.example>: Relay access denied"},
        {CUSTOMER: "530 5.7.0 Authentication required"},
        {"DATA": "530 5.7.57 Client was not authenticated"},
    ],
)
def test_a_server_that_refuses_the_desk_keeps_the_letter_waiting_and_says_what_to_do(
    end: FarEnd, olga: Somebody, says: dict[str, str]
) -> None:
    message = answer(olga)
    end.says = says
    carry(carrier(relay(end)))
    assert state(message) == ("queued", TaskState.ARMED)
    assert next(iter(says.values())) in message.delivery_problem
    assert "OPSDESK_SMTP_URL" in message.delivery_problem
    end.says = {}
    carry(carrier(relay(end)), now=NOW + timedelta(minutes=1))
    assert state(message) == ("sent", TaskState.DONE)


def test_of_two_recipients_the_one_who_is_taken_gets_it_and_the_other_is_named(
    end: FarEnd, olga: Somebody
) -> None:
    message = answer(olga, cc=(OTHER,))
    end.says = {OTHER: "550 5.1.1 Gone"}
    carry(carrier(relay(end)))
    assert end.taken[0].recipients == (CUSTOMER,)
    assert state(message) == ("sent", TaskState.DONE)
    assert message.delivery_problem == f"{OTHER}: 550 5.1.1 Gone"
    assert on_case("message.sent") == 1


def test_for_a_recipient_refused_for_now_all_wait_but_not_for_ever(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga, cc=(OTHER,))
    end.says = {OTHER: "450 Greylisted"}
    now = NOW
    for _ in range(WAIT_FOR_ALL):
        carry(carrier(relay(end)), now=now)
        assert end.taken == []
        now = Task.objects.get(kind=DELIVER).run_at
    carry(carrier(relay(end)), now=now)
    assert end.taken[0].recipients == (CUSTOMER,)
    assert message.id
    assert state(message) == ("sent", TaskState.DONE)
    assert OTHER in message.delivery_problem


def test_a_server_that_never_wakes_is_given_up_after_three_days(olga: Somebody) -> None:
    message = answer(olga)
    nobody = Relay("127.0.0.1", 1, "none", timeout_s=1.0)
    now, tries = NOW, 0
    while state(message)[1] == TaskState.ARMED:
        carry(carrier(nobody), now=now)
        now, tries = Task.objects.get(kind=DELIVER).run_at, tries + 1
    assert tries == TRIES
    assert timedelta(days=2, hours=20) < now - NOW < timedelta(days=3, hours=4)
    assert state(message) == ("failed", TaskState.DEAD)
    assert "refused" in message.delivery_problem


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "DATA", "250"])
@pytest.mark.parametrize("how", ["hangs", "cuts"])
def test_a_server_that_hangs_or_cuts_puts_the_message_off(
    end: FarEnd, olga: Somebody, step: str, how: str
) -> None:
    message = answer(olga)
    setattr(end, how, step)
    began = time.monotonic()
    carry(carrier(relay(end, timeout_s=0.5)))
    assert time.monotonic() - began < 4
    assert state(message) == ("queued", TaskState.ARMED)
    assert message.delivery_problem


def test_a_server_that_answers_drop_by_drop_is_cut_in_the_end(
    end: FarEnd, olga: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "WHOLE_S", 1.0)
    message = answer(olga)
    end.hangs = "DATA"
    began = time.monotonic()
    carry(carrier(relay(end, timeout_s=30.0)))
    assert time.monotonic() - began < 5
    assert state(message) == ("queued", TaskState.ARMED)


def test_a_server_with_many_addresses_that_never_answer_is_given_up_in_time(
    olga: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "WHOLE_S", 1.0)
    message = answer(olga)
    with full() as port:
        here = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: [here] * 20)
        began = time.monotonic()
        carry(carrier(Relay("many.example", port, "none", timeout_s=0.4)))
        assert time.monotonic() - began < 4
    assert state(message) == ("queued", TaskState.ARMED)


@contextmanager
def full() -> Iterator[int]:
    """A port whose queue is full: nobody else's connection is ever answered."""
    with ExitStack() as held:
        place = held.enter_context(socket.socket())
        place.bind(("127.0.0.1", 0))
        place.listen(0)
        for _ in range(4):
            one = held.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(place.getsockname())
        yield place.getsockname()[1]


def test_a_database_that_is_away_for_a_moment_after_the_250_is_waited_for(
    end: FarEnd, olga: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = answer(olga)
    real, back_at = deliveries.sent, time.monotonic() + 2

    def sent(message_id: int, *, problem: str = "", now: datetime) -> bool:
        if time.monotonic() < back_at:
            raise OperationalError("the database system is starting up")
        return real(message_id, problem=problem, now=now)

    monkeypatch.setattr(carrier_module, "connection", Kept())
    monkeypatch.setattr(deliveries, "sent", sent)
    carry(carrier(relay(end)))
    assert len(end.taken) == 1
    assert state(message) == ("sent", TaskState.DONE)


class Kept:
    """A test's transaction, which a connection that is opened anew would not see."""

    def close(self) -> None:
        pass


def test_a_message_taken_whose_answer_was_lost_is_sent_again_with_the_same_id(
    end: FarEnd, olga: Somebody
) -> None:
    message = answer(olga)
    end.cuts = "250"
    carry(carrier(relay(end)))
    end.cuts = ""
    carry(carrier(relay(end)), now=NOW + timedelta(minutes=1))
    assert [taken.raw for taken in end.taken] == [blobs.read(message.blob_id)] * 2
    assert f"<{message.message_id}>".encode() in end.taken[0].raw


def test_nothing_is_ever_sent_to_ourselves(end: FarEnd, olga: Somebody) -> None:
    first = answer(olga, cc=(OTHER,))
    Message.objects.filter(id=first.id).update(cc=[["", DESK.upper()], ["", f"support+7@{DESK[8:]}"]])
    carry(carrier(relay(end)))
    assert end.taken[0].recipients == (CUSTOMER,)
    second = answer(olga)
    Message.objects.filter(id=second.id).update(to=[["", DESK]])
    carry(carrier(relay(end)))
    assert state(second) == ("failed", TaskState.DEAD)
    assert len(end.taken) == 1


def test_words_that_were_erased_are_not_sent(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga)
    vault.redact(message.blob_id, reason="asked", actor=cast.admin().actor, now=NOW)
    carry(carrier(relay(end)))
    assert state(message) == ("failed", TaskState.DEAD)
    assert end.conversations == 0


def test_what_failed_is_sent_once_somebody_retries_it(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga)
    end.says = {"DATA": "554 Looks like spam"}
    carry(carrier(relay(end)))
    end.says = {}
    later = NOW + timedelta(days=5)
    deliveries.retry(message.id, actor=olga.actor, now=later)
    task = Task.objects.get(kind=DELIVER)
    assert (task.due_at, task.run_at, task.attempts, task.last_error) == (NOW, later, 0, "")
    assert on_case("message.retried") == 1
    assert carry(carrier(relay(end)), now=later) == 1
    assert state(message) == ("sent", TaskState.DONE)
    with pytest.raises(deliveries.AlreadySent):
        deliveries.retry(message.id, actor=olga.actor, now=later)
    with pytest.raises(deliveries.AlreadySent):
        deliveries.give_up(message.id, actor=olga.actor, now=later)


def test_a_dead_task_that_an_admin_has_tried_again_sends_the_message_too(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga)
    end.says = {"DATA": "554 Looks like spam"}
    carry(carrier(relay(end)))
    end.says = {}
    claims.retry(Task.objects.get(kind=DELIVER).id, actor=cast.admin().actor, now=NOW)
    carry(carrier(relay(end)))
    assert state(message) == ("sent", TaskState.DONE)


def test_a_message_given_up_is_tried_no_more_until_somebody_retries_it(end: FarEnd, olga: Somebody) -> None:
    message = answer(olga)
    deliveries.give_up(message.id, actor=olga.actor, now=NOW)
    assert state(message) == ("failed", TaskState.CANCELLED)
    assert carry(carrier(relay(end))) == 0
    assert on_case("message.given_up") == 1
    deliveries.retry(message.id, actor=olga.actor, now=NOW)
    assert carry(carrier(relay(end))) == 1
    assert len(end.taken) == 1


def test_only_who_handles_the_mail_of_the_desk_retries_or_gives_up(olga: Somebody) -> None:
    message = answer(olga)
    for act in (deliveries.retry, deliveries.give_up):
        with pytest.raises(NotYourRight):
            act(message.id, actor=cast.viewer(f"v{act.__name__}").actor, now=NOW)
        with pytest.raises(NotYourDesk):
            act(message.id, actor=cast.stranger(f"s{act.__name__}").actor, now=NOW)


def test_while_it_is_being_handed_over_nobody_begins_it_anew(olga: Somebody) -> None:
    message = answer(olga)
    (task,) = claimable([DELIVER], now=NOW, limit=1)
    claims.lease(task, seconds=300, now=NOW)
    with pytest.raises(deliveries.BeingSent):
        deliveries.retry(message.id, actor=olga.actor, now=NOW + timedelta(seconds=10))
    deliveries.retry(message.id, actor=olga.actor, now=NOW + timedelta(seconds=301))


def test_who_lost_the_lease_changes_nothing_any_more(olga: Somebody) -> None:
    message = answer(olga)
    (task,) = claimable([DELIVER], now=NOW, limit=1)
    mine = claims.lease(task, seconds=300, now=NOW)
    assert mine is not None
    later = NOW + timedelta(seconds=301)
    (again,) = claimable([DELIVER], now=later, limit=1)
    assert claims.lease(again, seconds=300, now=later)
    assert not deliveries.failed(mine, problem="x", code="x", now=later)
    assert not deliveries.put_off(mine, problem="x", code="x", run_at=later, now=later)
    assert state(message) == ("queued", TaskState.ARMED)
    assert message.delivery_problem == ""
    assert deliveries.sent(message.id, now=later)
    assert not deliveries.sent(message.id, now=later)
    assert Entry.objects.filter(kind="message.sent").count() == 1


def test_the_page_of_letters_knows_each_state(end: FarEnd, olga: Somebody) -> None:
    failing, dead, given_up, sent = (answer(olga) for _ in range(4))
    handler = carrier(relay(end))
    deliveries.give_up(given_up.id, actor=olga.actor, now=NOW)
    for says in ({"DATA": "451 Later"}, {"DATA": "554 No"}, {}):
        end.says = says
        carry(handler)
    queued = answer(olga)
    there = {
        outbox.FAILING: failing,
        outbox.DEAD: dead,
        outbox.GIVEN_UP: given_up,
        outbox.SENT: sent,
        outbox.QUEUED: queued,
    }
    assert outbox.counts("support", since=NOW) == dict.fromkeys(outbox.STATES, 1)
    for name, message in there.items():
        (row,) = outbox.page(name, "support", since=NOW).rows
        assert (row.id, row.state, row.case_id) == (message.id, name, Case.objects.get().id)
        assert outbox.page(name, "support", since=NOW, text="nobody").rows == ()
        assert outbox.page(name, "other", since=NOW).rows == ()
    ids = [message.id for message in there.values()]
    assert set(outbox.rows_of(ids)) == {failing.id, dead.id, given_up.id, queued.id}
    assert outbox.counts("support", since=NOW + timedelta(days=1))[outbox.SENT] == 0


def test_a_page_of_letters_goes_on_where_the_last_one_ended(olga: Somebody) -> None:
    ids = [answer(olga).id for _ in range(5)]
    found, before = [], None
    while True:
        page = outbox.page(outbox.QUEUED, "support", since=NOW, before=before, size=2)
        found += [row.id for row in page.rows]
        if (before := page.next_before) is None:
            break
    assert found == ids[::-1]


class TestPrivacy:
    """TLS is asked for or not; asked for, there is no way around it."""

    def test_a_server_without_starttls_gets_nothing(self, end: FarEnd, olga: Somebody) -> None:
        message = answer(olga)
        carry(carrier(relay(end, security="starttls", user="desk", password="pass word")))
        assert (end.taken, end.signed_in) == ([], [])
        assert "clear text" in message.delivery_problem or state(message) == ("queued", TaskState.ARMED)
        assert "clear text" in message.delivery_problem

    def test_starttls_with_a_certificate_that_is_trusted(self, olga: Somebody, tmp_path: Path) -> None:
        context, cert = server_context(tmp_path)
        with far_end(tls_context=context, require_starttls=True) as end:
            answer(olga)
            way = relay(end, security="starttls", user="desk", password="pass word", ca_file=str(cert))
            carry(carrier(replace(way, host="localhost")))
            assert [taken.encrypted for taken in end.taken] == [True]
            assert end.signed_in == ["desk"]

    def test_tls_from_the_first_byte(self, olga: Somebody, tmp_path: Path) -> None:
        context, cert = server_context(tmp_path)
        with far_end(ssl_context=context) as end:
            answer(olga)
            carry(carrier(relay(end, host="localhost", security="tls", ca_file=str(cert))))
            assert len(end.taken) == 1

    @pytest.mark.parametrize("more", [{"host": "127.0.0.1"}, {"ca_file": ""}])
    def test_a_certificate_of_another_name_or_unknown_is_not_trusted(
        self, olga: Somebody, tmp_path: Path, more: dict[str, str]
    ) -> None:
        context, cert = server_context(tmp_path)
        with far_end(tls_context=context, require_starttls=True) as end:
            message = answer(olga)
            facts = {"host": "localhost", "security": "starttls", "ca_file": str(cert)} | more
            carry(carrier(relay(end, **facts)))
            assert end.taken == []
            assert state(message) == ("queued", TaskState.ARMED)
            assert "certificate" in message.delivery_problem.lower()
            carry(carrier(relay(end, **facts, verify=False)), now=NOW + timedelta(minutes=1))
            assert len(end.taken) == 1

    def test_a_wrong_password_is_put_off_not_failed(self, olga: Somebody) -> None:
        with far_end(auth_require_tls=False) as end:
            message = answer(olga)
            carry(carrier(relay(end, user="desk", password="wrong")))
            assert state(message) == ("queued", TaskState.ARMED)
            assert Task.objects.get(kind=DELIVER).last_error == "535 sign-in"


class TestTokens:
    """Signing in with an access token, as Gmail and Microsoft 365 ask for."""

    @pytest.fixture
    def end(self) -> Iterator[FarEnd]:
        with far_end(auth_require_tls=False, auth_required=True) as running:
            yield running

    def test_the_token_of_the_mailbox_opens_the_server(self, end: FarEnd, olga: Somebody) -> None:
        message = answer(olga)
        asked: list[str] = []

        def token(user: str) -> str:
            asked.append(user)
            return "right"

        carry(carrier(relay(end, user="desk", auth="xoauth2"), token=token))
        assert (asked, end.signed_in) == (["desk"], ["desk"])
        assert state(message) == ("sent", TaskState.DONE)

    def test_a_token_that_is_refused_or_missing_puts_the_message_off(
        self, end: FarEnd, olga: Somebody
    ) -> None:
        def refuses(user: str) -> str:
            raise NobodyToAnswer(case=1)

        message = answer(olga)
        now = NOW
        for token, said in (
            (lambda user: "wrong", "535 sign-in"),
            (lambda user: "", "no token"),
            (refuses, "no token: NobodyToAnswer"),
            (None, "no token"),
        ):
            carry(carrier(relay(end, user="desk", auth="xoauth2"), token=token), now=now)
            task = Task.objects.get(kind=DELIVER)
            assert (task.last_error, state(message)) == (said, ("queued", TaskState.ARMED))
            now = task.run_at


@pytest.mark.django_db(transaction=True)
def test_while_a_server_hangs_deadlines_are_fired_and_another_worker_is_free(olga: Somebody) -> None:
    message = answer(olga)
    fired: list[datetime] = []
    with far_end() as end:
        end.hangs = "DATA"
        wiring = {
            DELIVER: Wired(LaneName.IO, carrier(relay(end, timeout_s=30.0))),
            "case.knocks": Wired(LaneName.DEADLINES, lambda task, now: fired.append(task.due_at)),
        }
        stop = Event()
        worker = Thread(
            target=work,
            kwargs={
                "clock": lambda: datetime.now(UTC),
                "stop": stop,
                "wiring": wiring,
                "sources": {},
            },
        )
        worker.start()
        try:
            until(lambda: end.conversations == 1)
            due = datetime.now(UTC)
            a_task("knock", due=due)
            until(lambda: fired == [due], within=5)
            assert state(message) == ("queued", TaskState.ARMED)
            end.freed.set()
            until(lambda: state(message) == ("sent", TaskState.DONE))
        finally:
            stop.set()
            end.freed.set()
            worker.join(30)
            connections.close_all()


def test_what_a_restore_holds_lies_with_its_reason_until_somebody_sends_it(
    end: FarEnd, olga: Somebody
) -> None:
    message = answer(olga)
    assert deliveries.waiting() == [message.id]
    assert deliveries.hold([message.id], problem=deliveries.RESTORED, now=NOW) == 1
    assert deliveries.waiting() == []
    assert carry(carrier(relay(end))) == 0
    (row,) = outbox.page(outbox.GIVEN_UP, "support", since=NOW).rows
    assert (row.id, row.problem, row.may_retry) == (message.id, deliveries.RESTORED, True)
    assert on_case("message.held") == 1
    deliveries.retry(message.id, actor=olga.actor, now=NOW)
    assert carry(carrier(relay(end))) == 1
    assert len(end.taken) == 1
