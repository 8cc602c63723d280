"""Templates: every rule is checked, with the line and the remedy."""

from decimal import Decimal
from importlib import resources

import pytest

from opsdesk.deals.documents import read_template
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.terms import CAPPED, Terms
from opsdesk.deals.tuning import changes, parameters, warnings_of
from opsdesk.vault.documents import DocumentInvalid
from tests.deals import cast

FOLDER = resources.files("opsdesk.deals").joinpath("shipped")
SHIPPED = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".yaml"))
EXAMPLES = sorted(file.name for file in FOLDER.joinpath("examples").iterdir())
GOOD = """\
scope: MN.BOATS
inspectionTtlDays: 3
disputeTtlHours: 48
holdbackRatio: 0.15
immediateRatio: 0.85
evidenceRequired: true
autoApproveEnabled: true
onTtl: CAPPED_OFFSET
offsetCapsByReasonCode:
  DAMAGE_MINOR: 10 %
allowedOutcomes:
  NOT_DELIVERED: { REJECT: }
  DAMAGE_MAJOR: { REJECT: }
  DAMAGE_MINOR: { REJECT: , OFFSET: 10 % }
  MISSING_PARTS: { REJECT: }
  QUALITY_NOT_MATCHING: { REJECT: }
  DOCUMENT_MISMATCH: { REJECT: }
  OTHER: { REJECT: }
secondLook: [DOCUMENT_MISMATCH]
evidence:
  hull:
    name: { en: Photos of the hull, ko: 선체 사진 }
    kind: PHOTO
    required: true
"""


def terms_of(text: str) -> Terms:
    return read_template(text, source="boats.yaml")


def shipped(name: str) -> Terms:
    folder = FOLDER.joinpath("examples") if name in EXAMPLES else FOLDER
    return read_template(folder.joinpath(name).read_text(encoding="utf-8"), source=name)


def caps(terms: Terms, reason: Reason) -> dict[Outcome, Decimal]:
    return {allowed.outcome: allowed.cap for allowed in terms.allowed[reason]}


