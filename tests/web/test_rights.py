"""Who may what on a case: each role at each tier, by the action and by the page, with one answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from opsdesk.cases import actions, endings, handoffs, parts
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import Role
from opsdesk.kernel.permissions import NotYourDesk, NotYourQueue, NotYourRight
from opsdesk.mail import replies
from tests import cast
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.scene import Scene, case_of, letter, receive

TYPE = "core.llm-behaviour"
OTHER_TYPE = "integration.dms"
UP = {"type": TYPE, "reason": "bug", "words": "Tried the flag."}
FIXED = {"type": TYPE, "resolution": "Flag off.", "cause": "bug"}
WHO = {
    "viewer": ([Role.VIEWER], []),
    "operator in ops": ([Role.OPERATOR], ["ops"]),
    "operator without a seat": ([Role.OPERATOR], []),
    "operator seated at tier 2": ([Role.OPERATOR], ["core-support"]),
    "engineer in core-support": ([Role.ENGINEER], ["core-support"]),
    "engineer in another queue": ([Role.ENGINEER], ["integration-support"]),
    "engineer seated at tier 1": ([Role.ENGINEER], ["ops"]),
    "lead": ([Role.LEAD], []),
    "admin": ([Role.ADMIN], []),
}
VERBS = {
    "note": {"text": "Seen."},
    "reply": {"text": "We look at it.", "wait": "yes"},
    "wait": {"on": "customer", "sure": "on"},
    "taking": {},
    "assignment": {},
    "type": {"type": OTHER_TYPE},
    "escalation": UP,
    "return": {"words": "Turn the flag off."},
    "reroute": {"queue": "integration-support", "words": "It is theirs."},
    "resolution": {**FIXED, "verified": "on"},
    "voiding": {"reason": "spam"},
    "split": {"subject": "Part", "part": "every call"},
}
ONLY_AT_TIER_2 = {"return", "reroute"}
PLACES = {"tier 1": "ops", "tier 2": "core-support"}


def allowed(who: str, verb: str, place: str) -> bool:
    """The table of rights, as decided: by hand, not by the code under test."""
    if who in ("lead", "admin"):
        return True
    if verb == "assignment":
        return False
    if place == "tier 1":
        return who == "operator in ops"
    return who == "engineer in core-support"


@pytest.fixture
def setting(db: None, now: datetime) -> tuple[Scene, Case]:
    scene = scenes.people(now)
    at = now - timedelta(hours=1)
    raw = letter("It repeats", "It repeats the greeting on every call.", at=at)
    return scene, case_of(receive(scene, raw, at=at))


def acts(case: Case, verb: str, by: Somebody, other: Somebody, now: datetime) -> object:
    who = {"case_id": case.id, "actor": by.actor, "now": now}
    moves: dict[str, Callable[[], object]] = {
        "note": lambda: actions.write_note(text="Seen.", **who),
        "reply": lambda: replies.reply(text="We look at it.", wait=True, **who),
        "wait": lambda: actions.wait(on="customer", **who),
        "taking": lambda: actions.take(**who),
        "assignment": lambda: actions.assign(person_id=other.id, **who),
        "type": lambda: actions.classify(type=OTHER_TYPE, **who),
        "escalation": lambda: handoffs.escalate(**UP, **who),
        "return": lambda: handoffs.give_back(words="Turn the flag off.", **who),
        "reroute": lambda: handoffs.reroute(queue="integration-support", words="It is theirs.", **who),
        "resolution": lambda: endings.resolve(verified=True, **FIXED, **who),
        "voiding": lambda: endings.void(reason="spam", **who),
        "split": lambda: parts.split(subject="Part", excerpt="", opened_at=case.opened_at, **who),
    }
    return moves[verb]()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", WHO)
def test_each_role_may_do_what_the_table_says_by_action_and_by_page(
    setting: tuple[Scene, Case],
    browse: Callable[[Somebody], Client],
    now: datetime,
    who: str,
    place: str,
) -> None:
    scene, case = setting
    roles, seats = WHO[who]
    person = cast.somebody("pat", roles, seats)
    other = scene.olga if place == "tier 1" else scene.enzo
    if place == "tier 2":
        handoffs.escalate(case_id=case.id, actor=scene.lena.actor, now=now, **UP)
    client = browse(person)
    for verb, sent in VERBS.items():
        if verb in ONLY_AT_TIER_2 and place == "tier 1":
            continue
        wanted = allowed(who, verb, place)
        assert by_action(case, verb, person, other, now) == wanted, verb
        assert by_page(client, case, verb, sent, other) == wanted, verb


def by_action(case: Case, verb: str, person: Somebody, other: Somebody, now: datetime) -> bool:
    """Whether the action did it; it is taken back either way."""
    with transaction.atomic():
        try:
            acts(case, verb, person, other, now)
        except (NotYourDesk, NotYourRight, NotYourQueue):
            return False
        finally:
            transaction.set_rollback(True)
    return True


def by_page(client: Client, case: Case, verb: str, sent: dict[str, str], other: Somebody) -> bool:
    """Whether the page did it; what it did is taken back."""
    fields = dict(sent)
    if verb == "assignment":
        fields["person_id"] = str(other.id)
    if verb == "split":
        fields["message"] = str(case.case_messages.get(how="opened").message_id)
    before = Case.objects.values_list("version", flat=True).get(id=case.id)
    with transaction.atomic():
        answer = client.post(f"/cases/{case.id}/{verb}", {**fields, "seen_version": str(before)})
        after = Case.objects.values_list("version", flat=True).get(id=case.id)
        new = Case.objects.filter(split_from=case).exists()
        transaction.set_rollback(True)
    done = answer.status_code == 302
    assert done == (after != before or new), verb
    assert done or answer.status_code in (403, 422), answer.status_code
    return done


@pytest.mark.parametrize("verb", [*VERBS, "reopening", "thanks", "void-undo", "resumption", "follow-up"])
def test_who_has_no_role_on_the_desk_does_nothing_there(
    setting: tuple[Scene, Case], browse: Callable[[Somebody], Client], verb: str
) -> None:
    _, case = setting
    answer = browse(cast.stranger()).post(f"/cases/{case.id}/{verb}", VERBS.get(verb, {}))
    assert answer.status_code == 403
    assert Case.objects.get(id=case.id).version == case.version
