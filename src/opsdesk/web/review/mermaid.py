"""Diagrams in Mermaid's words: a flow chart and a Sankey. Pure.

No name may end a label, a line or the block, nor begin a directive: boxes are called by number, and of
the ASCII signs only those that mean nothing to Mermaid stand as they are.
"""

import re
from collections.abc import Iterable, Iterator

from opsdesk.web.review.graph import Arrow, Graph, Node

LAST_RESORT, BACK, UNUSED, OFF = "is-last-resort", "is-back", "is-unused", "is-off"
HARMLESS = re.compile(r"[^A-Za-z0-9 .,:+/'\-\u0080-\U0010ffff]")
CLASSES = (
    "    classDef lastResort fill:#fde9e7,stroke:#a8231c,color:#7a1610,stroke-width:2px",
    "    classDef outside fill:#eaedf1,stroke:#51606f,color:#17212b",
)


def label(text: str) -> str:
    """A text between quotes: one line, every sign that could mean something by its number."""
    plain = " ".join(text.split())
    return HARMLESS.sub(lambda found: f"#{ord(found[0])};", plain)


def flowchart(graph: Graph) -> str:
    """The boxes and arrows; what leads to a last resort is red."""
    ids = {node.key: f"n{number}" for number, node in enumerate(graph.nodes)}
    red = {node.key for node in graph.nodes if LAST_RESORT in node.kind.split()}
    lines = ["flowchart LR"]
    lines += [f"    {_box(ids[node.key], node)}" for node in graph.nodes]
    lines += [f"    {ids[arrow.source]} {_way(arrow)} {ids[arrow.target]}" for arrow in graph.arrows]
    lines += CLASSES
    lines += [f"    class {ids[key]} lastResort" for key in ids if key in red]
    lines += [f"    class {ids[node.key]} outside" for node in graph.nodes if node.column == 0]
    number = ",".join(str(n) for n, arrow in enumerate(graph.arrows) if arrow.target in red)
    if number:
        lines.append(f"    linkStyle {number} stroke:#a8231c,color:#a8231c")
    return "\n".join(lines)


def _box(name: str, node: Node) -> str:
    text = f"{label(node.label)}<br>{label(node.below)}" if node.below else label(node.label)
    return f'{name}(["{text}"])' if node.column == 0 else f'{name}["{text}"]'


def _way(arrow: Arrow) -> str:
    dotted = bool({BACK, UNUSED, OFF} & set(arrow.kind.split()))
    line = "-.->" if dotted else "-->"
    return f'{line}|"{label(arrow.text)}"|' if arrow.text else line


def sankey(bands: Iterable[tuple[str, str, int]]) -> str:
    """Lines of source, target and value; bands of nothing are left out. Empty where there is none."""
    lines = list(_bands(bands))
    return "\n".join(["sankey-beta", "", *lines]) if lines else ""


def _bands(bands: Iterable[tuple[str, str, int]]) -> Iterator[str]:
    for source, target, value in bands:
        if value > 0:
            yield f'"{_plain(source)}","{_plain(target)}",{value}'


def _plain(text: str) -> str:
    """A field of a line: it knows no numbers for signs, so those that could mean something are left out."""
    return " ".join(HARMLESS.sub(" ", text).split())
