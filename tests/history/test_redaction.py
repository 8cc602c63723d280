"""What imports hold of somebody in words is listed, then erased; rows, cases and times stay."""

import tracemalloc
from pathlib import Path

import pytest

from opsdesk.accounts import actions as accounts
from opsdesk.cases.models import Case, Stay
from opsdesk.cases.past_words import PastWords, redact_past
from opsdesk.cases.redaction import ERASED
from opsdesk.commands.archive.census import OurRecords
from opsdesk.commands.archive.coming_back import back, gone
from opsdesk.commands.main import main
from opsdesk.history import actions, names, redaction
from opsdesk.history.models import Import, RowAside
from opsdesk.history.queries import asides
from opsdesk.history.redaction import (
    CaseErased,
    RowErased,
    RowUnknown,
    erase_step,
    held,
    redact_case,
    redact_row,
    subject_of,
)
from opsdesk.history.sought import sought
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail.holdings import Subject
from tests import cast
from tests.history.scene import NOW, PLAIN, bring, carry_on, file_of

pytestmark = pytest.mark.django_db
MAP = PLAIN.replace("subject: subject}", "subject: subject, requester: from, account: company}")
HEADER = "case,time,team,status,who,subject,from,company\n"
SAM = Subject(address="sam@northstar.example")
ROWS = [
    "A,2026-03-02T15:00:00Z,One,new,Olga Petrova,Sam cannot log in,sam@northstar.example,North Star",
    "A,2026-03-02T17:00:00Z,Two core,done,Olga Petrova,,,",
    "B,2026-03-02T15:00:00Z,One,done,Ivan Иванов,Something else,kim@elsewhere.example,Elsewhere Cars",
    "C,never,One,new,Olga Petrova,It broke,SAM@NorthStar.example,North Star",
    "D,2026-03-02T15:00:00Z,Nowhere,new,,It broke,bigsam@northstar.example,",
    "E,2026-03-02T15:00:00Z,sam@northstar.example,new,,,,",
]


@pytest.fixture
def brought(db: None, tmp_path: Path) -> Import:
    cast.desk()
    return bring(file_of(tmp_path, ROWS, header=HEADER), MAP)


@pytest.fixture
def ada() -> cast.Somebody:
    return cast.admin()


def erase(subject: Subject, by: cast.Somebody, *, at_once: int = 500) -> int:
    steps = 0
    while erase_step(subject, reason="asked", actor=by.actor, now=NOW, at_once=at_once):
        steps += 1
    return steps


def rows() -> list[tuple[int, bool]]:
    return [(row.line, row.words == ERASED) for row in RowAside.objects.order_by("number")]


def case(key: str) -> Case:
    return Case.objects.get(origin__key=key)


def test_of_an_address_rows_and_cases_are_listed_before_anything_goes(brought: Import) -> None:
    found = held(SAM)
    assert [(row.import_id, row.line) for row in found.rows] == [(brought.id, 5), (brought.id, 7)]
    assert (found.count, found.case_ids, found.withdrawn) == (2, (case("A").id,), 0)
    assert found.names == ()
    assert rows() == [(5, False), (6, False), (7, False)]


def test_erased_they_say_so_and_nothing_else_has_changed(brought: Import, ada: cast.Somebody) -> None:
    times = list(Stay.objects.order_by("id").values_list("entered_at", "left_at", "words"))
    assert erase(SAM, ada, at_once=1) == 3
    assert rows() == [(5, True), (6, False), (7, True)]
    assert (case("A").subject, case("A").excerpt, case("B").subject) == (ERASED, "", "Something else")
    assert list(Stay.objects.order_by("id").values_list("entered_at", "left_at", "words")) == times
    shown = asides(brought.id).rows
    assert [(row.words, row.why) for row in shown[::2]] == [
        (ERASED, f'"{ERASED}" is no instant; name its form under time_format (column time)'),
        (ERASED, f'"{ERASED}" has no queue in the map (column team)'),
    ]
    assert held(SAM).is_empty
    noted = Entry.objects.filter(kind="import.words_redacted", subject_id=brought.id)
    assert [entry.payload for entry in noted] == [
        {"desk": "support", "reason": "asked", "rows": 1},
        {"desk": "support", "reason": "asked", "rows": 1},
    ]
    assert Entry.objects.filter(kind="case.past_redacted", subject_id=case("A").id).count() == 1


