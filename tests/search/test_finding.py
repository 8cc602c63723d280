from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.accounts import actions as accounts
from opsdesk.cases import actions
from opsdesk.kernel.actor import Actor, Role
from opsdesk.mail import conversation, finding, replies
from opsdesk.mail.actions import link
from opsdesk.mail.finding import Found
from tests import cast
from tests.search.numbers import cases_from_one
from tests.web import scene as scenes
from tests.web.scene import Scene

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
__all__ = ["cases_from_one"]


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.busy(NOW)


def find(scene: Scene, query: str, **more: object) -> Found:
    settings: dict[str, object] = {"reader": scene.olga.actor, "now": scene.now, "zone": ZoneInfo("UTC")}
    return finding.find(query, **(settings | more))  # type: ignore[arg-type]


def ids(scene: Scene, query: str, **more: object) -> list[int]:
    return [row.id for row in find(scene, query, **more).rows]


def said(found: Found) -> list[str]:
    return [note.message % note.details for note in found.notes]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("assistant", [9, 5, 1]),
        ("greeting", [1]),
        ("flow profile", [1]),
        ("sam@northstar.example", [7, 4, 1]),
        ("from:bo", [8, 5, 2]),
        ("from:elsewhere.example -loaner", [6, 3]),
        ('"op code"', [5]),
        ("76zz", [5]),
        ("<3@northstar.example>", [4]),
        ("report html", [2]),
        ("settings hours", [3]),
        ("nothinglikeit", []),
        ("is:waiting", [3, 8]),
        ("is:open is:waiting -is:waiting from:sam", [4, 1]),
        ("is:resolved", [6]),
        ("is:void", [7]),
        ("is:unassigned assistant", [5]),
        ("is:mine", [1]),
        ("assignee:lena", [4]),
        ("assignee:me", [1]),
        ("assignee:nobody is:void", [7]),
        ("queue:integration-support", [4]),
        ('queue:"core support"', [9]),
        ("-queue:ops", [9, 4]),
        ("queue:core-support queue:integration-support", [9, 4]),
        ("type:integration.dms", [4]),
        ("type:integration", [4]),
        ("type:integration.*", [4]),
        ("account:north-star", [1, 7, 4]),
        ('account:"blue lake" is:open', [5, 2]),
        ("in:notes", [1]),
        ("in:notes greeting", [1]),
        ("in:note dms", []),
        ("in:subjects assistant", [9, 5, 1]),
        ("desk:support is:mine", [1]),
        ("before:2020 assistant", []),
        ("after:2020-01 assistant", [9, 5, 1]),
        ("on:2026-11-19 assistant", [9, 5, 1]),
        ("before:2026-11-19 assistant", []),
        ("on:yesterday assistant", [9, 5, 1]),
        ("after:today greeting", [1]),
        ("on:2026 before:2026-11-20 assistant", [9, 5, 1]),
    ],
)
def test_cases_are_found_newest_text_first(scene: Scene, query: str, expected: list[int]) -> None:
    found = find(scene, query)
    assert [row.id for row in found.rows] == expected
    assert found.notes == ()
    assert found.next is None


