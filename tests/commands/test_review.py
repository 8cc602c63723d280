"""`opsdesk review`, as the terminal sees it."""

import argparse
import re
from datetime import timedelta
from pathlib import Path

import pytest

from opsdesk.commands import review
from opsdesk.kernel.refusal import Refusal
from opsdesk.review.models import Review
from tests import cast
from tests.insight.builders import crew, resolved_at_tier
from tests.review.scene import NOW, OCTOBER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()
    people = crew()
    for n, tier in enumerate([1, 1, 2]):
        at = OCTOBER.start + timedelta(days=3, hours=15 + n)
        resolved_at_tier(people, tier, "core.llm-behaviour", at)


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    review.arguments(parser)
    assert review.run(parser.parse_args(words), now=NOW) == 0


def test_a_month_is_written_and_printed_as_markdown(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    run("--month", "2026-10")
    printed = capfdbinary.readouterr().out.decode()
    assert printed.startswith("# Ops review: Support, October 2026\n\n**In October 2026, 3 requests came in")
    assert "| Tier 1 | 3 | 2 | 1 | 0 |" in printed
    row = Review.objects.get()
    assert (row.edition, row.made_by_id) == (1, None)
    assert "written by Opsdesk as of 30 November 2026, 06:00 CST" in printed


def test_without_a_period_it_is_last_month_and_days_narrow_it(tmp_path: Path) -> None:
    last, days = tmp_path / "last.md", tmp_path / "days.html"
    run("--output", str(last))
    run("--from", "2026-10-03", "--to", "2026-10-04", "--output", str(days))
    assert "Ops review: Support, October 2026" in last.read_text()
    assert "3 October 2026 to 4 October 2026" in days.read_text()
    assert days.read_text().startswith("<!doctype html>")


def test_what_was_written_is_shown_again_and_nothing_new_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again = tmp_path / "first.md", tmp_path / "again.md"
    run("--month", "2026-10", "--output", str(first))
    run("--month", "2026-10", "--show", "--format", "md", "--output", str(again))
    assert first.read_bytes() == again.read_bytes()
    assert Review.objects.count() == 1
    assert f"The review is in {again}." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--month", "2026-10", "--show"], "No review of that period was written yet."),
        (["--month", "2026-10", "--from", "2026-10-01"], "Give --month, or --from and --to."),
        (["--from", "2026-10-01"], "Give both days, or a month."),
        (["--month", "october"], "Write the month as 2026-10."),
        (["--month", "2027-01"], "That period has not begun."),
        (["--desk", "x"], "There is no desk x."),
        (["--output", "/nowhere/at/all.md"], "can't be written: No such file or directory"),
    ],
)
def test_a_wrong_option_is_refused_by_name(words: list[str], refusal: str) -> None:
    with pytest.raises(Refusal, match=re.escape(refusal)):
        run(*words)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_written() -> None:
    with pytest.raises(Refusal):
        run("--output", "/nowhere/at/all.md")
    assert not Review.objects.exists()
