"""A review's files as text: escaping, diagrams, drawings; what is missing for a PDF is said."""

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from opsdesk.web.review import printing
from opsdesk.web.review.graph import Arrow, Graph, Node, draw, wrapped
from opsdesk.web.review.markdown import escape, inline, link, quoted
from opsdesk.web.review.mermaid import BACK, LAST_RESORT, flowchart, label, sankey
from opsdesk.web.review.printing import PdfBusy, PdfFailed, PdfLibraryMissing, pdf
from opsdesk.web.review.said import note_html

HOSTILE = [
    '"] --> x["', "a|b", "end", "%%{init: {}}%%", "``` \n```\nx", "<img src=x onerror=alert(1)>",
    "line\nbreak", "n0", "#quot;", "click n0 href", "\u2028x", "]:::evil", "한국어 [큐]",
]  # fmt: skip
GFM = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def flow(names: list[str]) -> Graph:
    nodes = tuple(
        Node(name, name, n, below=name, kind=LAST_RESORT if n == 1 else "") for n, name in enumerate(names)
    )
    arrows = tuple(
        Arrow(a.key, b.key, text="7", kind=BACK if n else "")
        for n, (a, b) in enumerate(itertools.pairwise(nodes))
    )
    return Graph(nodes, arrows)


def test_a_flow_chart_calls_its_boxes_by_number_and_no_name_ends_a_label() -> None:
    lines = flowchart(flow(HOSTILE)).splitlines()
    inside = r'[^"\[\]|`%{}<>]*(<br>[^"\[\]|`%{}<>]*)?'
    box = re.compile(rf'    n\d+(\(\["{inside}"\]\)|\["{inside}"\])')
    way = re.compile(r'    n\d+ (-->|-\.->)\|"7"\| n\d+')
    assert lines[0] == "flowchart LR"
    assert all(box.fullmatch(line) for line in lines[1 : len(HOSTILE) + 1]), lines
    assert all(way.fullmatch(line) for line in lines[len(HOSTILE) + 1 : 2 * len(HOSTILE)]), lines
    assert "    class n1 lastResort" in lines
    assert "    linkStyle 0 stroke:#a8231c,color:#a8231c" in lines


@given(st.text())
def test_no_label_holds_what_mermaid_reads(text: str) -> None:
    assert not re.search(r'["\[\]{}()|<>`%\\\n\r]', label(text))
    assert not re.search(r"#(?!\d+;)", label(text))


def test_a_sankey_is_lines_of_three_and_leaves_nothing_out_but_nothing() -> None:
    text = sankey([("a, b", 'say "x"', 3), ("a", "b", 0), ("x\ny", "```", 2)])
    assert text.splitlines() == ["sankey-beta", "", '"a, b","say x",3', '"x y","",2']
    assert sankey([("a", "b", 0)]) == ""


@pytest.mark.parametrize(
    "text", [*HOSTILE, "1. one", "- x", "# x", "*a* _b_ ~c~", "[x](javascript:alert)", "&lt;"]
)
def test_a_name_in_markdown_is_shown_as_it_is(text: str) -> None:
    plain = " ".join(text.split())
    for written in (escape(text), f"x {inline(text)}"):
        tokens = GFM.parseInline(written)[0].children or []
        assert {token.type for token in tokens} <= {"text", "text_special"}, tokens
        assert "".join(token.content for token in tokens).removeprefix("x ") == plain
    assert [token.type for token in GFM.parse(escape(text))] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


def test_a_name_in_a_table_stays_in_its_cell() -> None:
    rows = "".join(f"| {inline(text)} | 1 |\n" for text in HOSTILE)
    tokens = GFM.parse(f"| a | b |\n| --- | --- |\n{rows}")
    assert sum(token.type == "td_open" for token in tokens) == 2 * len(HOSTILE)
    assert not any(token.type == "html_inline" for each in tokens for token in each.children or [])


def test_a_bare_address_in_a_name_is_no_link() -> None:
    assert (
        escape("see https://evil.example and www.evil.example")
        == "see https\\://evil.example and www\\.evil.example"
    )


def test_an_address_ends_where_it_ends() -> None:
    assert link("a]b", "http://x/<y> )") == "[a\\]b](<http://x/%3Cy%3E%20%29>)"


def test_a_note_is_quoted_whole_and_brings_no_html() -> None:
    said = quoted("# A\n<b>x</b>\n```\n<kept>\n```\nunclosed\n~~~\n<kept>")
    assert said.splitlines()[:4] == ["> # A", "> &lt;b>x&lt;/b>", "> ```", "> <kept>"]
    tokens = GFM.parse(f"{said}\n\nafter")
    assert [token.type for token in tokens][-4:] == [
        "blockquote_close",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]
    assert not any(token.type.startswith("html") for token in tokens)


@pytest.mark.parametrize(
    "text",
    [
        "\t<img src=x onerror=alert(1)>", "a\n\n\t<img src=x>", "- a\n\n\t<img src=x>", "1.\t<img src=x>",
        "[a]: <b c>\n    <img src=x>", "   \t<img src=x>", "<div>\n    <img src=x>", "~~~\n<a>\n~~~\n\t<img>",
        "> ```\n<img src=x>", "- ```\n<img src=x>", "```\r<a>\r```\r<img src=x>", "<!--\n\n\t<img src=x>",
    ],
)  # fmt: skip
def test_what_is_no_code_in_the_quotation_is_no_html(text: str) -> None:
    assert html_in(quoted(text)) == []


@given(st.text(st.sampled_from("\t\n\r <>`~-1.)#[]:ab/!\\"), max_size=60))
def test_no_note_brings_html_whatever_its_indents(text: str) -> None:
    assert html_in(quoted(text)) == []


