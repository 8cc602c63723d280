"""A review as GitHub-flavoured Markdown, its pictures in Mermaid's words. Pure.

Every text is escaped: a name may hold pipes, brackets, backticks, quotes, HTML or line breaks, and is shown
as just that.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from opsdesk.web.moments import Moments
from opsdesk.web.numbers.tables import Cell, Column, Table
from opsdesk.web.phrases import plain
from opsdesk.web.review import mermaid
from opsdesk.web.review.paper import Item, Items, NoteLine, Paper, PointLine, Section
from opsdesk.web.review.said import is_readable

MEANING = re.compile(r"([\\`*_\[\]|~$])")
BEGINS_A_BLOCK = re.compile(r"^(\d+)([.)])|^([#+=\-])")
ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp):|\bwww\.")
TAG = re.compile(r"<(?=[A-Za-z/!?])")
FENCES = ("fence", "code_block")
_READER = MarkdownIt("commonmark", {"html": False})


def escape(text: str) -> str:
    """A text in one line of which nothing is taken for Markdown or HTML, wherever it stands."""
    return BEGINS_A_BLOCK.sub(_unbegun, inline(text), count=1)


def inline(text: str) -> str:
    """The same for inside of a line."""
    read = plain(text) if isinstance(text, SafeString) else text
    line = " ".join(read.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = MEANING.sub(r"\\\1", line)
    return ADDRESS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", marked)


def sentences(texts: Iterable[str]) -> str:
    """Sentences in a row; their links are left out."""
    return BEGINS_A_BLOCK.sub(_unbegun, " ".join(inline(text) for text in texts if text), count=1)


def _unbegun(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"


def link(text: str, address: str) -> str:
    """A link with every sign of its address that could end it written as a number."""
    return f"[{escape(text)}](<{quote(address, safe='/:?&=%+,;@~.-_#')}>)"


def markdown(paper: Paper, moments: Moments) -> str:
    """The whole paper, ending with a line break."""
    blocks = [f"# {escape(paper.title)}", f"**{escape(paper.first)}**"]
    if paper.said:
        blocks.append(sentences(paper.said))
    blocks.append(_written(paper, moments))
    for section in paper.sections:
        blocks += _section(section)
    blocks += _points(paper)
    for note in paper.notes:
        blocks += _note(note, moments)
    return "\n\n".join(blocks) + "\n"


def _written(paper: Paper, moments: Moments) -> str:
    words = {"by": paper.written, "at": moments.full(paper.as_of), "edition": paper.edition}
    said = escape(_("Edition %(edition)d, written by %(by)s as of %(at)s.") % words)
    return f"{said} {link(_('This review in Opsdesk'), paper.address)}" if paper.address else said


def _section(section: Section) -> Iterator[str]:
    yield f"## {escape(section.title)}"
    if section.said:
        yield sentences(section.said)
    for flow in section.flows:
        yield f"### {escape(flow.title)}"
        yield fenced("mermaid", mermaid.flowchart(flow.graph))
    if section.bands:
        names = {node.key: node.label for node in section.bands.nodes}
        lines = [(names[band.source], names[band.target], band.value) for band in section.bands.bands]
        if text := mermaid.sankey(lines):
            yield f"### {escape(section.bands.title)}"
            yield fenced("mermaid", text)
    for item in section.items:
        yield from _item(item)
    for each in section.lists:
        yield from _list(each)
    for table in section.tables:
        yield from _table(table)
    if section.note:
        yield escape(section.note)


def fenced(kind: str, text: str) -> str:
    """A block of code; what is inside has no backticks."""
    return f"```{kind}\n{text}\n```"


def _item(item: Item) -> Iterator[str]:
    yield f"### {escape(item.title)}{_marks(item)}"
    if item.said:
        yield sentences(item.said)
    if item.todo:
        yield f"**{escape(_('To do:'))}** {escape(item.todo)}"
    for table in item.tables:
        yield from _table(table)


def _marks(item: Item) -> str:
    """Its state and its tag in words."""
    marks = [each for each in (item.state, item.tag) if each]
    return f" ({escape(', '.join(marks))})" if marks else ""


def _list(each: Items) -> Iterator[str]:
    yield f"### {escape(each.title)}"
    if each.items:
        yield "\n".join(f"- {_line(item)}" for item in each.items)
    elif each.empty:
        yield escape(each.empty)


def _line(item: Item) -> str:
    said = sentences(item.said)
    return f"{escape(item.title)}{_marks(item)}{': ' + said if said else ''}"


def _table(table: Table) -> Iterator[str]:
    """A table under its title; what it says where it is empty."""
    yield f"**{escape(table.title)}**"
    if not table.rows:
        yield escape(table.empty or _("Nothing to show."))
        return
    lines = [_row(escape(column.title) for column in table.columns)]
    lines.append(_row(_rule(column) for column in table.columns))
    lines += [_row(_cell(cell) for cell in row) for row in table.rows]
    yield "\n".join(lines)
    if table.note:
        yield escape(table.note)


def _rule(column: Column) -> str:
    return "---:" if column.is_number else ":---"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    parts = [cell.text, f"({cell.note})" if cell.note else "", cell.state]
    return inline(" ".join(part for part in parts if part))


def _points(paper: Paper) -> Iterator[str]:
    yield f"## {escape(_('Problems and actions'))}"
    if not paper.points and not paper.closed:
        yield escape(_("Nothing was written down."))
        return
    if paper.points:
        yield "\n".join(f"- [ ] {_point(each)}" for each in paper.points)
    if paper.closed:
        yield f"### {escape(_('Done or dropped'))}"
        yield "\n".join(f"- [x] {_point(each)}" for each in paper.closed)


def _point(point: PointLine) -> str:
    kind = ", ".join(part for part in (point.kind, point.tag) if part)
    more = [part for part in (point.owner, point.due, point.stood) if part]
    words = f"**{escape(kind)}:** {escape(point.words)}"
    return f"{words} ({escape('; '.join(more))})" if more else words


def _note(note: NoteLine, moments: Moments) -> Iterator[str]:
    yield f"## {escape(_('Note: %(title)s') % {'title': note.title})}"
    words = {"by": note.by, "at": moments.full(note.at)}
    yield escape(_("Attached by %(by)s, %(at)s.") % words)
    yield quoted(note.text)


def quoted(text: str) -> str:
    """Somebody's Markdown as a quotation: it ends nothing of ours, and brings no HTML."""
    lines = [f"> {line}".rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    harmless = [TAG.sub("&lt;", line) for line in lines]
    # Which lines are code is asked of what will be read: quotation marks and escapes move them.
    tokens = _READER.parse("\n".join(harmless)) if is_readable(text) else []
    code = {number for token in tokens if token.type in FENCES and token.map for number in range(*token.map)}
    return "\n".join(lines[n] if n in code else line for n, line in enumerate(harmless))