def test_what_is_written_is_what_holds() -> None:
    terms = terms_of(GOOD)
    assert (terms.scope, terms.inspection_days, terms.dispute_hours) == ("MN.BOATS", 3, 48)
    assert (terms.holdback_ratio, terms.immediate_ratio) == (Decimal("0.15"), Decimal("0.85"))
    assert terms.ttl_caps == {Reason.DAMAGE_MINOR: Decimal("0.1")}
    assert caps(terms, Reason.DAMAGE_MINOR) == {Outcome.REJECT: 0, Outcome.OFFSET: Decimal("0.1")}
    (hull,) = terms.checklist
    assert (hull.key, hull.kind, hull.required) == ("hull", "PHOTO", True)
    assert [hull.named(code) for code in ("en", "ko", "mn")] == [
        "Photos of the hull",
        "선체 사진",
        "Photos of the hull",
    ]
    assert (terms.evidence_required, terms.auto_approve) == (True, True)


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("0.1", "0.1"),
        ("10 %", "0.1"),
        ("10%", "0.1"),
        ('"0.10"', "0.1"),
        ("12.5 %", "0.125"),
        ("1", "1"),
        ("100 %", "1"),
        ("0.333333333333", "0.333333333333"),
    ],
)
def test_a_share_may_be_written_as_a_number_or_in_percent(written: str, share: str) -> None:
    terms = terms_of(GOOD.replace("OFFSET: 10 %", f"OFFSET: {written}"))
    assert caps(terms, Reason.DAMAGE_MINOR)[Outcome.OFFSET] == Decimal(share)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("scope: MN.BOATS", "scope: Boats", 1, "country and category"),
        ("scope: MN.BOATS", "scope: MNG.BOATS", 1, "country and category"),
        ("scope: MN.BOATS\n", "", 1, '"scope" is missing'),
        ("scope: MN.BOATS", "scope: ZZ.TRUCK", 1, '"ZZ" is no country'),
        ("scope: MN.BOATS", "scope: UK.BOATS", 1, "ISO 3166-1"),
        ("onTtl:", "currency: TUG\nonTtl:", 8, "no currency of ISO 4217"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: 0", 2, "greater than or equal to 1"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: 61", 2, "less than or equal to 60"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: 3.5", 2, "no whole number"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: three", 2, "no whole number"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: true", 2, "no whole number"),
        ("inspectionTtlDays: 3", "inspectionTtlDay: 3", 2, 'did you mean "inspectionTtlDays"'),
        ("disputeTtlHours: 48", "disputeTtlHours: 721", 3, "less than or equal to 720"),
        ("holdbackRatio: 0.15", "holdbackRatio: 15", 4, "no share"),
        ("holdbackRatio: 0.15", "holdbackRatio: -0.15", 4, "no share"),
        ("holdbackRatio: 0.15", "holdbackRatio: 0.2", 5, "must be 1, and is 1.05"),
        ("immediateRatio: 0.85", "immediateRatio: 0.8499999", 5, "must be 1"),
        ("immediateRatio: 0.85\n", "", 1, '"immediateRatio" is missing'),
        ("evidenceRequired: true", "evidenceRequired: yes", 6, "neither true nor false"),
        ("autoApproveEnabled: true", "autoApproveEnabled: 1", 7, "neither true nor false"),
        ("onTtl: CAPPED_OFFSET", "onTtl: REFUND", 8, "CAPPED_OFFSET"),
        ("DAMAGE_MINOR: 10 %\n", "DAMAGE_MINOR: 15000\n", 10, "no share"),
        ("DAMAGE_MINOR: 10 %\n", "DAMAGE_MINOR: 100000 MNT\n", 10, "no share"),
        ("DAMAGE_MINOR: 10 %\n", "DAMAGE_MINOR: 101 %\n", 10, "no share"),
        ("DAMAGE_MINOR: 10 %\n", "DAMAGE_MINOR:\n", 10, "no share"),
        ("DAMAGE_MINOR: 10 %\n", "SCRATCHED: 10 %\n", 10, "NOT_DELIVERED"),
        ("OFFSET: 10 %", "OFFSET: ", 14, "OFFSET needs a cap above 0"),
        ("OFFSET: 10 %", "OFFSET: 0", 14, "OFFSET needs a cap above 0"),
        ("OFFSET: 10 %", "OFFSET: 15000", 14, "no share"),
        ("OFFSET: 10 %", "FULL_REFUND: 10 %", 14, "FULL_REFUND takes no cap"),
        ("OFFSET: 10 %", "GIFT: 10 %", 14, "REJECT"),
        ("MISSING_PARTS: { REJECT: }", "MISSING_PARTS: { REPLACEMENT: }", 15, "at least REJECT"),
        ("  OTHER: { REJECT: }\n", "", 11, "at least REJECT for OTHER"),
        ("OTHER: { REJECT: }", "OTHER:", 18, "allowedOutcomes.OTHER"),
        ("OTHER: { REJECT: }", "RUST: { REJECT: }", 18, "allowedOutcomes.RUST"),
        ("[DOCUMENT_MISMATCH]", "[PAPERS]", 19, "secondLook"),
        ("  hull:", "  Hull Photos:", 21, "small letters"),
        ("{ en: Photos of the hull, ko: 선체 사진 }", "{ ko: 선체 사진 }", 22, '"en" is missing'),
        ("{ en: Photos of the hull, ko: 선체 사진 }", '"  "', 22, "name of 1 to 120"),
        ("{ en: Photos of the hull, ko: 선체 사진 }", "7", 22, "evidence.hull.name"),
        ("kind: PHOTO", "kind: SELFIE", 23, "PHOTO"),
        ("required: true", "required: maybe", 24, "neither true nor false"),
        ("required: true", "needed: true", 24, '"needed" is no key here'),
        ("scope: MN.BOATS", "scope: MN.BOATS\nscope: MN.BOATS", 2, "a second time"),
        ("scope: MN.BOATS", "scope: [MN.BOATS", 2, "not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_its_remedy(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(DocumentInvalid) as invalid:
        terms_of(GOOD.replace(old, new, 1))
    problems = {problem.line: problem.text for problem in invalid.value.problems}
    assert line in problems, problems
    assert says in problems[line]
    assert f"boats.yaml:{line}: " in str(invalid.value)


def test_rules_between_parts_are_said_at_once_and_beside_all_else() -> None:
    bad = GOOD.replace("holdbackRatio: 0.15", "holdbackRatio: 0.2").replace("OFFSET: 10 %", "OFFSET: ")
    bad = bad.replace("MISSING_PARTS: { REJECT: }", "MISSING_PARTS: { FULL_REFUND: }")
    with pytest.raises(DocumentInvalid) as invalid:
        terms_of(
            bad.replace("disputeTtlHours: 48", "disputeTtlHours: 0").replace("OTHER: {", "OTHER: { OFFSET: ,")
        )
    assert [problem.line for problem in invalid.value.problems] == [3, 5, 14, 15, 18]


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("inspectionTtlDays: 3", "inspectionTtlDays: three", '"three" is no whole number; write one, as 3'),
        ("evidenceRequired: true", "evidenceRequired: yes", "neither true nor false; write one of the two"),
        ("inspectionTtlDays: 3", "inspectionTtlDays: 61", "less than or equal to 60; write such a number"),
        ("onTtl: CAPPED_OFFSET", "onTtl: REFUND", "onTtl must be one of these: CAPPED_OFFSET"),
        (
            "kind: PHOTO",
            "kind: SELFIE",
            "evidence.hull.kind must be one of these: PHOTO, VIDEO, REPORT, DOCUMENT",
        ),
        ("OTHER: { REJECT: }", "OTHER:", "allowedOutcomes.OTHER needs a mapping"),
        ("[DOCUMENT_MISMATCH]", "DOCUMENT_MISMATCH", "secondLook needs a list"),
        ("{ en: Photos of the hull, ko: 선체 사진 }", "{ en: 7 }", "needs a text"),
    ],
)
def test_a_problem_says_its_remedy_in_words_that_can_be_translated(old: str, new: str, remedy: str) -> None:
    with pytest.raises(DocumentInvalid) as invalid:
        terms_of(GOOD.replace(old, new, 1))
    (problem,) = invalid.value.problems
    assert remedy in problem.text
    assert "Input should" not in problem.text


