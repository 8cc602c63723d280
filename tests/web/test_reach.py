"""Walking the links from the first page: every page is reached, and no link leads to a refusal."""

import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from html import unescape
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from PIL import Image

from opsdesk.cases import queries as cases
from opsdesk.cases.queries import desk as desk_of
from opsdesk.clock import actions as clock
from opsdesk.clock.models import Task, TaskState
from opsdesk.deals import publishing
from opsdesk.disputes import evidence
from opsdesk.disputes.models import Dispute
from opsdesk.history import actions as imports
from opsdesk.history import uploads
from opsdesk.insight.findings.periods import last_month
from opsdesk.links import actions as links
from opsdesk.links.actions import Draft as EndpointDraft
from opsdesk.links.models import Delivery
from opsdesk.mail import proposing, replies, templates
from opsdesk.mail.carrier import carrier
from opsdesk.mailboxes import actions as mailboxes
from opsdesk.mailboxes.actions import Draft
from opsdesk.people import actions as people
from opsdesk.people import tokens
from opsdesk.playbook import actions as playbooks
from opsdesk.review import digest_actions, point_actions
from opsdesk.review.digest_calendar import Rhythm, Wanted
from opsdesk.review.digest_composing import compose
from opsdesk.review.timers import MAIL as DIGEST
from tests.cast import Somebody
from tests.deals.cast import shipped
from tests.history import scene as history
from tests.mail.far_end import far_end
from tests.mail.letters import bring, letter
from tests.mail.test_carrier import carry, relay
from tests.review import scene as reviews
from tests.web import deals_scene
from tests.web import scene as scenes
from tests.web.deals_scene import DealsScene
from tests.web.scene import Scene
from tests.web.test_mailboxes import compared

Browse = Callable[[Somebody], Client]
LINK = re.compile(r'<(?:a|img)\b[^>]*?\s(?:href|src)="([^"#]+)"')
BUTTON = re.compile(r'\s(?:action|formaction|hx-get|hx-post)="([^"#]+)"')
# Who signs in is not led to them; the address is given by hand, comes by mail, or is a program's.
NOT_FROM_A_PAGE = {
    "account_login": "where everybody begins",
    "account_signup": "says only that one is invited",
    "account_inactive": "where somebody without a way in ends",
    "invite": "a link that is handed to a person",
    "mail_hook": "for programs",
    "healthz": "for programs",
    "csp-report": "for browsers",
}
# What stands below it is for programs alone.
PROGRAMS = "api/"


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if str(pattern.pattern) == PROGRAMS:
            continue
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            yield str(pattern.name)


def walked(client: Client, *, of_each: int) -> tuple[dict[str, list[tuple[str, int]]], set[str]]:
    """The pages behind links from the first page on: by name, `of_each` addresses, each with its answer.

    And the names of all that links and buttons lead to.
    """
    waiting, known = deque(["/"]), {"/"}
    found: dict[str, list[tuple[str, int]]] = {}
    reached: set[str] = set()
    while waiting:
        address = waiting.popleft()
        name = name_of(address)
        reached.add(name)
        if len(found.setdefault(name, [])) >= of_each:
            continue
        answer = client.get(address)
        found[name].append((address, answer.status_code))
        text = text_of(answer)
        reached |= {name_of(unescape(to)) for to in BUTTON.findall(text)}
        onward = [answer["Location"]] if answer.status_code == 302 else LINK.findall(text)
        for link in map(unescape, onward):
            if link not in known and link.startswith("/") and not link.startswith("/static/"):
                known.add(link)
                waiting.append(link)
    return found, reached


def name_of(address: str) -> str:
    try:
        return str(resolve(address.partition("?")[0]).url_name)
    except Resolver404:
        return address


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode() if answer["Content-Type"].startswith("text/html") else ""


def refused(found: dict[str, list[tuple[str, int]]]) -> list[tuple[str, int]]:
    return [at for ats in found.values() for at in ats if at[1] not in (200, 302)]


def mail_of_every_kind(scene: Scene) -> None:
    """A proposal, one that was refused, threads that a mail joined, a picture, a refused letter."""
    at, olga = scene.now - timedelta(hours=1), scene.olga.actor
    ask = "Please do these:\n1. Change the price.\n2. Could you add Dana to the list?"
    several = [
        scenes.case_of(scenes.receive(scene, scenes.letter("Two things", ask, number=number, at=at), at=at))
        for number in (700, 701)
    ]
    message = several[1].case_messages.get().message_id
    proposing.dismiss(case_id=several[1].id, message_id=message, actor=olga, now=scene.now)
    for raw in (letter("a"), letter("b"), letter("c", references=["a", "b"])):
        bring(raw, now=scene.now)
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4)).save(drawn, "PNG")
    picture = message_from_bytes(scenes.letter("See", "This.", number=702, at=at), policy=SMTP)
    picture.add_attachment(drawn.getvalue(), maintype="image", subtype="png", filename="screen.png")
    scenes.receive(scene, picture.as_bytes(), at=at)
    replies.reply(case_id=several[0].id, text="No.", wait=False, actor=olga, now=scene.now)
    with far_end() as end:
        end.says = {"DATA": "554 no"}
        for _ in range(3):
            carry(carrier(relay(end)), now=scene.now)


