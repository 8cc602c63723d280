"""Addresses and forms that nobody's browser would send: every page answers them, none breaks."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
from django import forms
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from opsdesk import web
from opsdesk.mail.models import Arrival, CaseMessage
from tests.architecture.source import PACKAGE
from tests.cast import Somebody
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
# Each kind goes round the fields.
NONSENSE = {
    "nul": ("a\x00b",),
    "too large": ("9" * 40, str(2**63)),
    "no day": ("9999-12-31T23:59:59+00:00~1", "0000-01", "2026-02-30", "2026-03-02T10:00:00~5"),
    "no number": ("٣", "²", "NaN", "-1", "Infinity"),
    "odd": ("%s%d%(x)s", "%_\\'\"", "x" * 30_000, "<script>alert(1)</script>{{ 7|add:7 }}", "", "\ufffd"),
}
LEAVES_THE_SCENE = {"account_logout"}


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Every address of ours as name and route."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + str(each.pattern))
        elif isinstance(each, URLPattern) and each.callback.__module__.startswith("opsdesk."):
            yield each.name or "", "/" + before + str(each.pattern)


@cache
def field_names() -> frozenset[str]:
    """What our pages read from an address or a form: fields of forms, and names asked for directly."""
    found = set()
    for module in pkgutil.walk_packages(web.__path__, "opsdesk.web."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, forms.BaseForm):
                found |= set(getattr(each, "base_fields", ()))
    for path in (PACKAGE / "web").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"\b(?:GET|POST)(?:\.get(?:list)?\(|\[)\"([\w-]+)\"", text))
    return frozenset(found)


def filled(route: str, words: dict[str, str]) -> str:
    """The route with something real in each place; a place we know nothing for gets a 1."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: words.get(found[1], "1"), route)


def variants(route: str, words: dict[str, str], nonsense: str) -> Iterator[str]:
    """The route with nonsense in one place after the other, where an address can hold it."""
    quoted = quote(nonsense[:2000], safe="") or "%20"
    for converter, part in re.findall(r"<(?:(\w+):)?(\w+)>", route):
        if converter != "int" or re.fullmatch("[0-9]+", nonsense):
            yield filled(route, words | {part: quoted})


@pytest.fixture
def words(busy: Scene) -> dict[str, str]:
    said = CaseMessage.objects.order_by("id")[:1].get()
    return {
        "desk": "support",
        "desk_key": "support",
        "queue": "ops",
        "role": "operator",
        "act": "take",
        "noun": "note",
        "day": "2026-12-24",
        "key": "north-star",
        "name": "support",
        "case_id": str(said.case_id),
        "message_id": str(said.message_id),
        "arrival_id": str(Arrival.objects.order_by("id")[:1].get().id),
        "person_id": str(busy.olga.id),
    }


def test_the_fields_of_the_pages_are_found() -> None:
    assert field_names() >= {"text", "email", "queues", "after", "outcome", "words"}
    assert len(list(addresses())) > 40


def nonsense_for_all(kind: str) -> dict[str, str]:
    return dict(zip(sorted(field_names()), cycle(NONSENSE[kind]), strict=False))


@pytest.mark.parametrize("kind", NONSENSE)
def test_every_page_answers_an_address_full_of_nonsense(
    busy: Scene, browse: Browse, words: dict[str, str], kind: str
) -> None:
    client, sent = browse(busy.ada), nonsense_for_all(kind)
    for _name, route in addresses():
        places = [place for each in NONSENSE[kind] for place in variants(route, words, each)]
        for address in (filled(route, words), *places):
            assert client.get(address, sent).status_code < 500, address


@pytest.mark.parametrize("kind", NONSENSE)
def test_every_form_answers_nonsense_in_all_its_fields(
    busy: Scene, browse: Browse, words: dict[str, str], kind: str
) -> None:
    client, sent = browse(busy.ada), nonsense_for_all(kind)
    for name, route in addresses():
        if name not in LEAVES_THE_SCENE:
            assert client.post(filled(route, words), sent).status_code < 500, route
    assert client.get("/me").status_code == 200