def test_everything_wrong_is_said_at_once() -> None:
    bad = GOOD.replace("scope: MN.BOATS", "scope: b").replace("kind: PHOTO", "kind: X")
    with pytest.raises(DocumentInvalid) as invalid:
        terms_of(bad.replace("disputeTtlHours: 48", "disputeTtlHours: 0"))
    assert [problem.line for problem in invalid.value.problems] == [1, 3, 23]


@pytest.mark.parametrize(
    "text", ["", "[]", "scope", "scope: 1", "- a\n- b", "\x00", "a: &x 1", "a: !!python/x 1"]
)
def test_what_is_no_template_at_all_is_no_crash(text: str) -> None:
    with pytest.raises(DocumentInvalid):
        terms_of(text)


@pytest.mark.parametrize(
    ("days", "hours", "named"),
    [
        (2, 24, []),
        (7, 96, []),
        (1, 48, ["inspectionTtlDays"]),
        (8, 48, ["inspectionTtlDays"]),
        (3, 23, ["disputeTtlHours"]),
        (30, 720, ["inspectionTtlDays", "disputeTtlHours"]),
    ],
)
def test_unusual_times_are_warned_of_and_allowed(days: int, hours: int, named: list[str]) -> None:
    text = GOOD.replace("inspectionTtlDays: 3", f"inspectionTtlDays: {days}")
    warnings = warnings_of(terms_of(text.replace("disputeTtlHours: 48", f"disputeTtlHours: {hours}")))
    assert [warning.parameter for warning in warnings] == named
    assert all("unusual" in warning.text for warning in warnings)


def test_a_currency_that_is_not_the_countrys_is_asked_about_and_kept() -> None:
    own, other = terms_of(GOOD), terms_of(GOOD.replace("MN.BOATS", "MN.BOATS\ncurrency: USD"))
    assert (own.currency, other.currency) == ("MNT", "USD")
    (asked,) = warnings_of(other)
    assert asked.parameter == "currency"
    assert "the currency of its country is MNT" in asked.text
    (changed,) = changes(own, other)
    assert (changed.parameter, changed.old, changed.new) == ("currency", "MNT", "USD")


def test_what_a_version_changes_is_listed_by_parameter() -> None:
    new = GOOD.replace("DAMAGE_MINOR: 10 %\n", "MISSING_PARTS: 10 %\n").replace("OFFSET: 10 %", "OFFSET: 5 %")
    new = new.replace("required: true", "required: false").replace("secondLook: [DOCUMENT_MISMATCH]\n", "")
    found = {change.parameter: (change.old, change.new) for change in changes(terms_of(GOOD), terms_of(new))}
    assert found == {
        "offsetCapsByReasonCode.DAMAGE_MINOR": ("0.1", ""),
        "offsetCapsByReasonCode.MISSING_PARTS": ("", "0.1"),
        "allowedOutcomes.DAMAGE_MINOR.OFFSET": ("0.1", "0.05"),
        "evidence.hull": ("PHOTO, required", "PHOTO, optional"),
        "secondLook.DOCUMENT_MISMATCH": ("true", ""),
    }
    assert changes(terms_of(GOOD), terms_of("# the same\n" + GOOD)) == []
    assert all(len(name) <= 80 and len(value) <= 80 for name, value in parameters(terms_of(GOOD)).items())


def test_the_scopes_that_are_shipped_are_the_four_of_the_first_steps() -> None:
    assert sorted(shipped(name).scope for name in SHIPPED) == [
        "KR.USED_CAR_PRIVATE",
        "MN.REAL_ESTATE_SALE",
        "MN.USED_CAR_DEALER",
        "MN.USED_CAR_PRIVATE",
    ]
    categories = ("REAL_ESTATE_SALE", "USED_CAR_DEALER", "USED_CAR_PRIVATE")
    countries = ("IN", "JP", "KH", "PH", "TW")
    examples = [f"{country}.{category}" for country in countries for category in categories]
    assert sorted(shipped(name).scope for name in EXAMPLES) == examples


