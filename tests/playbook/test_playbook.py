from datetime import UTC, datetime
from importlib import resources

import pytest

from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.playbook import actions, queries
from opsdesk.playbook.definition import LANGUAGES
from opsdesk.playbook.documents import read_playbook
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.vault.models import Document
from tests import cast

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CATEGORIES = ("REAL_ESTATE_SALE", "USED_CAR_DEALER", "USED_CAR_PRIVATE")
SMALL = """\
key: BOATS
title: Boats
typical_issues:
  - It leaks.
verify:
  - { en: Look at the hull., ko: 선체를 본다. }
patterns:
  DAMAGE_MINOR: { en: Offset., mn: Суутгал. }
body: Ask the harbour.
"""


def shipped() -> list[str]:
    files = resources.files("opsdesk.playbook").joinpath("shipped").iterdir()
    return sorted(file.read_text(encoding="utf-8") for file in files if file.name.endswith(".yaml"))


@pytest.mark.parametrize("text", shipped(), ids=lambda text: text.split("key: ")[1].split()[0])
def test_a_shipped_playbook_says_everything_in_each_language(text: str) -> None:
    found = read_playbook(text, source="shipped")
    words = [found.title, *found.typical_issues, *found.verify, *found.patterns.values(), found.body]
    assert all(set(each) == set(LANGUAGES) for each in words)
    assert len(found.typical_issues) >= 3
    assert len(found.verify) >= 3


def test_the_shipped_ones_are_of_the_three_categories() -> None:
    keys = sorted(read_playbook(text, source="shipped").key for text in shipped())
    assert tuple(keys) == CATEGORIES


@pytest.mark.django_db
def test_the_shipped_ones_are_published_once() -> None:
    assert len(actions.publish_shipped(now=NOW)) == 3
    assert actions.publish_shipped(now=NOW) == []
    assert queries.categories() == CATEGORIES


@pytest.mark.django_db
def test_a_page_is_read_in_ones_language_and_in_english_where_it_has_no_words() -> None:
    actions.publish_playbook(SMALL, source="small.yaml", actor=cast.admin().actor, now=NOW)
    english, korean, mongolian = (queries.page("BOATS", language) for language in ("en", "ko-KR", "mn"))
    assert english is not None
    assert korean is not None
    assert mongolian is not None
    assert (english.title, english.typical_issues, english.body) == (
        "Boats",
        ("It leaks.",),
        "Ask the harbour.",
    )
    assert (korean.verify, korean.pattern("DAMAGE_MINOR")) == (("선체를 본다.",), "Offset.")
    assert (mongolian.verify, mongolian.pattern("DAMAGE_MINOR")) == (("Look at the hull.",), "Суутгал.")
    assert mongolian.pattern("OTHER") == ""


@pytest.mark.django_db
def test_a_new_version_stands_beside_the_old_one() -> None:
    ada = cast.admin().actor
    actions.publish_playbook(SMALL, source="small.yaml", actor=ada, now=NOW)
    actions.publish_playbook(SMALL, source="small.yaml", actor=ada, now=NOW)
    actions.publish_playbook(SMALL.replace("Boats", "Ships"), source="small.yaml", actor=ada, now=NOW)
    newest, first = queries.page("BOATS", "en"), queries.page("BOATS", "en", version=1)
    assert newest is not None
    assert first is not None
    assert ((newest.version, newest.title), (first.version, first.title)) == ((2, "Ships"), (1, "Boats"))
    assert queries.page("BOATS", "en", version=3) is None
    assert queries.page("CARS", "en") is None
    assert Document.objects.filter(kind="playbook").count() == 2


@pytest.mark.django_db
def test_only_an_admin_publishes_one_and_under_its_own_name() -> None:
    with pytest.raises(NotAnAdmin):
        actions.publish_playbook(SMALL, source="small.yaml", actor=cast.lead().actor, now=NOW)
    with pytest.raises(actions.AnotherCategory):
        actions.publish_playbook(
            SMALL, source="small.yaml", category="CARS", actor=cast.admin().actor, now=NOW
        )
    assert Document.objects.filter(kind="playbook").count() == 0


PROBLEMS = {
    "a key that is no code": (SMALL.replace("BOATS", "Boats"), 1, "is no code"),
    "no title": (SMALL.replace("title: Boats\n", ""), 1, '"title" is missing'),
    "an empty text": (SMALL.replace("It leaks.", '" "'), 4, "1 to 20000"),
    "no English": (SMALL.replace("{ en: Offset., mn: Суутгал. }", "{ mn: Суутгал. }"), 8, '"en" is missing'),
    "another language": (SMALL.replace("mn: Суутгал.", "de: Abzug."), 8, '"de" is no key here'),
    "a reason that is no code": (SMALL.replace("DAMAGE_MINOR", "scratches"), 8, "is no code"),
    "an unknown part": (SMALL + "links: []\n", 10, '"links" is no key here'),
}


@pytest.mark.parametrize(("text", "line", "remedy"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_is_told_with_its_line_and_its_remedy(text: str, line: int, remedy: str) -> None:
    with pytest.raises(DocumentInvalid) as invalid:
        read_playbook(text, source="small.yaml")
    assert [(problem.line, remedy in problem.text) for problem in invalid.value.problems] == [(line, True)]
