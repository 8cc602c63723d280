from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from opsdesk.cases.definition import Code, DeskDefinition, FirstTarget, Notices, ReplyAddress, TypeDef
from opsdesk.cases.documents import read_desk
from opsdesk.clock.documents import read_calendar
from opsdesk.kernel.actor import SYSTEM
from opsdesk.vault import actions as vault
from opsdesk.vault import queries as documents
from opsdesk.vault.documents import DocumentInvalid

CALENDARS = {"support", "engineering"}
SHIPPED = files("opsdesk.cases").joinpath("desks/support.yaml").read_text(encoding="utf-8")
SMALL = """\
key: help
name: Help
zone: Asia/Seoul
address: help@desk.example
entry_queue: front
queues:
  front:
    name: Front
    tier: 1
    calendar: support
    up: [back]
  back:
    name: Back
    tier: 2
    calendar: engineering
families:
  core:
    name: Core
    route: back
    types:
      llm: LLM
  other:
    name: Other
    route: choose
    types:
      other: Other
escalation_reasons:
  bug: Bug
causes:
  bug: Bug
void_reasons:
  spam: Spam
  duplicate: Duplicate
targets:
  first_response: 1 h
  first_touch:
    2: 1 h 30 min
"""


def read(text: str, calendars: set[str] | None = CALENDARS) -> DeskDefinition:
    return read_desk(text, source="help.yaml", calendars=calendars)


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        read(text)
    return [(problem.line, problem.text) for problem in refused.value.problems]


class TestTheShippedDesk:
    desk = read_desk(SHIPPED, source="support.yaml", version=3, calendars=CALENDARS)

    def test_it_has_the_three_tiers_and_their_queues(self) -> None:
        assert [(queue.key, queue.tier, queue.up) for queue in self.desk.queues] == [
            ("ops", 1, ("core-support", "integration-support")),
            ("core-support", 2, ("core-engineering",)),
            ("integration-support", 2, ("integration-engineering",)),
            ("core-engineering", 3, ()),
            ("integration-engineering", 3, ()),
        ]
        assert self.desk.entry_queue == "ops"
        assert [queue.key for queue in self.desk.queues if queue.last_resort] == ["integration-engineering"]

    def test_its_families_take_the_routes(self) -> None:
        assert {family.key: family.route for family in self.desk.families} == {
            "core": "core-support",
            "integration": "integration-support",
            "account-set-up": "integration-support",
            "how-to": "core-support",
            "other": "",
        }

    def test_its_codes_are_those_of_the_trade(self) -> None:
        assert [code.key for code in self.desk.escalation_reasons] == [
            "bug",
            "missing-feature",
            "one-off",
            "no-access",
            "no-runbook",
            "needs-skill",
        ]
        assert [code.key for code in self.desk.causes] == [
            "bug",
            "missing-feature",
            "one-off",
            "configuration",
            "third-party",
            "how-to",
        ]
        assert [code.key for code in self.desk.void_reasons] == ["spam", "duplicate", "not-a-request"]

    def test_its_targets_are_working_time(self) -> None:
        hour = 3600
        assert self.desk.targets == (
            FirstTarget("first_response", 0, hour),
            FirstTarget("resolution", 0, 16 * hour),
            FirstTarget("first_touch", 2, 4 * hour),
            FirstTarget("first_touch", 3, 8 * hour),
        )

    def test_it_tells_of_escalation_and_resolution_and_waits_14_days(self) -> None:
        assert self.desk.notices == Notices(opening=False, escalation=True, resolution=True)
        assert (self.desk.grace_days, self.desk.version) == (14, 3)

    def test_its_calendars_are_shipped_too(self) -> None:
        shipped = {
            read_calendar(file.read_text(encoding="utf-8"), source=file.name).key
            for file in files("opsdesk.clock").joinpath("shipped").iterdir()
            if file.name.endswith(".yaml")
        }
        assert shipped >= {queue.calendar for queue in self.desk.queues} | {"round-the-clock"}

    def test_its_address_can_reach_nobody(self) -> None:
        assert self.desk.address.endswith(".example")

    @pytest.mark.django_db
    def test_published_and_read_again_it_is_the_same(self) -> None:
        now = datetime(2026, 10, 6, tzinfo=UTC)
        vault.publish(kind="desk", name="support", source=SHIPPED, note="", actor=SYSTEM, now=now)
        document = documents.current("desk", "support")
        assert document is not None
        assert read_desk(document.source, source="desk support", version=3) == self.desk


def test_a_small_desk_needs_little() -> None:
    desk = read(SMALL)
    assert (desk.key, desk.zone.key, desk.version, desk.grace_days) == ("help", "Asia/Seoul", 0, 14)
    assert desk.type("core.llm") == TypeDef("core.llm", "core", "LLM")
    assert desk.causes == (Code("bug", "Bug"),)
    assert desk.third_parties == ()
    assert desk.notices == Notices()
    assert desk.targets == (FirstTarget("first_response", 0, 3600), FirstTarget("first_touch", 2, 5400))