@pytest.mark.parametrize("name", [*SHIPPED, *EXAMPLES])
def test_a_shipped_template_has_usual_times_and_is_named_for_its_scope(name: str) -> None:
    terms = shipped(name)
    assert warnings_of(terms) == ()
    assert name == terms.scope.lower().replace("_", "-").replace(".", "-") + ".yaml"
    assert (terms.evidence_required, terms.auto_approve) == (True, True)
    assert all(item.named("ko") != item.name != item.named("mn") for item in terms.checklist)


HELD_CAP_HOURS = {
    "MN": {"car": ("0.15", "0.1", 48), "estate": ("0.25", "0.15", 72)},
    "KR": {"car": ("0.15", "0.1", 48)},
    "PH": {"car": ("0.15", "0.1", 48), "estate": ("0.25", "0.15", 72)},
    "KH": {"car": ("0.15", "0.1", 48), "estate": ("0.25", "0.15", 72)},
    "JP": {"car": ("0.1", "0.05", 48), "estate": ("0.1", "0.05", 72)},
    "TW": {"car": ("0.1", "0.05", 48), "estate": ("0.2", "0.05", 72)},
    "IN": {"car": ("0.15", "0.15", 72), "estate": ("0.3", "0.15", 96)},
}


@pytest.mark.parametrize("name", [*SHIPPED, *EXAMPLES])
def test_the_numbers_of_each_country_and_category(name: str) -> None:
    terms = shipped(name)
    country, _, category = terms.scope.partition(".")
    estate, dealer = category == "REAL_ESTATE_SALE", category == "USED_CAR_DEALER"
    held, cap, hours = HELD_CAP_HOURS[country]["estate" if estate else "car"]
    assert (terms.holdback_ratio, terms.dispute_hours) == (Decimal(held), hours)
    assert terms.inspection_days == (7 if estate else 3)
    quality = Decimal("0.15") if dealer and country in ("MN", "PH", "KH") else Decimal(cap)
    deadline = {Reason.DAMAGE_MINOR: Decimal(cap), Reason.MISSING_PARTS: Decimal(cap)}
    assert terms.ttl_caps == deadline | ({Reason.QUALITY_NOT_MATCHING: quality} if dealer else {})
    for reason, outcomes in terms.allowed.items():
        for allowed in outcomes:
            if allowed.outcome in CAPPED:
                expected = quality if reason is Reason.QUALITY_NOT_MATCHING else Decimal(cap)
                assert allowed.cap == expected, (reason, allowed)


@pytest.mark.parametrize("name", [*SHIPPED, *EXAMPLES])
def test_the_outcomes_of_each_reason_follow_its_pattern(name: str) -> None:
    terms = shipped(name)
    private, estate = "PRIVATE" in terms.scope, "REAL_ESTATE" in terms.scope
    serious = ["REJECT", "PARTIAL_REFUND", "FULL_REFUND"]
    assert {reason: [str(each) for each in caps(terms, reason)] for reason in Reason} == {
        Reason.NOT_DELIVERED: serious,
        Reason.DAMAGE_MAJOR: serious,
        Reason.DAMAGE_MINOR: ["REJECT", "OFFSET"],
        Reason.MISSING_PARTS: ["REJECT", "OFFSET", "PARTIAL_REFUND" if private else "REPLACEMENT"],
        Reason.QUALITY_NOT_MATCHING: ["REJECT", "PARTIAL_REFUND"],
        Reason.DOCUMENT_MISMATCH: serious,
        Reason.OTHER: ["REJECT", "OFFSET", "PARTIAL_REFUND", "FULL_REFUND"],
    }
    assert terms.second_look == ({Reason.DOCUMENT_MISMATCH} if estate else set())


def test_the_checklists_are_those_of_the_categories() -> None:
    def checklist(name: str) -> list[tuple[str, str, bool]]:
        return [(item.key, item.kind, item.required) for item in shipped(f"mn-{name}.yaml").checklist]

    photos = [(key, "PHOTO", True) for key in ("exterior", "interior", "odometer")]
    report = ("inspection-report", "REPORT", False)
    assert checklist("used-car-private") == [*photos, report, ("registration", "DOCUMENT", False)]
    assert checklist("used-car-dealer") == [*photos, report, ("warranty", "DOCUMENT", False)]
    papers = [("contract", "DOCUMENT", True), ("property", "PHOTO", True)]
    assert checklist("real-estate-sale") == [*papers, report, ("title", "DOCUMENT", False)]


def test_the_shipped_pilot_is_the_one_of_the_worked_example() -> None:
    terms = read_template(cast.shipped(), source="pilot")
    assert terms.held(1_000_000) == 150_000
    assert terms.ttl_offset(150_000, Reason.DAMAGE_MINOR) == 15_000
    assert terms.ttl_offset(150_000, Reason.DOCUMENT_MISMATCH) == 0
