"""Collects what is shown into the catalogs of src/opsdesk/locale and compiles them: bin/messages

A new text is added without a translation; one that is gone is left out; nothing is ever guessed. `--check`
says what a run would change, and changes nothing.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from opsdesk.deals.lifecycle import Outcome, Reason, State
from opsdesk.kernel.permissions import Act
from tests.architecture.source import PACKAGE, ROOT, place, python_files

LOCALE = PACKAGE / "locale"
LANGUAGES = {"ko": "Korean", "mn": "Mongolian"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
# A literal as `templatize` leaves it: a text, or a singular and its plural.
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TAG = re.compile(rf"(?<![A-Za-z])(ngettext|npgettext|gettext|pgettext|_)\(({LITERAL}(?:, {LITERAL}){{0,2}})")
# A date that moved with every run would make every catalog differ from itself.
BEGUN = datetime(2026, 11, 22, tzinfo=UTC)
# What is shown by its code in the words of a refusal: acts, states, reasons, outcomes.
ACTS, CODES = "src/opsdesk/kernel/permissions.py", "src/opsdesk/deals/lifecycle.py"
DESK = PACKAGE / "cases" / "desks" / "deals.yaml"
TEMPLATES = PACKAGE / "deals" / "shipped"
HEADER = """\
# {language} texts of Opsdesk.
# Unreviewed: no speaker has signed them yet (docs/handbook/languages.md).
#"""


@dataclass(frozen=True, slots=True)
class Found:
    """A text that is translated: with its plural where it counts, and its context where it has one."""

    text: str | tuple[str, ...]
    context: str | None
    place: str


def texts() -> Iterator[Found]:
    """Each text that is translated, with the file it stands in."""
    for path in python_files():
        source = io.BytesIO(path.read_bytes())
        for _, text, _, context in extract("python", source, keywords=KEYWORDS):
            yield Found(text, context, place(path))
    for path in sorted(PACKAGE.glob("*/templates/**/*.*")):
        for text, context in of_template(path.read_text(encoding="utf-8"), str(path)):
            yield Found(text, context, place(path))
    yield from (Found(act.value, None, ACTS) for act in Act)
    yield from (Found(code.value, None, CODES) for codes in (State, Reason, Outcome) for code in codes)
    yield from (Found(name, None, place(DESK)) for name in names_of_desk())
    yield from (Found(name, None, place(TEMPLATES)) for name in sorted(categories()))


def names_of_desk() -> Iterator[str]:
    """The names in the shipped definition of the deals desk, which its pages show."""
    desk = yaml.safe_load(DESK.read_text(encoding="utf-8"))
    yield desk["name"]
    yield from (queue["name"] for queue in desk["queues"].values())
    for family in desk["families"].values():
        yield from (family["name"], *family["types"].values())
    for codes in ("escalation_reasons", "causes", "void_reasons", "third_parties"):
        yield from desk[codes].values()


def categories() -> set[str]:
    """The categories of the shipped templates, as a page writes one that it has no word for."""
    keys = [yaml.safe_load(path.read_text(encoding="utf-8"))["scope"] for path in TEMPLATES.rglob("*.yaml")]
    return {key.partition(".")[2].replace("_", " ").capitalize() for key in keys}


def of_template(source: str, origin: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The texts of a template's tags and of the literals marked in its expressions, with their contexts."""
    for found in TAG.finditer(templatize(source, origin=origin)):
        literals = ast.literal_eval(f"({found[2]},)")
        context = literals[0] if "pgettext" in found[1] else None
        text = literals[1:] if context else literals
        yield (text[:2] if found[1] in ("ngettext", "npgettext") else text[0]), context


def template_of_catalogs() -> Catalog:
    """All texts, in the order of the files, without translations."""
    catalog = Catalog(fuzzy=False)
    for found in texts():
        if found.text:
            catalog.add(found.text, locations=[(found.place, 1)], context=found.context)
    return catalog


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalog_of(language: str) -> Catalog:
    """The catalog as it lies in the repository; an empty one where there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale=language, domain="django")


def updated(language: str, template: Catalog) -> bytes:
    """The catalog with the texts of today: translations are kept by their text, never by resemblance."""
    old = catalog_of(language)
    new = Catalog(
        locale=language,
        header_comment=HEADER.format(language=LANGUAGES[language]),
        project="Opsdesk",
        version="1",
        copyright_holder="Opsdesk",
        creation_date=BEGUN,
        revision_date=BEGUN,
        fuzzy=False,
    )
    for message in template:
        if message.id:
            add(new, message, old.get(message.id, message.context))
    return written(new)


def add(catalog: Catalog, message: Message, known: Message | None) -> None:
    counted = isinstance(message.id, tuple)
    kept = known is not None and known.string and isinstance(known.string, tuple) == counted
    catalog.add(
        message.id,
        string=known.string if known and kept else None,
        locations=sorted(set(message.locations)),
        context=message.context,
    )


def written(catalog: Catalog) -> bytes:
    """As a file whose lines change with its texts alone: no line numbers."""
    target = io.BytesIO()
    write_po(target, catalog, width=110, include_lineno=False, sort_output=False)
    return target.getvalue()


def compiled(source: bytes) -> bytes:
    target = io.BytesIO()
    write_mo(target, read_po(io.BytesIO(source), domain="django"))
    return target.getvalue()


def main(*, check: bool) -> int:
    """0: every catalog is as its texts are. With `check` nothing is written; 1: something would be."""
    template, stale = template_of_catalogs(), 0
    for language in LANGUAGES:
        path, source = path_of(language), updated(language, template)
        for target, content in ((path, source), (path.with_suffix(".mo"), compiled(source))):
            if target.exists() and target.read_bytes() == content:
                continue
            stale += 1
            sys.stdout.write(f"{'would write' if check else 'wrote'} {target.relative_to(ROOT)}\n")
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
