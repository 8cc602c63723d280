"""What a lead does on a review's page: notes, points taken from them, points changed and ended."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from opsdesk.kernel.memory import forget
from opsdesk.review import redaction
from opsdesk.review.models import Point, Review, ReviewNote
from tests import cast
from tests.cast import Somebody
from tests.review.scene import NOVEMBER, NOW, OCTOBER, act, attach, write
from tests.web.test_review import NOTE, text_of

Browse = Callable[[Somebody], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def both(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Review, Somebody]]:
    """A review of a quiet month, and the lead who wrote it."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast.desk(OCTOBER.start)
        lena = cast.lead()
        yield write(lena.actor), lena
        transaction.set_rollback(True)
    forget()


@pytest.fixture
def lena(both: tuple[Review, Somebody], browse: Browse) -> Client:
    return browse(both[1])


@pytest.fixture
def review(both: tuple[Review, Somebody]) -> Review:
    return both[0]


@pytest.fixture
def page(review: Review) -> str:
    return f"/desks/support/reviews/{review.id}"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def test_a_note_is_pasted_shown_as_safe_markdown_and_its_lines_are_taken_over(
    lena: Client, page: str
) -> None:
    added = lena.post(f"{page}/notes/new", {"source": "granola", "text": NOTE.decode()})
    assert added.status_code == 302
    shown = lena.get(added["Location"]).content.decode()
    assert "<h3>Meeting of October</h3>" in shown
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(2)" in shown
    form = {name: unescape(value) for name, value in re.findall(r'name="(words_\d+)" value="([^"]*)"', shown)}
    assert {"The scheduler's answers take 김민준 two days", "Write the runbook for op codes"} < set(
        form.values()
    )
    assert "Book the room" not in form.values()
    line = next(name.rsplit("_", 1)[1] for name, words in form.items() if words.startswith("Write"))
    sent = {**form, **kinds(form), f"take_{line}": "on"}
    taken = lena.post(f"{added['Location']}/points", sent)
    assert taken["Location"] == f"{page}#points"
    point = Point.objects.get()
    assert (point.words, point.kind, point.tag) == ("Write the runbook for op codes", "action", "tools")
    assert "Write the runbook for op codes" not in re.findall(
        r'value="([^"]*)"', lena.get(added["Location"]).content.decode()
    )


def kinds(form: dict[str, str]) -> dict[str, str]:
    lines = [name.rsplit("_", 1)[1] for name in form]
    return {f"kind_{n}": "action" for n in lines} | {f"tag_{n}": "tools" for n in lines}


def test_nothing_ticked_is_refused_and_what_was_typed_stays(
    review: Review, lena: Client, page: str, both: tuple[Review, Somebody]
) -> None:
    note = attach(review, both[1].actor)
    sent = {"words_2": "Call Sam tomorrow", "kind_2": "problem", "tag_2": "people"}
    refused = lena.post(f"{page}/notes/{note.id}/points", sent)
    assert refused.status_code == 422
    assert "Tick at least one line." in refused.content.decode()
    assert 'value="Call Sam tomorrow"' in refused.content.decode()
    assert not Point.objects.exists()


def test_lines_that_moved_up_meanwhile_refuse_no_form(
    review: Review, lena: Client, page: str, both: tuple[Review, Somebody]
) -> None:
    tasks = "".join(f"- [ ] Do number {n}\n" for n in range(1, 66))
    note = attach(review, both[1].actor, tasks.encode())
    address = f"{page}/notes/{note.id}"
    shown = lena.get(address).content.decode()
    form = {name: unescape(value) for name, value in re.findall(r'name="(words_\d+)" value="([^"]*)"', shown)}
    assert len(form) == 60
    act(review, both[1].actor, "Do number 1", note=note.id, line=1)
    sent = {**form, **kinds(form), "take_1": "on", "take_2": "on"}
    assert lena.post(f"{address}/points", sent)["Location"] == f"{page}#points"
    assert [point.line for point in Point.objects.order_by("line")] == [1, 2]
    gone = {name: value for name, value in sent.items() if name.endswith(("_1", "_2"))}
    told = lena.post(f"{address}/points", gone)
    assert told["Location"] == address
    assert "The same point stands in this review already." in read(lena, address)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": "  "}, "Paste the note, or choose its file."),
        (
            {"text": "A", "file": SimpleUploadedFile("a.md", b"B")},
            "Paste the text or choose a file, not both.",
        ),
        ({"file": SimpleUploadedFile("a.md", b"\xff\xfe\x00")}, "is no UTF-8 text"),
        ({"file": SimpleUploadedFile("a.md", b"")}, "The note is empty"),
        ({"file": SimpleUploadedFile("a.md", b"a" * 1_000_001)}, "1000000 are allowed"),
    ],
)
def test_a_note_that_can_not_be_kept_is_refused_in_words(
    lena: Client, page: str, sent: dict[str, Any], said: str
) -> None:
    for file in sent.values():
        if not isinstance(file, str):
            file.seek(0)
    refused = lena.post(f"{page}/notes/new", {"source": "markdown", "title": "Kept", **sent})
    assert refused.status_code == 422
    assert said in text_of(refused.content.decode())
    assert 'value="Kept"' in refused.content.decode()
    assert not ReviewNote.objects.exists()