def html_in(written: str) -> list[str]:
    tokens = [each for token in GFM.parse(written) for each in (token, *(token.children or []))]
    return [token.content for token in tokens if token.type.startswith("html")]


def test_code_in_a_note_keeps_its_signs() -> None:
    assert quoted("    <a>\n\n\t\t<b>\n\n```\n<c>\n```") == ">     <a>\n>\n> \t\t<b>\n>\n> ```\n> <c>\n> ```"


def test_lines_may_end_as_on_windows() -> None:
    long = "\r\n\r\n".join(["*a*", "b" * 5_000, "```\r\n<c>\r\n```", "d" * 5_000])
    assert note_html(long).startswith("<p><em>a</em></p>")
    assert "> <c>" in quoted(long).splitlines()


def test_a_note_of_one_endless_paragraph_stands_as_it_was_typed() -> None:
    endless = "[" * 1_000_000
    assert note_html(endless) == f"<pre>{endless}</pre>"
    assert quoted(endless) == f"> {endless}"
    assert note_html("*a* <b>") == "<p><em>a</em> &lt;b&gt;</p>\n"


def test_boxes_stand_apart_and_long_names_are_cut() -> None:
    nodes = [
        Node("in", "In", 0),
        *(Node(f"q{n}", "Integration engineering " * 3, 1 + n % 2) for n in range(8)),
    ]
    arrows = [
        Arrow("in", "q0"),
        Arrow("q0", "q1", text="3"),
        Arrow("q1", "q0"),
        Arrow("q0", "q2"),
        Arrow("q0", "q7"),
    ]
    drawn = draw(Graph(tuple(nodes), tuple(arrows)))
    for one, other in itertools.combinations(drawn.nodes, 2):
        assert one.x != other.x or abs(one.y - other.y) >= one.height
    assert all(box.y >= 0 and box.y + box.height <= drawn.height for box in drawn.nodes)
    assert wrapped("한국어로된아주긴대기열이름입니다", 10) == ["한국어로…"]
    assert wrapped("a b", 10) == ["a b"]
    assert draw(Graph((), ())).nodes == ()


def test_a_pdf_without_the_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package of that name that is none stands for the one that is not there."""
    hide(tmp_path, monkeypatch, "raise ImportError")
    with pytest.raises(PdfLibraryMissing, match="pip install"):
        pdf("<p>x</p>")
    hide(tmp_path, monkeypatch, "raise OSError('no pango')")
    with pytest.raises(printing.PdfLettersMissing, match="libpango"):
        pdf("<p>x</p>")


def hide(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (folder / "weasyprint.py").write_text(code)
    packages = f"{folder}{os.pathsep}{Path(printing.__file__).parents[3]}"
    monkeypatch.setattr(printing, "_PACKAGES", packages)


def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(PdfFailed):
        pdf("<p>x</p>", limit_s=0.01)


def press_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have a library that answers with the outcome of some code instead of a PDF."""
    classes = "class HTML:\n    def __init__(self, **named): pass\n    def write_pdf(self):\n"
    known = "import sys\nsys.modules['weasyprint.urls'] = sys.modules[__name__]\nURLFetcher = dict\n"
    lines = "".join(f"        {line}\n" for line in code.splitlines())
    hide(tmp_path, monkeypatch, f"{known}{classes}{lines}")


def test_the_press_may_hold_and_compute_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    press_that(tmp_path, monkeypatch, "return b'%PDF-' + bytes(500_000_000)[:1]")
    assert pdf("<p>x</p>") == b"%PDF-\0"
    press_that(tmp_path, monkeypatch, "return b'%PDF-' + bytes(2_000_000_000)[:1]")
    with pytest.raises(PdfFailed):
        pdf("<p>x</p>")
    limit = "import resource\nreturn b'%%PDF-%d' % resource.getrlimit(resource.RLIMIT_CPU)[0]"
    press_that(tmp_path, monkeypatch, limit)
    assert pdf("<p>x</p>") == f"%PDF-{printing.LIMIT_S}".encode()


def test_of_two_pdfs_at_once_the_second_is_told_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_in_the_press(tmp_path, monkeypatch), pytest.raises(PdfBusy, match="Try again in a moment"):
        pdf("<p>x</p>", limit_s=5)
    assert pdf("<p>x</p>") == b"%PDF-"


@contextmanager
def one_in_the_press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While somebody's PDF is being made."""
    begun, go_on = tmp_path / "begun", tmp_path / "go_on"
    wait = f"import os, time\nopen({str(begun)!r}, 'w').close()\n"
    wait += f"while not os.path.exists({str(go_on)!r}): time.sleep(0.01)\nreturn b'%PDF-'"
    press_that(tmp_path, monkeypatch, wait)
    maker = threading.Thread(target=pdf, args=("<p>x</p>",))
    maker.start()
    until = time.monotonic() + 20
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield
    finally:
        go_on.touch()
        maker.join()


FETCH = """
from opsdesk.web.review import press
print(press.FETCHER.fetch("data:text/plain,yes").read().decode())
for url in ("file:///etc/hostname", "http://127.0.0.1:1/", "https://opsdesk.example/", "ftp://x/"):
    try:
        press.FETCHER.fetch(url)
    except ValueError as refusal:
        print(type(refusal).__name__, "disallowed" in str(refusal))
"""


def test_the_press_fetches_nothing_from_files_or_the_net() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FETCH],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": printing._PACKAGES},
    )
    assert done.stdout.split("\n") == ["yes", *["ValueError True"] * 4, ""]
