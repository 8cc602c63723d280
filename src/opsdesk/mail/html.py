"""A stranger's HTML: as text for reading and splitting, and as a document that can do nothing."""

import re
from collections.abc import Mapping
from html import unescape
from types import MappingProxyType

import nh3
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

FRAME_SANDBOX = "allow-same-origin allow-popups"
FRAME_POLICY = (
    f"sandbox {FRAME_SANDBOX}; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
# For one mail, once somebody asked for its pictures: their servers learn that it was opened.
FRAME_POLICY_WITH_PICTURES = FRAME_POLICY.replace("img-src data:", "img-src data: https:")
MAX_CONVERTED = 2_000_000
NO_PICTURES: Mapping[str, str] = MappingProxyType({})

_READER = ParserConfig()
# Private-use characters: they mark a quotation through the conversion, which keeps no nesting.
_DOWN, _UP = "\ue0f0", "\ue0f1"
_OPENING = re.compile(r"<blockquote\b", re.IGNORECASE)
_CLOSING = re.compile(r"</blockquote\s*>", re.IGNORECASE)
_STYLES = {
    "background-color", "border", "border-collapse", "border-color", "border-style", "border-width",
    "color", "font-family", "font-size", "font-style", "font-weight", "height", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "vertical-align", "white-space", "width"
}  # fmt: skip
_ATTRIBUTES = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
for _tag in nh3.ALLOWED_TAGS:
    _ATTRIBUTES.setdefault(_tag, set()).update({"style", "dir", "lang", "title"})
_ATTRIBUTES["a"].discard("rel")
_ATTRIBUTES.setdefault("font", set()).update({"color", "size", "face"})
_WITHOUT_TEXT = re.compile(r"<(script|style|title)\b.*?(</\1\s*>|$)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LOOK = (
    "html{color-scheme:light}body{margin:0;padding:8px;background:#fff;color:#1b1f24;overflow-wrap:anywhere;"
    "font:14px/1.5 system-ui,sans-serif}img{max-width:100%;height:auto}"
)


def text_of_html(html: str) -> str:
    """The text of an HTML body; lines of a blockquote begin with `> `, as in plain mail."""
    html = _marked(html[:MAX_CONVERTED])
    try:
        text = get_text(html, _READER)
    except Exception:  # noqa: BLE001 - the converter gives up on some hostile HTML
        text = ""
    return _quoted(text if text.strip() else _bare(html))


def _marked(html: str) -> str:
    html = _OPENING.sub(f"<p>{_DOWN}</p>\\g<0>", html.replace(_DOWN, "").replace(_UP, ""))
    return _CLOSING.sub(f"\\g<0><p>{_UP}</p>", html)


def _bare(html: str) -> str:
    return unescape(_TAG.sub(" ", _WITHOUT_TEXT.sub(" ", html)))


def _quoted(text: str) -> str:
    """Blank lines run together; the lines between the marks of a blockquote get their `> `."""
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        depth += line.count(_DOWN) - line.count(_UP)
        depth = max(depth, 0)
        words = line.replace(_DOWN, "").replace(_UP, "").rstrip()
        if words or (lines and lines[-1]):
            lines.append(f"> {words.strip()}" if depth and words else words)
    return "\n".join(lines)


def sanitised(html: str, *, pictures: Mapping[str, str] = NO_PICTURES, remote: bool = False) -> str:
    """The HTML without anything that runs, fetches, or leaves its frame.

    `pictures` are `data:` addresses by lower-case Content-ID; `remote` keeps those of other servers too,
    fetched by https whatever their address says.
    """

    def _attribute(tag: str, name: str, value: str) -> str | None:
        return _kept(tag, name, value, pictures, remote)

    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"font"},
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=_STYLES,
    )


def _kept(tag: str, name: str, value: str, pictures: Mapping[str, str], remote: bool) -> str | None:
    """Addresses: pictures from inside the mail, others only when asked for; links never to data."""
    if name == "style" and "url(" in value.lower():
        return None
    if name not in ("src", "href", "cite", "background"):
        return value
    address = value.strip()
    scheme = address.partition(":")[0].lower()
    if tag != "img":
        return None if scheme in ("data", "cid") else value
    if scheme == "cid":
        return pictures.get(address[4:].lower())
    if remote and scheme in ("https", "http"):
        return f"https:{address.partition(':')[2]}"
    return value if address.lower().startswith("data:image/") else None


def document(html: str) -> str:
    """The whole page for the frame, of HTML that `sanitised` gave back. Serve it with FRAME_POLICY."""
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f"<title>Message</title><style>{_LOOK}</style></head><body>{html}</body></html>"
    )
