"""`opsdesk report METRIC`: one metric, in any way it can be asked."""

import argparse
import csv
import io
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases.models import Case, Stay
from opsdesk.commands import report
from opsdesk.commands.metrics import NotYet, as_of_given
from opsdesk.insight.catalogue import METRICS
from opsdesk.kernel.refusal import Refusal
from tests import cast
from tests.cast import MONDAY
from tests.insight.builders import crew, resolve, resolved_at_tier

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 20, tzinfo=UTC)
MARCH = ("--month", "2026-03")


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


def test_without_a_metric_all_are_listed_with_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    run()
    printed = capsys.readouterr().out
    assert all(key in printed and metric.question in printed for key, metric in METRICS.items())
    run("--format", "json")
    assert [each["metric"] for each in json.loads(capsys.readouterr().out)] == list(METRICS)
    run("--format", "csv")
    assert len(list(csv.reader(io.StringIO(capsys.readouterr().out)))) == len(METRICS) + 1


def test_a_share_is_printed_with_its_question_and_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    run("tier_1_share", *MARCH)
    assert capsys.readouterr().out == (
        "Tier 1 share. What share can Tier 1 handle alone?\n\n2 of 3 21-94 % too little data n=3\n"
    )


def test_a_number_is_broken_down_by_its_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    run("received", *MARCH, "--by", "tier,month")
    assert capsys.readouterr().out.splitlines()[2:] == [
        "tier  month",
        "1     2026-03  3",
        "2     2026-03  1",
    ]


def test_people_stand_with_their_names_and_the_number_to_filter_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("person_worked", *MARCH, "--by", "person")
    lines = capsys.readouterr().out.splitlines()[3:]
    assert lines
    assert all(re.match(r"\w+ \(\d+\)  ", line) for line in lines), lines


def test_filters_of_one_name_take_either_value(capsys: pytest.CaptureFixture[str]) -> None:
    run("received", *MARCH, "--filter", "tier=2", "--filter", "tier=3", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["filters"] == {"tier": ["2", "3"]}
    assert found["answers"] == [{"by": {}, "n": 1}]
    run("received", *MARCH, "--type", "core", "--account", "-", "--format", "json")
    assert json.loads(capsys.readouterr().out)["filters"] == {"account": ["-"], "family": ["core"]}


def test_times_are_seconds_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    run("to_resolution_elapsed", *MARCH, "--by", "tier", "--format", "csv")
    head, *lines = csv.reader(io.StringIO(capsys.readouterr().out))
    assert head[:6] == ["tier", "n", "running", "missing", "median", "median_at_least"]
    assert [line[:5] for line in lines] == [["1", "2", "0", "0", "3600.0"], ["2", "1", "0", "0", "7200"]]


def test_as_of_a_day_is_how_it_stood_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    run("resolved", *MARCH, "--as-of", "2026-03-02T13:30")
    assert capsys.readouterr().out.splitlines()[-1] == "1"
    run("resolved", *MARCH, "--as-of", "2026-03-02")
    assert capsys.readouterr().out.splitlines()[-1] == "3"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("report", ["resolved", "funnel"])
@pytest.mark.parametrize("when", ["2099-01-01", "2099-01-01T12:00"])
def test_as_of_what_has_not_come_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], report: str, form: str, when: str
) -> None:
    with pytest.raises(NotYet) as refused:
        run(report, *MARCH, "--as-of", when, "--format", form)
    assert str(refused.value).startswith("2099-01-01")
    assert "has not come yet: nothing can be told as of then." in str(refused.value)
    assert capsys.readouterr().out == ""


def test_as_of_today_is_as_of_now(capsys: pytest.CaptureFixture[str]) -> None:
    zone, now = ZoneInfo("America/Chicago"), datetime.now(UTC)
    today = now.astimezone(zone).date()
    assert as_of_given(today, zone, now) == now
    assert as_of_given(now, zone, now) == now
    with pytest.raises(NotYet):
        as_of_given(today + timedelta(days=1), zone, now)


def test_what_is_as_of_an_instant_needs_no_period(capsys: pytest.CaptureFixture[str]) -> None:
    run("stuck_on_us")
    assert capsys.readouterr().out.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["nothing", *MARCH], "There is no metric called nothing"),
        (["received"], "Give --month, or --from and --to."),
        (["received", *MARCH, "--desk", "x"], "There is no desk x."),
        (["received", *MARCH, "--filter", "person=3"], "received takes no filter person."),
        (["received", *MARCH, "--filter", "tier=two"], "A tier is a number."),
        (["received", *MARCH, "--filter", "tier"], "Write a filter as name=value."),
        (["received", *MARCH, "--account", "nobody"], "No account has the key given with --account."),
        (["received", *MARCH, "--by", "weekday"], "received can't be broken down by weekday."),
        (["received", *MARCH, "--filter", "queue=moon"], "knows no queue moon. It knows: ops, core-support,"),
        (
            ["received", *MARCH, "--filter", "family=core,moon"],
            "The desk knows no family moon. It knows: core,",
        ),
        (["funnel", *MARCH, "--by", "tier"], "Only a single metric takes --by."),
        (["funnel", *MARCH, "--filter", "queue=moon"], "The desk knows no queue moon. It knows: ops,"),
        (["funnel", *MARCH, "--filter", "person=3"], "funnel takes no filter person."),
        (["intake", *MARCH, "--as-of", "2026-03-02"], "The intake takes neither --as-of nor --filter."),
        (["intake", *MARCH, "--account", "-"], "The intake takes neither --account nor --type."),
    ],
)
def test_a_wrong_option_is_refused_by_name(words: list[str], refusal: str) -> None:
    with pytest.raises(Refusal, match=refusal):
        run(*words)


def test_an_instant_that_is_none_is_refused_before_anything_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        run("received", *MARCH, "--as-of", "yesterday")
    assert "'yesterday' is no instant" in capsys.readouterr().err


def test_what_the_desk_names_no_more_is_asked_as_long_as_requests_have_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = cast.request_at()
    Stay.objects.filter(case=case).update(queue="moon")
    Case.objects.filter(id=case.id).update(queue="moon", family="old", type="core.gone")
    for value in ("queue=moon", "type=core.gone", "family=old"):
        run("received", *MARCH, "--filter", value)
        assert capsys.readouterr().out.splitlines()[-1] == "1"


def test_what_stands_at_an_instant_is_told_as_of_the_end_of_a_past_month(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = cast.request_at()
    resolve(case, cast.operator("otto"), NOW - timedelta(days=9), "core.llm-behaviour")
    for words, n in ((MARCH, "1"), ((*MARCH, "--as-of", "2026-04-15"), "1"), ((), "0")):
        run("backlog", *words)
        assert capsys.readouterr().out.splitlines()[-1] == n, words


def test_a_number_by_queue_says_which_queue_it_means(capsys: pytest.CaptureFixture[str]) -> None:
    run("arrivals", *MARCH, "--by", "queue")
    assert capsys.readouterr().out.splitlines()[1] == "queue: queue it entered"
    run("requests_in", *MARCH, "--filter", "queue=ops", "--format", "table")
    assert "queue: queue it stands in" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_ends_it_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        run("--format", "json")
        monkeypatch.undo()
