"""Digests by mail: to a real server, in the reader's language, once, and what becomes of those that fail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.conf import LazySettings

from opsdesk.cases.models import Case
from opsdesk.clock import claims
from opsdesk.clock.models import LaneName, Task, TaskState
from opsdesk.clock.queries import failing
from opsdesk.clock.tasks import task_value
from opsdesk.journal.actions import begin_generation
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourRight
from opsdesk.people import actions as people
from opsdesk.people.models import Person
from opsdesk.review import digest_actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_actions import NothingFailed
from opsdesk.review.digest_calendar import Rhythm
from opsdesk.review.digest_mailing import Post, carrier
from opsdesk.review.digest_queries import Made
from opsdesk.review.timers import MAIL
from opsdesk.worker.digests import addresses
from opsdesk.worker.kinds import Wired
from tests import cast
from tests.cast import Somebody
from tests.mail.far_end import FarEnd, far_end
from tests.mail.letters import bring
from tests.mail.test_carrier import relay
from tests.review.digests import MAKING, utc, work
from tests.review.scene import undone_after

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LENA = "lena@desk.example"


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as running:
        yield running


@pytest.fixture(scope="module")
def monday(django_db_setup: None, django_db_blocker: Any) -> Iterator[Somebody]:
    with undone_after(django_db_blocker):
        cast.desk(utc(1))
        work(utc(19, 12))
        lena = cast.lead()
        digest_actions.subscribe(desk="support", rhythm="daily", actor=lena.actor, now=utc(19, 12))
        yield lena


@pytest.fixture
def lena(monday: Somebody, settings: LazySettings) -> Somebody:
    """A lead who gets the end of the day, at a desk that has its address, on Monday the 19th."""
    settings.OPSDESK_ADDRESS = "https://desk.example.com"
    return monday


def run(end: FarEnd, now: datetime) -> None:
    """What a worker does that can mail."""
    mail = Wired(LaneName.IO, carrier(Post(relay(end), None, addresses)))
    work(now, {**MAKING, MAIL: mail})


def read(end: FarEnd, n: int = -1) -> EmailMessage:
    found = message_from_bytes(end.taken[n].raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def text(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def newest() -> Made:
    found = queries.newest("support", Rhythm.DAILY)
    assert found is not None
    return found


def state(person: Somebody) -> str:
    return next(each.state for each in queries.posted(newest()) if each.person_id == person.id)


def test_the_letter_begins_with_the_sentence_and_says_whence_it_is(lena: Somebody, end: FarEnd) -> None:
    cast.request_at(utc(19, 15))
    run(end, utc(19))
    mail, number = read(end), newest().id
    told = "1 in, 0 resolved, 0 to Tier 2, 0 to Tier 3."
    assert str(mail["Subject"]).strip() == f"Support, Monday, 19 October 2026: {told}"
    assert (mail["To"], end.taken[-1].recipients) == (f"Lena <{LENA}>", (LENA,))
    lines = text(mail).splitlines()
    assert lines[:4] == [
        told,
        "",
        "Support, Monday, 19 October 2026",
        "From 19 October 2026, 00:00 CDT to 19 October 2026, 18:00 CDT",
    ]
    assert "Known gaps: Untyped: 1." in lines
    assert f"Every number with its list: https://desk.example.com/desks/support/digests/{number}" in lines
    assert lines[-1].endswith("https://desk.example.com/desks/support/digests")
    assert all(len(line) <= 110 for line in lines)
    assert state(lena) == queries.MAILED
    assert Entry.objects.get(kind="digest.mailed").payload == {"person": lena.id}


@pytest.mark.parametrize(
    "site", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:80", "http://0.0.0.0:80"]
)
def test_without_a_public_address_it_names_no_page(
    site: str, lena: Somebody, end: FarEnd, settings: LazySettings
) -> None:
    settings.OPSDESK_ADDRESS = site
    run(end, utc(19))
    assert "http" not in text(read(end))


def test_it_says_that_a_machine_wrote_it_and_opens_nothing_should_it_come_back(
    lena: Somebody, end: FarEnd
) -> None:
    run(end, utc(19))
    mail = read(end)
    assert (mail["Auto-Submitted"], mail["X-Loop"]) == ("auto-generated", "support@opsdesk.example")
    before = Case.objects.count()
    assert bring(end.taken[-1].raw, now=utc(19) + MINUTE).outcome == "set_aside"
    forwarded = end.taken[-1].raw.replace(b"support@opsdesk.example", b"lena@desk.example")
    assert bring(forwarded, now=utc(19) + MINUTE, label="y.eml").outcome == "set_aside"
    assert Case.objects.count() == before


def test_it_is_in_the_language_of_its_reader(lena: Somebody, end: FarEnd) -> None:
    Person.objects.filter(id=lena.id).update(language="ko")
    run(end, utc(19))
    assert "2026년" in text(read(end)) or "10월" in text(read(end))


def test_each_reader_gets_one_letter_however_often_the_worker_looks(lena: Somebody, end: FarEnd) -> None:
    vera = cast.viewer()
    digest_actions.subscribe(desk="support", rhythm="daily", actor=vera.actor, now=utc(19, 13))
    run(end, utc(19))
    run(end, utc(19) + MINUTE)
    assert sorted(each.recipients[0] for each in end.taken) == [LENA, "vera@desk.example"]


def test_who_is_killed_after_the_servers_yes_sends_the_same_letter_again(lena: Somebody, end: FarEnd) -> None:
    work(utc(19))
    task = Task.objects.armed().get(kind=MAIL)
    leased = claims.lease(task_value(task), seconds=300, now=utc(19))
    assert leased is not None
    carrier(Post(relay(end), None, addresses))(leased, utc(19))
    run(end, utc(19) + 6 * MINUTE)
    assert [read(end, n)["Message-ID"] for n in (0, 1)] == [
        f"<digest.support.daily.20261019T230000.{lena.id}@opsdesk.example>"
    ] * 2
    assert end.taken[0].raw == end.taken[1].raw


def test_a_server_that_is_busy_is_asked_again_later(lena: Somebody, end: FarEnd) -> None:
    end.says = {"DATA": "451 later"}
    run(end, utc(19))
    assert (end.taken, state(lena)) == ([], queries.FAILING)
    end.says = {}
    run(end, utc(19) + timedelta(seconds=9))
    assert end.taken == []
    run(end, utc(19) + timedelta(seconds=11))
    assert (len(end.taken), state(lena)) == (1, queries.MAILED)


def test_a_server_that_refuses_leaves_a_dead_letter_that_a_lead_tries_again(
    lena: Somebody, end: FarEnd
) -> None:
    end.says = {LENA: "550 nobody of that name"}
    run(end, utc(19))
    assert state(lena) == queries.DEAD
    assert [(row.kind, row.dead, row.last_error) for row in failing()] == [(MAIL, True, "550 recipient")]
    again = {"desk": "support", "digest_id": newest().id, "person_id": lena.id, "now": utc(19) + MINUTE}
    with pytest.raises(NotYourRight):
        digest_actions.retry(**again, actor=cast.viewer().actor)
    digest_actions.retry(**again, actor=lena.actor)
    end.says = {}
    run(end, utc(19) + MINUTE)
    assert (len(end.taken), state(lena)) == (1, queries.MAILED)
    with pytest.raises(NothingFailed):
        digest_actions.retry(**again, actor=lena.actor)


def test_only_the_newest_is_mailed_and_names_those_that_were_not(lena: Somebody, end: FarEnd) -> None:
    run(end, utc(19))
    end.says = {"DATA": "451 later"}
    cast.request_at(utc(20, 15))
    run(end, utc(20))
    assert state(lena) == queries.FAILING
    end.says = {}
    run(end, utc(22))
    assert len(end.taken) == 2
    lines = text(read(end)).splitlines()
    at = lines.index("Made and not mailed before:")
    assert lines[at + 1 : at + 3] == [
        "Wednesday, 21 October 2026: 0 in, 0 resolved, 0 to Tier 2, 0 to Tier 3.",
        "Tuesday, 20 October 2026: 1 in, 0 resolved, 0 to Tier 2, 0 to Tier 3.",
    ]
    assert lines[at + 3] == ""
    assert "Monday" not in text(read(end))
    assert failing() == []
    run(end, utc(23))
    assert "Made and not mailed before:" not in text(read(end))


def test_one_that_waited_until_the_next_is_due_is_withheld(lena: Somebody, end: FarEnd) -> None:
    """Where its letter is leased before the newer digest is made."""
    work(utc(19))
    mail = {MAIL: Wired(LaneName.IO, carrier(Post(relay(end), None, addresses)))}
    Task.objects.armed().exclude(kind=MAIL).update(run_at=utc(30))
    work(utc(20), mail)
    assert (end.taken, Entry.objects.filter(kind="digest.withheld").count()) == ([], 1)


def test_who_lost_the_right_since_it_was_made_gets_none(lena: Somebody, end: FarEnd) -> None:
    work(utc(19))
    people.deactivate(person_id=lena.id, actor=cast.admin().actor, now=utc(19))
    run(end, utc(19) + MINUTE)
    assert (end.taken, state(lena)) == ([], queries.CALLED_OFF)


def test_who_asks_for_it_no_more_gets_none_that_was_made_already(lena: Somebody, end: FarEnd) -> None:
    digest_actions.subscribe(desk="support", rhythm="weekly", actor=lena.actor, now=utc(19, 12))
    work(utc(19))
    digest_actions.unsubscribe(desk="support", rhythm="daily", actor=lena.actor, now=utc(19))
    run(end, utc(19) + MINUTE)
    assert (end.taken, state(lena)) == ([], queries.CALLED_OFF)


def test_what_waited_or_ended_before_a_restore_is_not_mailed_and_not_told_as_missed(
    lena: Somebody, end: FarEnd
) -> None:
    work(utc(19))
    assert digest_actions.withhold_all(now=utc(20, 20)) == 1
    begin_generation(reason="restored", now=utc(21, 12))
    run(end, utc(21, 13))
    assert (newest().document.until, newest().document.to, end.taken) == (utc(20), (), [])
    run(end, utc(21))
    assert len(end.taken) == 1
    assert "Made and not mailed before:" not in text(read(end))


def test_a_letter_in_hand_while_the_next_digest_is_made_is_told_as_mailed(
    lena: Somebody, end: FarEnd
) -> None:
    work(utc(19))
    first = newest()
    leased = claims.lease(task_value(Task.objects.armed().get(kind=MAIL)), seconds=300, now=utc(20) - MINUTE)
    assert leased is not None
    run(end, utc(20))
    assert (end.taken, state(lena)) == ([], queries.FAILING)
    digest_actions.mailed(leased, now=utc(20))
    assert claims.finish(leased, now=utc(20))
    run(end, utc(20) + MINUTE)
    assert [each.state for each in queries.posted(first)] == [queries.MAILED]
    assert (len(end.taken), "Made and not mailed before:" in text(read(end))) == (1, False)


def test_a_letter_taken_by_who_was_killed_then_is_told_as_mailed(lena: Somebody, end: FarEnd) -> None:
    work(utc(19))
    first = newest()
    leased = claims.lease(task_value(Task.objects.armed().get(kind=MAIL)), seconds=300, now=utc(20) - MINUTE)
    assert leased is not None
    digest_actions.mailed(leased, now=utc(20))
    run(end, utc(20))
    run(end, utc(20) + 10 * MINUTE)
    assert [each.state for each in queries.posted(first)] == [queries.MAILED]
    assert (len(end.taken), "Made and not mailed before:" in text(read(end))) == (1, False)


def test_an_address_of_our_own_gets_none(lena: Somebody, end: FarEnd) -> None:
    Person.objects.filter(id=lena.id).update(email="support@opsdesk.example")
    run(end, utc(19))
    assert (end.taken, state(lena)) == ([], queries.DEAD)


def test_without_a_mail_server_they_are_made_and_go_out_once_there_is_one(
    lena: Somebody, end: FarEnd
) -> None:
    work(utc(19))
    work(utc(20))
    assert Task.objects.filter(kind=MAIL, state=TaskState.CANCELLED).count() == 1
    assert state(lena) == queries.WAITING
    run(end, utc(20) + MINUTE)
    assert len(end.taken) == 1
    assert "Monday, 19 October 2026: 0 in" in text(read(end))


def test_the_deals_desk_sends_from_the_address_that_there_is(lena: Somebody, end: FarEnd) -> None:
    ada = cast.admin()
    digest_actions.subscribe(desk="deals", rhythm="daily", actor=ada.actor, now=utc(19, 12))
    run(end, utc(20, 10))
    assert "Deals <support@opsdesk.example>" in [read(end, n)["From"] for n in range(len(end.taken))]