def test_answers_go_to_the_desk_unless_it_says_otherwise() -> None:
    assert (read(SMALL).reply_address, read(SMALL).subject_token) == (ReplyAddress.DESK, False)
    desk = read(f"{SMALL}\nreply_address: per-case\nsubject_token: true\n")
    assert (desk.reply_address, desk.subject_token) == (ReplyAddress.PER_CASE, True)


def test_the_example_of_the_handbook_is_a_desk() -> None:
    page = (Path(__file__).parents[2] / "docs/handbook/desk-definition.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert read(example).queue("core-engineering").last_resort


def test_calendars_are_not_asked_for_where_none_are_given() -> None:
    assert read(SMALL, None) == read(SMALL)


def instead(old: str, new: str) -> Callable[[], str]:
    def changed() -> str:
        assert SMALL.count(old) >= 1, old
        return SMALL.replace(old, new, 1)

    return changed


ONE_WRONG = {
    "not yaml": (instead("key: help", "key: [help"), 2, "this is not YAML"),
    "a key twice": (instead("  back:\n", "  front:\n"), 12, '"front" stands here a second time'),
    "a code twice": (
        instead("causes:\n  bug: Bug", "causes:\n  bug: Bug\n  bug: Bag"),
        31,
        '"bug" stands here a second time',
    ),
    "an unknown key": (instead("zone:", "zones: x\nzone:"), 3, 'did you mean "zone"'),
    "a missing key": (instead("name: Help\n", ""), 1, '"name" is missing'),
    "no codes": (instead("causes:\n  bug: Bug\n", "causes: {}\n"), 29, "name at least one"),
    "a code in capitals": (instead("  bug: Bug\n", "  Bug: Bug\n"), 28, 'code "Bug" must be'),
    "a code with a blank": (instead("      llm: LLM", "      l m: LLM"), 21, 'code "l m" must be'),
    "a code too long": (instead("key: help", f"key: {'a' * 31}"), 1, "1 to 30 small letters"),
    "a desk key that is none": (instead("key: help", "key: Help Desk"), 1, 'code "Help Desk" must be'),
    "an empty label": (instead("name: Help", 'name: " "'), 2, "write a label"),
    "a label that is a number": (instead("name: Help", "name: 7"), 2, "write a label"),
    "an unknown zone": (instead("Asia/Seoul", "Asia/Soul"), 3, 'zone "Asia/Soul" is unknown'),
    "a zone outside the list": (instead("Asia/Seoul", "../../etc/passwd"), 3, "is unknown"),
    "an address that is none": (instead("help@desk.example", "help"), 4, '"help" is no address'),
    "an address in capitals": (instead("help@desk", "Help@desk"), 4, "is no address"),
    "an entry queue there is not": (
        instead("entry_queue: front", "entry_queue: desk"),
        5,
        'entry_queue "desk" is none of the queues; name one of Tier 1: front',
    ),
    "an entry queue above": (
        instead("entry_queue: front", "entry_queue: back"),
        5,
        'entry_queue "back" is at Tier 2; name one of Tier 1: front',
    ),
    "a tier of nothing": (instead("tier: 1", "tier: 0"), 9, "queues.front.tier"),
    "a tier in words": (instead("tier: 1", "tier: first"), 9, "queues.front.tier"),
    "an unknown calendar": (
        instead("calendar: engineering", "calendar: moon"),
        15,
        'no calendar "moon" is published; publish it or name one of: engineering, support',
    ),
    "an unknown calendar of a country": (
        instead("    calendar: engineering\n", "    calendar: engineering\n    calendars: {KR: moon}\n"),
        16,
        'no calendar "moon" is published; publish it or name one of: engineering, support',
    ),
    "a country in small letters": (
        instead("    calendar: engineering\n", "    calendar: engineering\n    calendars: {kr: support}\n"),
        16,
        "queues.back.calendars.kr",
    ),
    "a reserved queue": (
        instead("  back:\n    name", "  mine: {name: Mine, tier: 2, calendar: support}\n  back:\n    name"),
        12,
        '"mine" has a meaning of its own',
    ),
    "no way up": (
        instead("  back:\n", "  hall: {name: Hall, tier: 1, calendar: support}\n  back:\n"),
        12,
        'queue "hall" has no way up; add "up:" with some of Tier 2: back',
    ),
    "up to nowhere": (
        instead("up: [back]", "up: [back, attic]"),
        11,
        'up: "attic" is none of the queues; those of Tier 2 are: back',
    ),
    "up to the same tier": (
        instead("up: [back]", "up:\n      - back\n      - front"),
        13,
        'up: "front" is not at Tier 2, one tier up; there are: back',
    ),
    "up twice": (instead("up: [back]", "up: [back, back]"), 11, 'up: "back" stands here twice'),
    "a route to nowhere": (
        instead("route: back", "route: attic"),
        19,
        'route "attic" is no queue of Tier 2; name one of: back; or "choose"',
    ),
    "a route to Tier 1": (instead("route: back", "route: front"), 19, 'route "front" is no queue of Tier 2'),
    "a route nobody hands up to": (
        instead(
            "families:\n  core:\n    name: Core\n    route: back",
            "  side: {name: Side, tier: 2, calendar: support}\n"
            "families:\n  core:\n    name: Core\n    route: side",
        ),
        20,
        'no queue of Tier 1 hands up to "side"',
    ),
    "a family without a route": (instead("    route: back\n", ""), 17, '"route" is missing'),
    "a family without types": (
        instead("    types:\n      llm: LLM\n", "    types: {}\n"),
        20,
        "name at least one",
    ),
    "a target of nothing": (instead("1 h\n", "0 h\n"), 35, '"0 h" is no working time above zero'),
    "a target below nothing": (instead("1 h\n", "-1 h\n"), 35, '"-1 h" is no working time'),
    "a target in numbers": (instead("1 h\n", "3600\n"), 35, '"3600" is no working time'),
    "a target without a name": (
        instead("first_response", "first_answer"),
        35,
        '"first_answer" is no key here; did you mean',
    ),
    "a target of no tier": (instead("    2: 1 h", "    two: 1 h"), 37, '"two" is no tier'),
    "a target of a tier too high": (
        instead("    2: 1 h", "    3: 1 h"),
        37,
        "the desk has no Tier 3; its highest is 2",
    ),
    "a grace below nothing": (instead("queues:", "grace_days: -1\nqueues:"), 6, "grace_days"),
    "a notice there is not": (
        instead("targets:", "notices: {closing: true}\ntargets:"),
        34,
        '"closing" is no key here',
    ),
    "answers go where they can't": (
        instead("targets:", "reply_address: case\ntargets:"),
        34,
        'write "desk" or "per-case"',
    ),
    "a token that is no switch": (
        instead("targets:", "subject_token: sometimes\ntargets:"),
        34,
        "subject_token",
    ),
    "no spam": (
        instead("  spam: Spam\n", ""),
        31,
        'void_reasons lacks "spam", on which rules depend; add it',
    ),
    "the system's own void reason": (
        instead("  spam: Spam\n", "  spam: Spam\n  split-undone: Split undone\n"),
        33,
        '"split-undone" is set by undoing a split alone',
    ),
}


@pytest.mark.parametrize(("change", "line", "remedy"), ONE_WRONG.values(), ids=ONE_WRONG)
def test_an_error_names_its_line_and_its_remedy(change: Callable[[], str], line: int, remedy: str) -> None:
    ((found, said),) = problems(change())
    assert (found, remedy in said) == (line, True), said


def test_a_gap_between_the_tiers_is_named() -> None:
    text = (
        SMALL.replace("tier: 2", "tier: 3")
        .replace("up: [back]", "up: []")
        .replace("route: back", "route: choose")
    )
    assert (14, "no queue is at Tier 2; tiers leave no gap: add one or renumber") in problems(text)


def test_a_desk_without_a_first_tier_is_named() -> None:
    text = SMALL.replace("tier: 2", "tier: 3").replace("tier: 1", "tier: 2")
    found = problems(text)
    assert (9, "no queue is at Tier 1; tiers leave no gap: add one or renumber") in found
    assert any(line == 5 and "entry_queue" in said for line, said in found)


def test_a_desk_of_one_tier_lets_the_person_choose() -> None:
    top, _, rest = SMALL.partition("  back:\n")
    text = top.replace("    up: [back]\n", "") + rest[rest.index("families:") :].replace(
        "route: back", "route: choose"
    )
    assert read(text.replace("  first_touch:\n    2: 1 h 30 min\n", "")).top_tier == 1


def test_every_contradiction_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = SMALL.replace("entry_queue: front", "entry_queue: desk").replace("route: back", "route: attic")
    text = text.replace("calendar: engineering", "calendar: moon")
    assert [line for line, _ in problems(text)] == [5, 15, 19]


def test_the_refusal_reads_like_a_compilers() -> None:
    with pytest.raises(DocumentInvalid, match=r"^help\.yaml:3: zone"):
        read(SMALL.replace("Asia/Seoul", "Mars"))


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "just words", "- a\n- b\n", "key: \x00"])
def test_what_is_no_desk_at_all_is_refused_with_a_line(text: str) -> None:
    assert problems(text)[0][0] >= 1