def test_days_are_those_of_the_reader(scene: Scene) -> None:
    # The mail came at 22:00 on the 19th by the world's clock.
    for zone, day, found in [
        ("UTC", 19, [9]),
        ("UTC", 20, []),
        ("Asia/Ulaanbaatar", 20, [9]),
        ("Asia/Ulaanbaatar", 19, []),
    ]:
        assert ids(scene, f"loaner on:2026-11-{day}", zone=ZoneInfo(zone)) == found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("queue:nope assistant", "There is no queue “nope”, so it was left out. There are: ops,"),
        ("type:nope assistant", "There is no type “nope”"),
        ("desk:nope assistant", "You have no desk “nope”"),
        ("is:opne assistant", "“is:opne” means nothing"),
        ("in:nowhere assistant", "“in:nowhere” means nothing"),
        ("account:nope assistant", "No account is called “nope”"),
        ("assignee:nobodyhere assistant", "Nobody here is called “nobodyhere”"),
        ("before:tomorrowish assistant", "is no date"),
        ("on:2026-13 assistant", "is no date"),
        ("on:2026-02-30 assistant", "is no date"),
        ("-before:2026 assistant", "can't be left away"),
        ("-on:2026-11-19 assistant", "can't be left away"),
    ],
)
def test_a_filter_that_means_nothing_is_said_and_left_out(scene: Scene, query: str, says: str) -> None:
    found = find(scene, query)
    assert [row.id for row in found.rows] == [9, 5, 1]
    (note,) = said(found)
    assert says in note


def test_where_nothing_is_left_nothing_is_searched_for(scene: Scene) -> None:
    found = find(scene, "is:opne !!!")
    assert not found.is_understood
    assert found.rows == ()
    assert len(found.notes) == 2


def test_a_case_number_finds_the_case_and_the_texts_that_name_it(scene: Scene) -> None:
    actions.write_note(case_id=2, text="The same as #3.", actor=scene.olga.actor, now=scene.now)
    for query in ("#3", "3"):
        found = find(scene, query)
        assert found.exact is not None
        assert found.exact.id == 3
        assert 2 in [row.id for row in found.rows]
    assert find(scene, "#99999").exact is None


def test_an_account_is_found_by_its_name_and_domain(scene: Scene) -> None:
    assert [one.key for one in find(scene, "north star").accounts] == ["north-star"]
    assert [one.key for one in find(scene, "bluelake.example").accounts] == ["blue-lake"]
    assert find(scene, "north star is:open").accounts == ()


def test_an_account_that_changes_its_name_is_found_by_the_new_one(scene: Scene) -> None:
    row = accounts.add(key="acme", name="Acme", actor=scene.lena.actor, now=scene.now)
    accounts.change(
        account_id=row.id,
        name="Zenith Cars",
        domains=["zenith.example"],
        addresses=[],
        live_on=None,
        left_on=None,
        actor=scene.lena.actor,
        now=scene.now,
    )
    assert find(scene, "acme cars").accounts != ()  # its key stays
    assert [one.key for one in find(scene, "zenith").accounts] == ["acme"]
    assert [one.key for one in find(scene, "zenith.example").accounts] == ["acme"]


def test_a_row_says_where_the_words_stand(scene: Scene) -> None:
    (row,) = find(scene, "greeting").rows
    assert "".join(piece.text for piece in row.passage).startswith("The greeting flag is on twice")
    assert [piece.text for piece in row.passage if piece.marked] == ["greeting"]
    assert [piece.text for piece in row.subject if piece.marked] == ["greeting"]
    assert "".join(piece.text for piece in row.who) == "Olga"
    assert row.assignee_name == "Olga"
    assert row.account_name == "North Star Motors"


def test_our_answers_and_new_notes_are_found_at_once(scene: Scene) -> None:
    replies.reply(case_id=5, text="Switched it on: zebrafish.", wait=True, actor=scene.olga.actor, now=NOW)
    actions.write_note(case_id=2, text="Ask Kim about the quokka.", actor=scene.olga.actor, now=NOW)
    assert ids(scene, "zebrafish") == [5]
    assert ids(scene, "quokka") == [2]


def test_a_request_that_no_mail_opened_is_found_by_its_subject(scene: Scene) -> None:
    case = cast.request_at(NOW, subject="Wombat on the line", requester_email="w@zoo.example")
    assert ids(scene, "wombat") == [case.id]
    assert ids(scene, "from:zoo.example") == [case.id]


