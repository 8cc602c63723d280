"""The pages of a review: the worked example on its page and in its files, who reads, who writes."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.db import transaction
from django.test import Client

from opsdesk.cases.queries import desk
from opsdesk.insight.bands import State
from opsdesk.insight.findings.finding import Behind, Finding, Group
from opsdesk.kernel.actor import Role
from opsdesk.kernel.memory import forget
from opsdesk.review import queries
from opsdesk.review.models import Point, Review, ReviewNote
from opsdesk.web.review import judged
from opsdesk.web.review.numbers import Source
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, worked_example
from tests.review.scene import NOW, OCTOBER, SEPTEMBER, act, attach, write
from tests.web.test_review_files import hide, one_in_the_press

Browse = Callable[[Somebody], Client]
pytestmark = pytest.mark.django_db
HOSTILE = 'Ask <script>alert(1)</script> [here](https://evil.example) | a "b" `c`'
HEADINGS = {
    "In numbers, beside the period before",
    "The flow between the queues",
    "By tier, against the targets",
    "Findings",
    "What works, what does not, what would help",
    "The questions, answered",
    "Problems and actions",
}
NOTE = b"""# Meeting of October
## Action items
- [ ] Write the runbook for op codes
- [x] Book the room
## Problems
- The scheduler's answers take \xea\xb9\x80\xeb\xaf\xbc\xec\xa4\x80 two days
<script>alert(2)</script>
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """The worked example of October, its review, a lead who wrote it, somebody who reads it."""

    review: Review
    lena: Somebody
    vera: Somebody
    stan: Somebody

    @property
    def address(self) -> str:
        return f"/desks/support/reviews/{self.review.id}"