def deals_of_every_kind(scene: Scene) -> None:
    """A deal in each state, evidence that can be looked at, an item let go, a change of the terms."""
    ada, now = scene.ada, scene.now
    tokens.add(name="market", abilities=["create deals"], actor=ada.actor, now=now)
    publishing.publish_shipped(now=now)
    playbooks.publish_shipped(now=now)
    desk = DealsScene(otgon=ada, lena=ada, ada=ada, vera=ada, now=now)
    deals_scene.fill(desk)
    dispute = Dispute.objects.get(deal=desk.deals["issue"])
    evidence.waive(
        dispute_id=dispute.id, item="interior", reason="Not in question.", actor=ada.actor, now=now
    )
    text = shipped().replace("disputeTtlHours: 48", "disputeTtlHours: 72")
    publishing.publish_template(
        text, source="test", reason="Slow.", metric="time", expected="Less.", actor=ada.actor, now=now
    )
    for page in ("deals", "disputes", "deals-overview"):
        people.save_view(page=page, name="Korea", query="country=KR", shared=True, actor=ada.actor, now=now)


def endpoints_of_every_kind(scene: Scene) -> None:
    """A program that is told of events and one that is not, an event that was given up, one that waits."""
    by = {"actor": scene.ada.actor, "now": scene.now}
    for name in ("market", "books"):
        row, _secret = links.add(EndpointDraft(name, "https://hook.example/"), **by)
        links.send_test(row.id, **by)
    links.switch_off(row.id, **by)
    Delivery.objects.filter(endpoint=row).update(state="dead", problem="HTTP 500")


def imports_of_every_kind(scene: Scene, folder: Path) -> None:
    """One in the numbers with a row aside and a case left open, one withdrawn, one that is being mapped."""
    rows = ["A,2026-03-02T15:00:00Z,One,new,,", "A,never,One,new,,"]
    history.bring(history.file_of(folder, rows))
    gone = history.bring(history.file_of(folder, ["B,2026-03-02T15:00:00Z,One,done,,"]))
    imports.withdraw(gone.id, actor=scene.lena.actor, now=scene.now)
    history.carry_on(gone)
    uploads.upload(
        "log.csv", [b"case,time\nC,2026-03-02\n"], desk="support", actor=scene.lena.actor, now=scene.now
    )


def digests_of_every_kind(scene: Scene) -> None:
    """One of each rhythm with something to count, and a letter that failed."""
    now, ada = scene.now, scene.ada.actor
    digest_actions.subscribe(desk="support", rhythm="daily", actor=ada, now=now)
    for rhythm in Rhythm:
        of = Wanted(rhythm, now.date(), now - timedelta(days=2), now)
        document = compose(cases.desk("support"), of, to=(scene.ada.id,), now=now)
        digest_actions.make(document, now=now)
    Task.objects.filter(kind=DIGEST).update(state=TaskState.DEAD, last_error="550 recipient")


def reviews_of_every_kind(scene: Scene) -> None:
    """One in two editions with a note, a point that is open and one that is done."""
    lena, period = scene.lena.actor, last_month(desk_of("support"), scene.now)
    for _edition in range(2):
        row = reviews.write(lena, period, scene.now)
    reviews.attach(row, lena, now=scene.now)
    reviews.act(row, lena, now=scene.now)
    done = reviews.act(row, lena, "Book the room", now=scene.now)
    point_actions.close_point(point_id=done.id, revision=1, review_id=row.id, actor=lena, now=scene.now)


@pytest.fixture
def full(busy: Scene, tmp_path: Path) -> Scene:
    """The busy desks with something on each of their pages."""
    imports_of_every_kind(busy, tmp_path)
    mail_of_every_kind(busy)
    endpoints_of_every_kind(busy)
    deals_of_every_kind(busy)
    reviews_of_every_kind(busy)
    digests_of_every_kind(busy)
    now, lena, ada = busy.now, busy.lena.actor, busy.ada.actor
    templates.write(desk="support", name="Yes", text="Yes.", actor=lena, now=now)
    fields = {"desk": "support", "start_at": None, "host": "imap.example"}
    draft = Draft(key="inbox", username="a@desk.example", **fields)
    compared(mailboxes.add(draft, actor=ada, now=now - timedelta(days=3)), busy)
    off = mailboxes.add(Draft(key="old", username="b@desk.example", **fields), actor=ada, now=now)
    mailboxes.switch_off(mailbox_id=off.id, actor=ada, now=now)
    day = (now + timedelta(days=30)).date()
    clock.add_house_holiday(calendar="support", on=day, name="Outing", actor=lena, now=now)
    people.deactivate(person_id=busy.omar.id, actor=ada, now=now)
    people.save_view(page="cases:support", name="Mine", query="state=open", shared=True, actor=ada, now=now)
    return busy


def test_every_page_is_reached_by_links_from_the_first_one(full: Scene, browse: Browse) -> None:
    for desk, queue in (("support", "ops"), ("deals", "disputes")):
        people.seat(
            person_id=full.ada.id, desk=desk, queue=queue, from_on=None, actor=full.ada.actor, now=full.now
        )
    found, reached = walked(browse(full.ada), of_each=14)
    assert set(names(get_resolver().url_patterns)) - reached == set(NOT_FROM_A_PAGE)
    assert refused(found) == []


@pytest.mark.parametrize("role", ["olga", "enzo", "lena", "vera"])
def test_no_link_leads_to_a_refusal(full: Scene, browse: Browse, role: str) -> None:
    found, _reached = walked(browse(getattr(full, role)), of_each=4)
    assert refused(found) == []
    assert len(found) >= 15
