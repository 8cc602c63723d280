"""A map is checked line by line, and every problem names its remedy."""

import pytest

from opsdesk.cases.queries import desk as desk_definition
from opsdesk.history.maps import read_map
from opsdesk.vault.documents import DocumentInvalid
from tests import cast

MAP = """name: Any
tool: any
format: csv
columns:
  case: id
  time: at
  status: state
statuses:
  new: open
"""


@pytest.fixture(autouse=True)
def desk(db: None) -> None:
    cast.desk()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "line", "remedy"),
    [
        ("tool: any", "tool: Any Tool", 2, "must be 1 to 40 small letters"),
        ("format: csv", "format: pdf", 3, "format"),
        ("  time: at\n", "", 4, 'name the column "time" of a row'),
        ("new: open", "new: opened", 9, '"opened" is no meaning; write one of: open, work'),
        ("statuses:\n  new: open\n", "", 7, 'say what the values of "status" mean, under "statuses"'),
        ("statuses:", "statusess:", 8, 'did you mean "statuses"?'),
        ("tool: any", "tool: any\nzone: Mars/Base", 3, 'zone "Mars/Base" is unknown'),
        (
            "  new: open",
            "  new: open\nqueues: {One: cellar}",
            10,
            'the desk has no "cellar"; it has ops, core-support',
        ),
        ("  new: open", "  new: open\ntypes: {One: odd}", 10, 'the desk has no "odd"'),
        ("tool: any", "tool: any\nentry: cellar", 3, 'the desk has no "cellar"'),
        ("new: open", "new: open in cellar", 9, 'the desk has no "cellar"; it has ops, core-support'),
        ("new: open", "new: jolly in ops", 9, '"jolly in ops" is no meaning'),
        ("  case: id\n", "", 4, '"case" is missing; add it'),
        ("tool: any", "tool: any\ndelimiter: ';;'", 3, 'the delimiter ";;" must be one character'),
        ("tool: any", "tool: any\ndelimiter: '\"'", 3, "must be one character"),
    ],
)
def test_a_problem_names_its_line_and_its_remedy(old: str, new: str, line: int, remedy: str) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        read_map(MAP.replace(old, new), source="map", desk=desk_definition("support"))
    assert [problem.line for problem in refused.value.problems] == [line]
    assert remedy in refused.value.problems[0].text


@pytest.mark.django_db
def test_values_are_matched_whole_before_patterns_and_whatever_their_case() -> None:
    patterns = (
        "statuses:\n  'wait*': waiting on customer\n  Waiting for parts: waiting on dms\n  '*': nothing\n"
    )
    found = read_map(
        MAP.replace("statuses:\n  new: open\n", patterns), source="map", desk=desk_definition("support")
    )
    means = [found.statuses.get(value) for value in ("WAITING  for Parts", "waits", "else [?]")]
    assert [(each.meaning.value, each.party) for each in means if each] == [
        ("waiting on third party", "dms"),
        ("waiting on customer", ""),
        ("nothing", ""),
    ]
