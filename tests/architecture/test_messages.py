"""The catalogs: complete, the same places in every language, as the texts are today."""

import re

import pytest
from babel.messages.catalog import Message

from tests.architecture import glossary, messages
from tests.architecture.messages import LANGUAGES, catalog_of, of_template, template_of_catalogs

PLACES = re.compile(r"%\((\w+)\)(\.?\d*[a-z])|\{(\w*)\}|%[sd]")


def texts_of(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple) else [message.id]


def translations_of(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def places(text: str) -> set[str]:
    return {found.group(0) for found in PLACES.finditer(text)}


def test_the_catalogs_are_as_the_texts_are_today(capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails: bin/messages collects and compiles, then the new texts want their translations."""
    assert (messages.main(check=True), capsys.readouterr().out) == (0, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    known = catalog_of(language)
    missing = [
        message.id
        for message in template_of_catalogs()
        if message.id and not is_translated(known.get(message.id, message.context))
    ]
    assert missing == []


def is_translated(message: Message | None) -> bool:
    return message is not None and all(translations_of(message))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_places_as_its_text(language: str) -> None:
    """A place that is missing would leave a number out; one too many would break the page."""
    wrong = [
        (message.id, translation)
        for message in catalog_of(language)
        if message.id and is_translated(message)
        for translation in translations_of(message)
        if not _fits(message, translation)
    ]
    assert wrong == []


def _fits(message: Message, translation: str) -> bool:
    """A form of a counted text may leave the number out, as English does in `reopened once`."""
    wanted = set().union(*map(places, texts_of(message)))
    return places(translation) == wanted or (len(texts_of(message)) > 1 and places(translation) <= wanted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_guessed_and_nothing_loses_its_edges(language: str) -> None:
    catalog = catalog_of(language)
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert [
        message.id
        for message in catalog
        if message.id
        for text in translations_of(message)
        if text and edges(text) != edges(texts_of(message)[0])
    ] == []
    assert list(catalog.obsolete) == []


def edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def test_the_glossary_is_as_the_labels_and_the_catalogs_say() -> None:
    assert glossary.PAGE.read_text(encoding="utf-8") == glossary.page()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Rule" %}', [("Rule", None)]),
        ("{% translate 'Don’t' %}", [("Don’t", None)]),
        ('{% translate "Open" context "deal" %}', [("Open", "deal")]),
        ("{% blocktranslate with n=x %}Deal {{ n }}{% endblocktranslate %}", [("Deal %(n)s", None)]),
        (
            "{% blocktranslate count n=x %}{{ n }} file{% plural %}{{ n }} files{% endblocktranslate %}",
            [(("%(n)s file", "%(n)s files"), None)],
        ),
        ('{% firstof name _("nobody") %}', [("nobody", None)]),
        ("<p>Rule</p>", []),
    ],
)
def test_the_texts_of_a_template_are_found(source: str, found: list[object]) -> None:
    assert list(of_template(source, "page.html")) == found