def test_a_name_goes_from_stays_and_from_what_matched_nobody(brought: Import, ada: cast.Somebody) -> None:
    olga = subject_of(" olga petrova ")
    found = held(olga)
    assert (found.count, found.case_ids, found.names) == (1, (case("A").id,), ("Olga Petrova",))
    erase(olga, ada)
    assert list(Stay.objects.filter(case=case("A")).values_list("words", flat=True)) == [ERASED, ERASED]
    assert case("A").resolution == ERASED
    assert case("A").subject == "Sam cannot log in"
    assert Import.objects.get().unmatched["person"] == {ERASED: 2, "Ivan Иванов": 1}
    assert held(olga).is_empty


@pytest.mark.parametrize("name", ["erased", "(erased)"])
def test_what_says_that_it_was_erased_is_not_erased_again(
    brought: Import, ada: cast.Somebody, name: str
) -> None:
    erase(subject_of("Olga Petrova"), ada)
    Stay.objects.filter(case=case("B")).update(words=f"{ERASED}, Kim")
    entries = Entry.objects.count()
    assert held(subject_of(name)).is_empty
    assert erase_step(subject_of(name), reason="asked", actor=ada.actor, now=NOW) == 0
    assert Entry.objects.count() == entries
    assert Stay.objects.get(case=case("B")).words == f"{ERASED}, Kim"


def test_a_name_that_reads_over_two_takes_both_and_ends(brought: Import, ada: cast.Somebody) -> None:
    name = subject_of("Ray, Kim")
    Import.objects.update(unmatched={"person": {"Ray, Kim": 1}})
    Stay.objects.filter(case=case("B")).update(words=f"{ERASED}, Ray, Kim")
    assert erase_step(name, reason="asked", actor=ada.actor, now=NOW) == 1
    assert Stay.objects.get(case=case("B")).words == ERASED
    assert erase_step(name, reason="asked", actor=ada.actor, now=NOW) == 1
    assert erase_step(name, reason="asked", actor=ada.actor, now=NOW) == 0


def test_words_that_are_said_already_change_no_case_and_leave_no_entry(
    brought: Import, ada: cast.Somebody
) -> None:
    same = case("A")
    words = PastWords(same.subject, same.excerpt, same.requester_name, same.resolution)
    entries = Entry.objects.count()
    assert redact_past({same.id: words}, {}, reason="asked", actor=ada.actor, now=NOW) == []
    assert Entry.objects.count() == entries


def test_only_the_rows_that_are_shown_are_held_and_all_are_counted(brought: Import) -> None:
    words = "Sam Doe " + "x" * 3900
    many = (RowAside(imported=brought, number=100 + n, line=n, words=words, why="odd") for n in range(4000))
    RowAside.objects.bulk_create(many)
    tracemalloc.start()
    found = held(subject_of("Sam Doe"), limit=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.count, [row.line for row in found.rows]) == (4000, [0, 1])
    assert peak < 10_000_000


def test_letters_of_any_script_are_found_in_either_case(brought: Import) -> None:
    assert held(subject_of("ИВАНОВ")).case_ids == (case("B").id,)
    assert held(subject_of("Иван")).is_empty
    assert sought(subject_of("김철수")).finds("김철수님이")
    assert not sought(subject_of("Sam")).finds("Same")


def test_of_an_account_its_names_domains_and_cases_go(brought: Import, ada: cast.Somebody) -> None:
    new = accounts.add(
        key="north-star-1", name="North Star", domains=["northstar.example"], actor=SYSTEM, now=NOW
    )
    Case.objects.filter(origin__key="B").update(account_id=new.id)
    subject = Subject(account_id=new.id)
    found = held(subject)
    assert (found.count, found.names) == (3, ("North Star",))
    assert found.case_ids == (case("A").id, case("B").id)
    erase(subject, ada)
    assert [erased for _, erased in rows()] == [True, True, True]
    assert case("B").subject == ERASED
    assert Import.objects.get().unmatched["account"] == {ERASED: 1, "Elsewhere Cars": 1}


def test_a_withdrawn_import_is_reached_too(brought: Import, ada: cast.Somebody) -> None:
    actions.withdraw(brought.id, actor=SYSTEM, now=NOW)
    carry_on(brought)
    assert (held(SAM).case_ids, held(SAM).withdrawn) == ((), 1)
    erase(SAM, ada)
    assert case("A").subject == ERASED


