import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.architecture.source import PACKAGE, place

# Elements whose letters are not language: code, keys to press, what somebody else wrote.
NOT_LANGUAGE = {"script", "style", "code", "kbd", "samp", "pre"}
SHOWN_ATTRIBUTES = {
    "alt", "title", "placeholder", "label", "aria-label", "aria-description", "aria-roledescription",
    "hx-confirm", "hx-prompt", "data-confirm",
}  # fmt: skip
NAMES = {"Opsdesk", "SHA"}
COVERED = {"blocktranslate", "blocktrans", "comment"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FILLED = "\ufffc"


class VisibleText(HTMLParser):
    """Collects the letters a person would read that no translate tag covers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if self.outside or tag in NOT_LANGUAGE or given.get("translate") == "no":
            if tag not in VOID:
                self.outside.append(tag)
            return
        shown = SHOWN_ATTRIBUTES | (
            {"value"} if given.get("type") in ("submit", "button", "reset") else set()
        )
        for name, value in attributes:
            if name in shown:
                self.note(value or "")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if self.outside and self.outside[-1] == tag:
            self.outside.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.outside and tag == self.outside[-1]:
            self.outside.pop()

    def handle_data(self, data: str) -> None:
        if not self.outside:
            self.note(data)

    def note(self, text: str) -> None:
        words = [word for word in re.findall(r"[^\W\d_]+", text) if word not in NAMES]
        if words:
            self.found.append(" ".join(text.split()))


def bare_text(source: str) -> list[str]:
    kept: list[str] = []
    translated = False
    for token in Lexer(source).tokenize():
        word = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.BLOCK and word.removeprefix("end") in COVERED:
            translated = not word.startswith("end")
        elif token.token_type == TokenType.TEXT and not translated:
            kept.append(token.contents)
            continue
        kept.append(FILLED)
    reader = VisibleText()
    reader.feed("".join(kept))
    reader.close()
    return reader.found


def templates() -> list[Path]:
    return sorted(PACKAGE.glob("*/templates/**/*.*"))


def test_every_word_of_a_page_can_be_translated() -> None:
    found = [
        f"{place(path)}: {text[:80]}" for path in templates() for text in bare_text(path.read_text("utf-8"))
    ]
    assert found == []
    assert templates()


def test_no_page_carries_a_script_or_a_style_of_its_own() -> None:
    """The content security policy refuses them, silently for whoever wrote them."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    found = [
        f"{place(path)}:{number}"
        for path in templates()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if inline.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "<p>{{ name }} wrote</p>",
        '<input type="submit" value="Send">',
        '<a title="Back" href="/">{% translate "Back" %}</a>',
        '<img alt="A chart">',
        "{% if x %}open{% endif %}",
        "<code>x</code> and more",
    ],
)
def test_bare_text_is_seen(source: str) -> None:
    assert bare_text(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Hello" %}</p>',
        "<p>{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}</p>",
        '<option value="ko" {% if x %}selected{% endif %}>{{ label }}</option>',
        "<kbd>j</kbd> &middot; <code>x</code> 12 / 7 &nbsp; &times;",
        '<a class="{% if here %}here{% endif %}" href="{% url "home" %}">Opsdesk</a>',
        "{# a remark #}{% comment %}a longer one{% endcomment %}",
        '<span translate="no" lang="ko">한국어<br>한국어</span>',
    ],
)
def test_what_needs_no_translation_is_let_through(source: str) -> None:
    assert bare_text(source) == []
