"""A morning at the support desk: its people with passwords, mail that came in, cases in every state."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache

from django.contrib.auth.hashers import make_password

from opsdesk.accounts import actions as accounts
from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.mail import intake, replies
from opsdesk.mail.models import Arrival, CaseMessage, Source
from opsdesk.mail.sources import file_source
from opsdesk.people.models import Person
from tests import cast
from tests.cast import Somebody


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is there, and the source their mail comes from."""

    olga: Somebody
    omar: Somebody
    enzo: Somebody
    lena: Somebody
    ada: Somebody
    vera: Somebody
    source: Source
    now: datetime


def people(now: datetime, *, passwords: bool = False) -> Scene:
    """A published desk, one person for each role, no mail yet; passwords only where somebody types one."""
    cast.desk(now)
    scene = Scene(
        olga=cast.operator(),
        omar=cast.operator("omar"),
        enzo=cast.engineer(),
        lena=cast.lead(),
        ada=cast.admin(),
        vera=cast.viewer(),
        source=file_source("files", desk="support", start_at=None, now=now),
        now=now,
    )
    if passwords:
        Person.objects.update(password=hashed())
        for each in (scene.olga, scene.omar, scene.enzo, scene.lena, scene.ada, scene.vera):
            each.person.refresh_from_db()
    return scene


@cache
def hashed() -> str:
    """The hash of everybody's password: hashing is slow on purpose, once is enough."""
    return make_password(cast.PASSWORD)


def letter(
    subject: str,
    text: str,
    *,
    sender: str = "Sam Dealer <sam@northstar.example>",
    number: int = 1,
    at: datetime,
    answers: str = "",
    html: str = "",
    attachment: bytes = b"",
) -> bytes:
    """A mail as a server hands it over."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "support@desk.example", subject
    mail["Message-ID"] = f"<{number}@northstar.example>"
    mail["Date"] = at
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    if attachment:
        mail.add_attachment(attachment, maintype="text", subtype="html", filename="report <1>.html")
    return mail.as_bytes()


def receive(scene: Scene, raw: bytes, *, at: datetime, label: str = "mail.eml") -> Arrival:
    """Store a mail and sort it."""
    stored = intake.store(source=scene.source, raw=raw, label=label, received_at=at, now=at)
    intake.sort(stored.arrival_id, now=at)
    return Arrival.objects.get(id=stored.arrival_id)


def case_of(arrival: Arrival) -> Case:
    """The first case that an arrival's message belongs to."""
    return CaseMessage.objects.filter(message_id=arrival.message_id).order_by("id")[:1].get().case


def busy(now: datetime, *, passwords: bool = False) -> Scene:
    """People, accounts, and cases in many states."""
    scene = people(now, passwords=passwords)
    accounts.add(
        key="north-star",
        name="North Star Motors",
        domains=["northstar.example"],
        live_on=now.date(),
        actor=scene.lena.actor,
        now=now,
    )
    accounts.add(
        key="blue-lake", name="Blue Lake Cars", domains=["bluelake.example"], actor=scene.lena.actor, now=now
    )
    morning = now - timedelta(hours=30)
    found = [case_of(receive(scene, raw, at=at)) for raw, at in _mail(morning)]
    _work(scene, found, now)
    stored = intake.store(
        source=scene.source, raw=b"\x00\xff not a mail", label="odd.eml", received_at=now, now=now
    )
    intake.sort(stored.arrival_id, now=now)
    return scene


SUBJECTS = [
    (
        "The assistant repeats the greeting twice on every call",
        (
            "Since this morning each caller hears the greeting two times.\n\nCan you look at it today?\n\n"
            "Best,\nSam\n-- \nSam Dealer\nNorth Star Motors"
        ),
    ),
    (
        "Appointments land on the wrong advisor",
        (
            "All bookings of the online scheduler go to Kim.\n\n"
            "1. Please move yesterday's to Lee.\n2. And switch off Saturday bookings."
        ),
    ),
    ("How do I change our holiday hours?", "We close on the 24th at noon. Where do I set that?"),
    ("DMS sync stopped at 3 a.m.", "No repair orders since 3 a.m. The log says 401."),
    (
        "Op code 76ZZ is not offered",
        "Customers ask for the 60k service and the assistant says we don't have it.",
    ),
    ("Voice sounds garbled after the transfer", "When a call is transferred the first seconds are garbled."),
    ("Re-send of the invoice", "Wrong address, sorry, this was meant for accounting."),
    ("Rental desk not connected yet", "When will rentals be live? The provider says they wait on you."),
    ("The assistant promised a loaner car", "It told a customer that a loaner is free. It is not."),
]


def _mail(morning: datetime) -> list[tuple[bytes, datetime]]:
    senders = [
        "Sam Dealer <sam@northstar.example>",
        "Bo Lake <bo@bluelake.example>",
        "Ina Roth <ina@elsewhere.example>",
    ]
    return [
        (
            letter(
                subject,
                text,
                sender=senders[number % 3],
                number=number,
                at=morning + timedelta(hours=2 * number),
                html=f"<p>{text}</p>",
                attachment=b"<script>alert(1)</script>" if number == 1 else b"",
            ),
            morning + timedelta(hours=2 * number),
        )
        for number, (subject, text) in enumerate(SUBJECTS)
    ]


def _work(scene: Scene, found: list[Case], now: datetime) -> None:
    """Bring the cases into their states."""
    olga, enzo, lena = scene.olga.actor, scene.enzo.actor, scene.lena.actor
    actions.take(case_id=found[0].id, actor=olga, now=now)
    actions.write_note(
        case_id=found[0].id,
        text="The greeting flag is on twice: in the flow and in the profile.",
        actor=olga,
        now=now,
    )
    replies.reply(
        case_id=found[2].id, text="It stands under Settings, Hours.\n\nOlga", wait=True, actor=olga, now=now
    )
    handoffs.escalate(
        case_id=found[3].id,
        reason="bug",
        words="Restarted the sync, checked the key: still 401.",
        type="integration.dms",
        actor=olga,
        now=now,
    )
    actions.take(case_id=found[3].id, actor=lena, now=now)
    actions.wait(
        case_id=found[7].id,
        on="third_party",
        party=cast.definition().third_parties[0].key,
        expected_at=now + timedelta(days=2),
        actor=olga,
        now=now,
    )
    endings.void(case_id=found[6].id, reason="not-a-request", actor=olga, now=now)
    endings.resolve(
        case_id=found[5].id,
        resolution="The codec of the transfer was reset.",
        cause="configuration",
        verified=True,
        type=first_type(),
        actor=olga,
        now=now,
    )
    handoffs.escalate(
        case_id=found[8].id,
        reason="bug",
        words="Read three transcripts; the prompt says nothing of loaners.",
        type=first_type(),
        actor=olga,
        now=now,
    )
    actions.take(case_id=found[8].id, actor=enzo, now=now) if enzo.sits_in(
        "support", case_queue(found[8].id)
    ) else None


def case_queue(case_id: int) -> str:
    return Case.objects.get(id=case_id).queue


def first_type() -> str:
    """A type whose family has a route."""
    family = next(family for family in cast.definition().families if family.route == "core-support")
    return family.types[0].key