def test_one_row_is_erased_once_and_does_not_come_back(
    brought: Import, ada: cast.Somebody, tmp_path: Path
) -> None:
    row = RowAside.objects.order_by("id")[1]
    redact_row(row.id, reason="secret", actor=ada.actor, now=NOW)
    with pytest.raises(RowErased):
        redact_row(row.id, reason="secret", actor=ada.actor, now=NOW)
    with pytest.raises(RowUnknown):
        redact_row(0, reason="secret", actor=ada.actor, now=NOW)
    Import.objects.filter(id=brought.id).update(state="reading")
    assert bring(tmp_path / "log.csv", MAP).id == brought.id
    assert rows() == [(5, False), (6, True), (7, False)]


def test_only_an_admin_may_and_a_reason_is_one_of_a_list(brought: Import, ada: cast.Somebody) -> None:
    with pytest.raises(NotAnAdmin):
        erase_step(SAM, reason="asked", actor=cast.lead().actor, now=NOW)
    with pytest.raises(Invalid):
        erase_step(SAM, reason="because", actor=ada.actor, now=NOW)
    with pytest.raises(Invalid):
        subject_of("a ")


def test_a_list_of_names_that_is_full_hides_nobody(
    brought: Import, ada: cast.Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_UNMATCHED", 1)
    monkeypatch.setattr(redaction, "MOST_UNMATCHED", 1)
    merged = names.merged({"person": {"Ivan": 2}}, {"person": {"Ivan": 1, "Olga": 1, "Kim": 1}})
    assert merged == {"person": {"Ivan": 3, names.REST: 2}}
    Import.objects.update(unmatched={"person": {"Ivan": 2, names.REST: 2}})
    assert held(subject_of("Olga Petrova")).case_ids == (case("A").id,)


@pytest.mark.django_db(transaction=True)
def test_the_command_lists_then_erases_by_name_and_by_row(
    brought: Import, ada: cast.Somebody, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ["--by", ada.person.email]
    assert main(["redact", "--name", "Olga Petrova", *by]) == 0
    listed = capsys.readouterr().out
    assert f"import {brought.id}, line 5" in listed
    assert "Of imports: 1 rows kept aside, words of 1 cases, 1 names that match nobody." in listed
    assert rows() == [(5, False), (6, False), (7, False)]
    assert main(["redact", "--name", "Olga Petrova", *by, "--yes"]) == 0
    assert "4 words of imports are erased." in capsys.readouterr().out
    row = RowAside.objects.order_by("id")[1]
    assert main(["redact", "--row", str(row.id), *by, "--yes"]) == 0
    assert rows() == [(5, True), (6, True), (7, False)]


def test_a_restored_backup_lists_the_words_of_imports_that_are_there_again(
    brought: Import, ada: cast.Somebody
) -> None:
    cases = {each.id: each for each in Case.objects.filter(origin__isnull=False)}
    stays, unmatched = dict(Stay.objects.values_list("id", "words")), Import.objects.get().unmatched
    erase(subject_of("Olga Petrova"), ada)
    redact_case(case("B").id, reason="asked", actor=ada.actor, now=NOW)
    with pytest.raises(CaseErased):
        redact_case(case("B").id, reason="asked", actor=ada.actor, now=NOW)
    erased = gone(OurRecords())
    assert not back(OurRecords(), erased)
    for each in cases.values():
        each.save()
    for id, words in stays.items():
        Stay.objects.filter(id=id).update(words=words)
    found = back(OurRecords(), erased)
    assert (found.cases, found.names) == ((case("B").id,), ("Olga Petrova",))
    assert found.commands() == (
        f"opsdesk redact --case {case('B').id} --by ADMIN --yes",
        "opsdesk redact --name 'Olga Petrova' --by ADMIN --yes",
    )
    Stay.objects.update(words="")
    Case.objects.update(resolution="")
    Import.objects.update(unmatched=unmatched)
    assert back(OurRecords(), erased).names == ("Olga Petrova",)


def test_a_restored_backup_lists_the_rows_that_are_there_again(brought: Import, ada: cast.Somebody) -> None:
    row = RowAside.objects.order_by("id")[1]
    words = row.words
    redact_row(row.id, reason="asked", actor=ada.actor, now=NOW)
    erased = gone(OurRecords())
    assert back(OurRecords(), erased).rows == ()
    RowAside.objects.filter(id=row.id).update(words=words)
    found = back(OurRecords(), erased)
    assert found.rows == (row.id,)
    assert found.commands()[0] == f"opsdesk redact --row {row.id} --by ADMIN --yes"
