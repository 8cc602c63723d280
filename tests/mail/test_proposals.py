"""What one e-mail asks for, told apart: lists of requests and separate matters, never steps or examples."""

import random
import time
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from opsdesk.mail import proposals, quotes
from opsdesk.mail.proposals import propose

SAMPLES = yaml.safe_load((Path(__file__).parent / "samples" / "proposals.yaml").read_text(encoding="utf-8"))
SEVERAL, ONE = SAMPLES["several"], SAMPLES["one"]


@pytest.mark.parametrize("name", SEVERAL)
def test_several_requests_are_told_apart(name: str) -> None:
    sample = SEVERAL[name]
    found = propose(sample["text"])
    assert found is not None
    assert (found.sign, [part.subject for part in found.parts]) == (sample["sign"], sample["subjects"])


@pytest.mark.parametrize("name", ONE)
def test_one_request_stays_one(name: str) -> None:
    assert propose(ONE[name]) is None


@pytest.mark.parametrize("name", SEVERAL)
def test_parts_and_rest_cover_what_the_mail_itself_says(name: str) -> None:
    text = SEVERAL[name]["text"]
    found = propose(text)
    assert found is not None
    spans = sorted([*((part.start, part.end) for part in found.parts), *found.rest])
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    own = "".join(text[s.start : s.end] for s in quotes.folded(text) if s.kind == quotes.VISIBLE)
    assert "".join(covered.split()) == "".join(own.split())


def test_a_point_goes_on_to_the_next_one_and_takes_its_further_lines() -> None:
    text = SEVERAL["bullets"]["text"]
    found = propose(text)
    assert found is not None
    assert text[found.parts[1].start : found.parts[1].end].endswith("customers complain.")


def test_any_text_is_looked_at_in_linear_time_and_never_fails() -> None:
    draw = random.Random(4)
    pieces = [
        "1. please ",
        "- can you? ",
        "\n",
        "\n\n",
        "> ",
        "also ",
        "예약이 ",
        "?",
        "(",
        "1",
        ")",
        " " * 50,
        "a" * 90,
        "\x00",
        "①",
        ".",
    ]
    for _ in range(300):
        text = "".join(draw.choices(pieces, k=draw.randrange(400)))
        found = propose(text)
        if found:
            assert len(found.parts) >= 2
            assert all(text[part.start : part.end].strip() for part in found.parts)
    for piece in [
        "please ",
        "1. please\n",
        "1. a ",
        "- ",
        "can you ",
        "also\n\n",
        " ",
        "(",
        "example ",
        "주세요 ",
    ]:
        began = time.process_time()
        propose(piece * 40_000)
        assert time.process_time() - began < 2, piece


def test_no_more_parts_than_one_can_look_at() -> None:
    text = "".join(f"{n}. please fix number {n}\n" for n in range(1, 60))
    found = propose(text)
    assert found is not None
    assert len(found.parts) == proposals.MAX_PARTS
    assert found.rest