def test_only_cases_of_desks_that_the_reader_may_read_are_found(scene: Scene) -> None:
    stranger = cast.somebody("stranger", [Role.OPERATOR], desk="deals")
    assert ids(scene, "assistant", reader=stranger.actor) == []
    assert find(scene, "#1", reader=stranger.actor).exact is None
    assert ids(scene, "is:open", reader=stranger.actor) == []
    assert ids(scene, "assistant", reader=Actor(kind=scene.olga.actor.kind)) == []
    assert ids(scene, "assistant", reader=scene.vera.actor) == [9, 5, 1]


def test_a_message_that_was_moved_is_found_where_it_is_now(scene: Scene) -> None:
    raw = scenes.letter(
        "Re: Appointments",
        "And the axolotl?",
        sender="Bo Lake <bo@bluelake.example>",
        number=50,
        at=NOW,
        answers="<1@northstar.example>",
    )
    second = cast.request_at(NOW, subject="Other")
    arrival = scenes.receive(scene, raw, at=NOW)
    assert ids(scene, "axolotl") == [2]
    assert arrival.message_id is not None
    link(case_id=second.id, message_id=arrival.message_id, how="joined", now=NOW)
    assert sorted(ids(scene, "axolotl")) == [2, second.id]
    conversation.move(arrival.message_id, from_case=2, to_case=second.id, actor=scene.olga.actor, now=NOW)
    assert ids(scene, "axolotl") == [second.id]


def test_pages_hold_every_case_once(scene: Scene) -> None:
    for number in range(40):
        case = cast.request_at(NOW - timedelta(days=40 - number), subject=f"Ferret {number}")
        if number % 3 == 0:
            actions.write_note(case_id=case.id, text="ferret again", actor=scene.olga.actor, now=NOW)
    everything = ids(scene, "ferret")
    assert len(everything) == len(set(everything)) == 40
    for query in ("ferret", "ferret is:open", "ferret is:open queue:ops in:notes in:subjects"):
        shown: list[int] = []
        below, pages = None, 0
        while pages == 0 or below is not None:
            found = find(scene, query, below=below, size=7)
            shown += [row.id for row in found.rows]
            below, pages = found.next, pages + 1
        assert sorted(shown) == sorted(set(everything) if "in:" not in query else set(ids(scene, query)))
        assert len(shown) == len(set(shown))
        assert pages >= 2


def test_what_comes_in_between_shifts_nothing(scene: Scene) -> None:
    cases = [cast.request_at(NOW - timedelta(hours=number), subject="Ferret") for number in range(10)]
    first = find(scene, "ferret", size=5)
    cast.request_at(NOW + timedelta(minutes=5), subject="Ferret")
    second = find(scene, "ferret", size=5, below=first.next)
    assert [row.id for row in (*first.rows, *second.rows)] == [case.id for case in cases]


def test_a_page_that_looks_at_too_much_says_how_far_back_it_looked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ROUNDS_OF_SIFTED", (3, 4))
    monkeypatch.setattr(finding, "FEW_CASES", 0)
    for number in range(20):
        cast.request_at(NOW - timedelta(days=number), subject="Ferret")
    last = cast.request_at(NOW - timedelta(days=30), subject="Ferret")
    actions.take(case_id=last.id, actor=scene.olga.actor, now=NOW)
    below, pages = None, 0
    shown: list[int] = []
    while pages == 0 or below is not None:
        found = find(scene, "ferret is:mine", below=below)
        assert (found.back_to is None) == (found.next is None)
        shown += [row.id for row in found.rows]
        below, pages = found.next, pages + 1
    assert shown == [last.id]
    assert pages == 4


def test_a_search_asks_the_same_few_questions_however_much_it_finds(scene: Scene) -> None:
    def asked(query: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            find(scene, query)
        return len(counted)

    few = asked("ferret"), asked("ferret is:open")
    for number in range(60):
        cast.request_at(NOW - timedelta(minutes=number), subject="Ferret")
    assert max(asked("ferret") - few[0], asked("ferret is:open") - few[1]) <= 4