def test_a_file_is_attached_under_its_title(lena: Client, page: str) -> None:
    file = SimpleUploadedFile("meeting.md", b"\xef\xbb\xbf# Minutes\n\nAll well.")
    answer = lena.post(f"{page}/notes/new", {"source": "markdown", "file": file})
    assert "Minutes" in read(lena, page)
    assert "It proposes no point" in read(lena, answer["Location"])


def test_an_erased_note_says_so_and_leaves_the_files(
    review: Review, lena: Client, page: str, both: tuple[Review, Somebody]
) -> None:
    note = attach(review, both[1].actor)
    redaction.redact_meeting_note(note.id, reason="request", actor=cast.admin("art").actor, now=NOW)
    assert "This note was erased" in read(lena, f"{page}/notes/{note.id}")
    assert "erased" in read(lena, page)
    assert "Call Sam" not in lena.get(f"{page}/file.md").content.decode()


def test_a_point_is_added_changed_done_and_opened_again(
    lena: Client, page: str, both: tuple[Review, Somebody]
) -> None:
    sent = {
        "kind": "action",
        "tag": "",
        "words": "Ask for the API key",
        "owner": both[1].id,
        "due_on": "2026-10-01",
    }
    refused = lena.post(f"{page}/points/new", sent)
    assert refused.status_code == 422
    assert "Say whether it is about people, tools or the process." in refused.content.decode()
    assert "Ask for the API key</textarea>" in refused.content.decode()
    assert lena.post(f"{page}/points/new", {**sent, "tag": "tools"}).status_code == 302
    point = Point.objects.get()
    assert re.search("Ask for the API key Action Tools Lena late: was due 1 October 2026", read(lena, page))
    edited = {**sent, "tag": "people", "words": "Ask Kim", "due_on": "", "revision": point.revision}
    assert lena.post(f"{page}/points/{point.id}", edited).status_code == 302
    stale = lena.post(f"{page}/points/{point.id}", {**edited, "words": "Ask Lee"})
    assert stale.status_code == 422
    assert "Somebody changed this point meanwhile." in stale.content.decode()
    assert "Ask Lee</textarea>" in stale.content.decode()
    for verb, said in (
        ("closing", "1 done or dropped"),
        ("reopening", "Ask Kim Action People Lena"),
        ("dropping", "Ask Kim Action People Dropped"),
    ):
        point.refresh_from_db()
        asked = lena.get(f"{page}/points/{point.id}/{verb}").content.decode()
        assert f'name="revision" value="{point.revision}"' in asked
        assert lena.post(f"{page}/points/{point.id}/{verb}", {"revision": point.revision}).status_code == 302
        assert said in read(lena, page), verb


def test_what_is_open_stands_in_the_next_review_with_how_often(
    review: Review, lena: Client, both: tuple[Review, Somebody]
) -> None:
    act(review, both[1].actor, "Write the runbook")
    after = write(both[1].actor, NOVEMBER)
    page = f"/desks/support/reviews/{after.id}"
    assert "Write the runbook in 2 reviews, since October 2026 Action Tools" in read(lena, page)
    assert (
        "Write the runbook (in 2 reviews, since October 2026)" in lena.get(f"{page}/file.md").content.decode()
    )
