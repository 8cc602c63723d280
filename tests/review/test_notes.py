"""Meeting notes as they come: which lines are points, and what is no text."""

import time

import pytest

from opsdesk.review.models import Point
from opsdesk.review.notes import MOST_BYTES, MOST_PROPOSALS, MOST_WORDS, proposals, text_of
from opsdesk.review.refusals import NoteEmpty, NoteNotText, NoteTooLong

K = Point.Kind
GRANOLA = """# Ops review, November

- [ ] Ask CDK for a test account
- [x] Book the room
We spoke about everything.

### Action Items

- Omar: write the **runbook** for flags
  - see [the draft](https://wiki.example/flags)
* `opsdesk review` every month
1. Call Sam
   by Friday

#### Later
- [ ] Look at [](https://wiki.example/later)
- Omar: write the runbook for flags

### Decisions
- We keep the route as it is

**What went well**
- Tier 1 answers within the hour

**What didn't work:**
Nobody sits in core-support on Fridays

Would help:
- A test call per dealer

Next steps:
- Read it again

```
- [ ] not this
```
"""


def test_a_note_proposes_its_tasks_and_what_stands_under_headings_that_say_so() -> None:
    assert [(each.line, each.kind, each.words) for each in proposals(GRANOLA)] == [
        (3, K.ACTION, "Ask CDK for a test account"),
        (9, K.ACTION, "Omar: write the runbook for flags"),
        (10, K.ACTION, "see the draft"),
        (11, K.ACTION, "opsdesk review every month"),
        (12, K.ACTION, "Call Sam"),
        (13, K.ACTION, "by Friday"),
        (16, K.ACTION, "Look at https://wiki.example/later"),
        (23, K.WORKS, "Tier 1 answers within the hour"),
        (26, K.DOESNT, "Nobody sits in core-support on Fridays"),
        (29, K.WOULD_HELP, "A test call per dealer"),
        (32, K.ACTION, "Read it again"),
    ]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("## Action items", K.ACTION), ("# ACTIONS #", K.ACTION), ("## Next steps:", K.ACTION),
        ("__To-dos__", K.ACTION), ("Follow-ups:", K.ACTION), ("## Problems", K.PROBLEM),
        ("## What works", K.WORKS), ("## What does not", K.DOESNT), ("## What doesn’t work", K.DOESNT),
        ("## What would help", K.WOULD_HELP), ("## Attendees", None), ("## Reactions", None),
    ],
)  # fmt: skip
def test_a_heading_says_what_its_lines_are(heading: str, kind: Point.Kind | None) -> None:
    found = proposals(f"{heading}\n\n- Something\n")
    assert [each.kind for each in found] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "line",
    [
        "# Weekly" + " " * 1900 + "notes", "#" * 6 + " #" * 990 + "x", "- " + "[a](" * 490, "- " + "[" * 1990,
        "- [a](" + "b" * 1990, "- [a](" + "(b" * 990, "- [a]( " + "(b)" * 660, "- [a](" + "(b)" * 660,
        "**" + "a** " * 490 + "x", " " * 1999 + "x", "- " + " " * 1990 + "x", "- [ ]" + " " * 1990 + "x",
    ],
)  # fmt: skip
def test_no_line_takes_longer_than_its_length(line: str) -> None:
    began = time.process_time()
    proposals("\n".join(["# Problems", *[line] * 20]))
    assert time.process_time() - began < 0.25


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("see [the draft](https://x.example/a_(b))", "see the draft"),
        ('[one](/1 "a title (of it)") and [two](/2)', "one and two"),
        ("[a [b](/2)", "[a b"),
        ("like ![](/picture.png)", "like /picture.png"),
        ("[not](closed", "[not](closed"),
    ],
)
def test_a_link_in_a_line_leaves_its_words(said: str, words: str) -> None:
    assert [each.words for each in proposals(f"- [ ] {said}")] == [words]


@pytest.mark.parametrize(
    "said",
    ["![i](http://x.example/i.png)", "![](/i.png)", "**![i](/i.png)** ![j](/j.png)", "[![i](/i.png)](/big)"],
)
def test_an_item_that_is_only_a_picture_is_no_point(said: str) -> None:
    assert proposals(f"- [ ] {said}\n# Action items\n- {said}\n{said}") == ()
    (point,) = proposals(f"- [ ] Ask Sam {said}")
    assert point.words.startswith("Ask Sam")


def test_a_heading_may_end_as_it_began() -> None:
    for end in ("", " #", " ###  ", "  ", "#"):
        assert [each.kind for each in proposals(f"## Problems{end}\n- x")] == [K.PROBLEM], end


def test_long_notes_propose_no_more_than_somebody_reads() -> None:
    found = proposals("\n".join(f"- [ ] Do number {n} {'x' * 600}" for n in range(300)))
    assert len(found) == MOST_PROPOSALS
    assert {len(each.words) for each in found} == {MOST_WORDS}


def test_a_note_is_read_whatever_its_lines_end_with() -> None:
    assert text_of("\ufeff# Übergabe\r\n- [ ] 검토\r\n".encode()) == "# Übergabe\r\n- [ ] 검토\r\n"
    assert [each.words for each in proposals("# Notes\r\n- [ ] 검토\r\n")] == ["검토"]


@pytest.mark.parametrize(
    ("data", "refused", "says"),
    [
        (b"Notes \xff\xfe", NoteNotText, "byte 7"),
        ("Notes".encode("utf-16"), NoteNotText, "byte 1"),
        (b"Notes\x00", NoteNotText, "byte 6"),
        (b"", NoteEmpty, "nothing was attached"),
        (b" \n\t\n", NoteEmpty, "nothing was attached"),
        (b"x" * (MOST_BYTES + 1), NoteTooLong, "1000001 bytes; 1000000 are allowed"),
    ],
)
def test_what_is_no_note_is_refused_with_its_reason(data: bytes, refused: type[Exception], says: str) -> None:
    with pytest.raises(refused, match=says):
        text_of(data)


def test_a_note_of_exactly_the_size_allowed_is_read() -> None:
    assert len(text_of(b"x" * MOST_BYTES)) == MOST_BYTES
