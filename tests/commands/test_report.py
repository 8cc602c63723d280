"""`opsdesk report`, as the terminal sees it."""

import argparse
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.commands import report
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.cast import MONDAY
from tests.insight.builders import crew, resolved_at_tier
from tests.mail.letters import bring, letter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()
    people = crew()
    for n, tier in enumerate([1, 1, 2]):
        resolved_at_tier(people, tier, "core.llm-behaviour", MONDAY + n * timedelta(hours=3))


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    report.arguments(parser)
    assert report.run(parser.parse_args(words), now=NOW) == 0


def test_the_funnel_is_printed_answer_first(capsys: pytest.CaptureFixture[str]) -> None:
    run("funnel", "--month", "2026-03")
    printed = capsys.readouterr().out
    assert printed.startswith(
        "3 requests in March 2026. Tier 1 resolved 2 (2 of 3, 21-94 %) and handed 1 up."
    )
    assert "too little data" in printed


def test_days_and_filters_narrow_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    run("funnel", "--from", "2026-03-02", "--to", "2026-03-02", "--type", "core", "--format", "json")
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["from"] == "2026-03-02T06:00:00+00:00"
    assert numbers["to"] == "2026-03-03T06:00:00+00:00"
    assert numbers["numbers"]["in"] == 3
    run("funnel", "--month", "2026-03", "--account", "-", "--type", "how-to")
    assert capsys.readouterr().out == "0 requests in March 2026.\n"


def test_the_funnel_takes_a_past_day_and_the_filters_of_the_metrics(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cast.request_at(MONDAY, type="integration.dms")
    asked = ("funnel", "--month", "2026-03", "--filter", "type=core.llm-behaviour,integration.dms")
    run(*asked, "--as-of", "2026-03-02T13:30", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["filters"] == {"type": ["core.llm-behaviour", "integration.dms"]}
    assert found["as_of"] == "2026-03-02T13:30:00-06:00"
    assert [found["numbers"][name] for name in ("in", "resolved:1", "open:1", "open:2")] == [2, 1, 1, 0]
    run(*asked, "--filter", "queue=ops", "--format", "csv")
    numbers = dict(list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:])
    assert (numbers["in"], numbers["resolved:1"], numbers["open:1"]) == ("3", "2", "1")


def test_the_funnel_as_csv_has_one_number_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    run("funnel", "--month", "2026-03", "--format", "csv")
    numbers = dict(list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:])
    assert (numbers["resolved:1"], numbers["resolved:2"], numbers["received:2"]) == ("2", "1", "1")


def test_the_intake_is_printed_by_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    bring(letter(1))
    run("intake", "--month", "2026-03")
    assert capsys.readouterr().out.startswith("1 arrivals in March 2026.")
    run("intake", "--month", "2026-03", "--format", "json")
    numbers = json.loads(capsys.readouterr().out)["numbers"]
    assert (numbers["arrivals"], numbers["outcome:requests"], numbers["requests"]) == (1, 1, 4)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["funnel"], "Give --month, or --from and --to."),
        (["funnel", "--month", "2026-03", "--from", "2026-03-01"], "Give --month, or --from and --to."),
        (["funnel", "--from", "2026-03-01"], "Give both days, or a month."),
        (["funnel", "--month", "march"], "Write the month as 2026-10."),
        (["funnel", "--from", "2026-03-02", "--to", "2026-03-01"], "The last day lies before the first."),
        (["funnel", "--month", "2026-03", "--account", "x"], "No account has the key given with --account."),
        (["funnel", "--month", "2026-03", "--type", "x"], "The desk has no such type"),
        (["intake", "--month", "2026-03", "--desk", "x"], "There is no desk x."),
    ],
)
def test_a_wrong_option_is_refused_by_name(words: list[str], refusal: str) -> None:
    with pytest.raises(Refusal, match=refusal):
        run(*words)


def test_a_day_that_is_none_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("funnel", "--from", "yesterday", "--to", "2026-03-01")
    assert "'yesterday' is no day; write it as 2026-10-01" in capsys.readouterr().err