@pytest.fixture(scope="module")
def october(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        cast.desk(SEPTEMBER.start)
        worked_example(crew(), OCTOBER.start)
        lena, vera, stan = cast.lead(), cast.viewer(), cast.stranger()
        review = write(lena.actor)
        point = act(review, lena.actor, HOSTILE, owner_id=lena.id)
        assert point.id
        attach(review, lena.actor, NOTE, source="granola")
        yield Scene(review, lena, vera, stan)
        transaction.set_rollback(True)
    forget()


def text_of(page: str) -> str:
    """What is read; a number that is a link stands in its sentence."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?a\b[^>]*>", "", page))).split())


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_viewer_reads_the_worked_example_answer_first(october: Scene, browse: Browse) -> None:
    page = body(browse(october.vera), october.address)
    text = text_of(page)
    assert "In October 2026, 200 requests came in, after 0 in the period before" in text
    assert "Tier 1 resolved 140 (70 %) and handed 60 up." in text
    assert "Tier 3 resolved 10 (10 of 10, 72-100 %): 6 Integration (4 Scheduler, 2 DMS), 4 Core" in text
    assert "6 requests came to a queue of last resort" in text
    assert re.search(r"60 of 200 requests went to Tier 2: \d+ \w+ support, \d+ \w+ support", text), text
    assert "10 of the 60 that reached Tier 2 in October 2026 passed it" in text
    assert "Of 60 that went above Tier 1 in October 2026, 60 are resolved: 60 Configuration." in text
    assert "A specialist, not a generalist People" in text
    assert 'class="chart sankey' in page
    assert "<script>alert" not in page
    assert "Write the review" not in body(browse(october.vera), "/desks/support/reviews")


def test_every_number_opens_a_list_with_as_many(october: Scene, browse: Browse) -> None:
    client = browse(october.vera)
    page = body(client, october.address)
    links = set(re.findall(r'href="(/desks/support/numbers/[^"]+)">(\d+)<', page))
    assert len(links) > 30
    assert 'href=""' not in page
    chosen = sorted(links)[:: len(links) // 8]
    for address, n in chosen:
        assert client.get(unescape(address)).context["total"] == int(n), address


def test_what_was_stuck_when_it_was_written_is_listed_as_of_that_day(october: Scene) -> None:
    document = queries.document(october.review.id)
    found = Finding("stuck_us", "support", Group.ALARM, State.WATCH, behind=(Behind(3, "stuck_us"),))
    written = document.as_of.astimezone(desk("support").zone).date()
    for days, said in ((0, ""), (2, f"&as_of={written}")):
        source = Source(desk("support"), document, document.as_of + timedelta(days=days), "")
        (link,) = judged.links_of(found, source)
        query = f"from=2026-10-01&to=2026-10-31{said}&pick=stuck_us"
        assert link.address == f"/desks/support/funnel/cases?{query}"


def test_every_link_of_the_page_answers(october: Scene, browse: Browse) -> None:
    client = browse(october.lena)
    links = set(re.findall(r'href="(/desks/support/(?:funnel|reviews)[^"#]*)', body(client, october.address)))
    kinds = {re.sub(r"\d+|\?.*", "", link): link for link in sorted(links) if "/file." not in link}
    assert len(kinds) >= 8
    for link in kinds.values():
        assert client.get(unescape(link)).status_code == 200, link


def test_the_markdown_has_the_numbers_of_the_page(october: Scene, browse: Browse) -> None:
    client = browse(october.vera)
    answer = client.get(f"{october.address}/file.md")
    name = f"review-support-2026-10-01-2026-10-31-{october.review.edition}.md"
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    text, page = answer.content.decode(), squeezed(body(client, october.address))
    table = rows_under(text, "What each tier did")
    assert [row[:5] for row in table] == [
        ["Tier 1", "200", "140", "60", "0"],
        ["Tier 2", "60", "50", "10", "0"],
        ["Tier 3", "10", "10", "0", "0"],
    ]
    for row in (*table, *rows_under(text, "The first numbers"), *rows_under(text, "Every way")):
        assert re.sub(r"\W", "", "".join(row).replace("\\", "")) in page, row
    assert '"Tier 1","Tier 2",60' in text
    assert re.search(r'n1 -->\|"200"\| n\d|n0 -->\|"200"\| n1', text)


def rows_under(text: str, title: str) -> list[list[str]]:
    """The rows of the table under a title, without its head."""
    lines = text.partition(f"**{title}**\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def squeezed(page: str) -> str:
    """The page's letters and digits, without what only a screen reader hears."""
    seen = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", page)
    return re.sub(r"\W", "", text_of(seen))


def test_a_hostile_name_is_shown_and_is_nothing_else(october: Scene, browse: Browse) -> None:
    client = browse(october.vera)
    page, html = body(client, october.address), body(client, f"{october.address}/file.html")
    for text in (page, html):
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert 'href="https://evil.example"' not in text
    markdown = body(client, f"{october.address}/file.md")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\[here\\](https\\://evil.example) \\| a" in markdown
    assert "<script>" not in markdown


def test_the_html_is_one_file_that_fetches_nothing(october: Scene, browse: Browse) -> None:
    html = body(browse(october.vera), f"{october.address}/file.html")
    assert not re.search(r"<(script|link|img|iframe)\b|\ssrc=|url\(|@import", html)
    assert "<style>" in html
    assert html.count("<svg") == 3
    assert "Write the runbook for op codes" in html
    assert all(link.startswith("http://") for link in re.findall(r'href="([^"]+)"', html))


def test_the_pdf_holds_the_text_and_a_korean_name(october: Scene, browse: Browse) -> None:
    answer = browse(october.vera).get(f"{october.address}/file.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    document = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    assert "In October 2026, 200 requests came in" in " ".join(text.split())
    assert "김민준" in text
    assert "alert(1)" in text
    # No page ends with a heading, nor with one and the line below it: what it is of begins on its page.
    ends = [lines_of(page)[-3:] for page in document]
    assert [end for end in ends if set(end) & (HEADINGS | {"As configured", "As it ran", "Every way"})] == []


def lines_of(page: Any) -> list[str]:
    """The lines of a page of a PDF, without its number."""
    lines = page.get_textpage().get_text_range().splitlines()
    return [line.strip() for line in lines if line.strip() and not re.fullmatch(r"\d+ / \d+", line.strip())]


def test_where_no_pdf_can_be_made_the_page_says_what_to_install(
    october: Scene, browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(tmp_path, monkeypatch, "raise ImportError")
    answer = browse(october.vera).get(f"{october.address}/file.pdf")
    assert answer.status_code == 503
    assert "PDFs need WeasyPrint, which is not installed: pip install" in text_of(answer.content.decode())


def test_while_a_pdf_is_made_the_next_is_asked_to_wait(
    october: Scene, browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_in_the_press(tmp_path, monkeypatch):
        answer = browse(october.vera).get(f"{october.address}/file.pdf")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Another PDF is being made just now." in text_of(answer.content.decode())


def test_only_a_lead_writes(october: Scene, browse: Browse) -> None:
    vera, stan = browse(october.vera), browse(october.stan)
    note = ReviewNote.objects.get().id
    for path in (
        "/desks/support/reviews/new",
        f"{october.address}/notes/new",
        f"{october.address}/points/new",
    ):
        assert vera.get(path).status_code == 403, path
        assert vera.post(path, {}).status_code == 403, path
    assert vera.post(f"{october.address}/notes/{note}/points", {}).status_code == 403
    assert Point.objects.count() == 1
    for path in ("/desks/support/reviews", october.address, f"{october.address}/file.md"):
        assert stan.get(path).status_code == 403, path


def test_a_review_of_another_desk_is_not_found(october: Scene, browse: Browse) -> None:
    ada = browse(cast.admin("adam"))
    note, point = ReviewNote.objects.get().id, Point.objects.get().id
    for rest in (
        "",
        "/file.md",
        f"/notes/{note}",
        "/points/new",
        f"/points/{point}",
        f"/points/{point}/closing",
    ):
        assert ada.get(f"/desks/deals/reviews/{october.review.id}{rest}").status_code == 404, rest
    assert ada.get("/desks/support/reviews/999999").status_code == 404
    assert ada.get(f"{october.address}/file.exe").status_code == 404
    assert ada.get(f"{october.address}/notes/999999").status_code == 404
    assert ada.get(f"{october.address}/points/999999").status_code == 404
    assert ada.get(f"{october.address}/points/{point}/eating").status_code == 404


def test_a_lead_writes_a_month_or_days_and_a_wrong_period_keeps_what_was_typed(
    october: Scene, browse: Browse
) -> None:
    lena = browse(october.lena)
    assert "It will hold:" in body(lena, "/desks/support/reviews/new")
    for sent, said in (
        ({"month": ""}, "Choose a month, or the first and the last day."),
        ({"month": "2099-01"}, "That period has not begun."),
        ({"from": "2026-10-05", "to": "2026-10-01"}, "The last day lies before the first."),
        ({"from": "nonsense"}, "Enter a valid date."),
    ):
        refused = lena.post("/desks/support/reviews/new", sent)
        assert refused.status_code == 422
        assert said in text_of(refused.content.decode())
        assert all(f'value="{value}"' in refused.content.decode() for value in sent.values() if value)
    written = lena.post("/desks/support/reviews/new", {"from": "2026-10-05", "to": "2026-10-11"})
    assert written.status_code == 302
    page = text_of(body(lena, written["Location"]))
    assert "Ops review: Support, 5 October 2026 to 11 October 2026" in page
    again = lena.post("/desks/support/reviews/new", {"month": "2026-10"})
    assert queries.review(int(again["Location"].rsplit("/", 1)[1])).row.edition == 2
    old = text_of(body(lena, october.address))
    assert "This is an older edition. To edition 2, the newest" in old


def test_a_period_without_anything_says_so(october: Scene, browse: Browse) -> None:
    lena = browse(october.lena)
    row = write(october.lena.actor, SEPTEMBER)
    page = text_of(body(lena, f"/desks/support/reviews/{row.id}"))
    assert "In September 2026, nothing came in." in page
    assert body(lena, f"/desks/support/reviews/{row.id}/file.md").startswith(
        "# Ops review: Support, September 2026"
    )


def test_reviews_are_listed_page_by_page(october: Scene, browse: Browse) -> None:
    lena = browse(october.lena)
    write(october.lena.actor, SEPTEMBER)
    text = text_of(body(lena, "/desks/support/reviews"))
    assert "October 2026 1" in text
    assert "September 2026 1" in text
    first = body(lena, f"/desks/support/reviews?after={october.review.id}")
    assert "September 2026" in first
    assert "October 2026" not in text_of(first).partition("Reviews: Support")[2]
    assert "The latest" in first
    assert lena.get("/desks/support/reviews?after=x").status_code == 200


def test_a_desk_without_reviews_says_what_to_do(october: Scene, browse: Browse) -> None:
    lou, vic = (
        cast.somebody(name, [role], desk="deals") for name, role in (("lou", Role.LEAD), ("vic", Role.VIEWER))
    )
    assert "No review was written yet" in body(browse(lou), "/desks/deals/reviews")
    assert "A lead of this desk writes them." in body(browse(vic), "/desks/deals/reviews")


def test_the_review_was_written_as_of_its_own_time(october: Scene) -> None:
    assert queries.document(october.review.id).as_of == NOW


def test_what_would_help_is_taken_over_as_an_action(october: Scene, browse: Browse) -> None:
    lena = browse(october.lena)
    address = re.findall(r'href="([^"]+points/new\?[^"]+)"', body(lena, october.address))[0]
    filled = body(lena, unescape(address))
    assert re.search(r'<option value="action" selected>', filled)
    assert re.search(r"<textarea[^>]*>\s*Look at ", filled)
    assert "points/new?" not in body(browse(october.vera), october.address)
