"""`opsdesk digest`: the digest of a day or a week in the terminal."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest

from opsdesk.commands import digest
from opsdesk.kernel.refusal import Refusal
from opsdesk.review.models import Digest
from tests import cast
from tests.review.digests import utc, work
from tests.review.scene import undone_after

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with undone_after(django_db_blocker):
        cast.desk(utc(1))
        cast.request_at(utc(20, 15))
        yield


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    digest.arguments(parser)
    assert digest.run(parser.parse_args(words), now=utc(22, 12)) == 0


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    run(*words)
    return capsys.readouterr().out.splitlines()


def test_without_a_day_it_is_of_the_last_that_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys)
    assert lines[0] == "0 in, 0 resolved, 0 to Tier 2, 0 to Tier 3."
    assert lines[2:4] == [
        "Support, Wednesday, 21 October 2026",
        "From 20 October 2026, 18:00 CDT to 21 October 2026, 18:00 CDT",
    ]


def test_a_day_a_running_day_and_a_week(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--day", "2026-10-20")[0].startswith("1 in,")
    assert said(capsys, "--day", "2026-10-22")[0].startswith("0 in,")
    week = said(capsys, "--week", "2026-W43")
    assert week[0].startswith("0 threads, 1 in,")
    assert week[2] == "Support, Week 43 of 2026, to Friday, 23 October 2026"


def test_one_that_was_made_is_printed_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    work(utc(19, 12))
    work(utc(20))
    cast.request_at(utc(20, 16), subject="Fetched later")
    assert Digest.objects.filter(desk="support").count() == 2
    assert said(capsys, "--day", "2026-10-20")[0].startswith("1 in,")


def test_as_json_it_is_the_document_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    run("--desk", "deals", "--day", "2026-10-20", "--format", "json")
    printed = json.loads(capsys.readouterr().out)
    assert printed["sentence"].startswith("0 deals created, 0 funded")
    assert printed["lines"][4] == {"metric": "disputes_decided", "n": 0, "of": {"basis": "ruling"}}
    assert "to" not in printed


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--day", "2026-10-24"), "Nobody works at the desk Support on 2026-10-24"),
        (("--day", "2026-11-30"), "2026-11-30 has not begun yet"),
        (("--desk", "nowhere"), "There is no desk nowhere"),
    ],
)
def test_what_there_is_no_digest_of_is_refused(words: tuple[str, ...], refusal: str) -> None:
    with pytest.raises(Refusal, match=refusal):
        run(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("--day", "yesterday"),
        ("--day", "0999-01-01"),
        ("--week", "2026-10-20"),
        ("--week", "2026-W60"),
        ("--day", "2026-10-20", "--week", "2026-W43"),
    ],
)
def test_a_day_that_can_not_be_read_is_refused_by_name(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(*words)
    assert words[0] in capsys.readouterr().err
