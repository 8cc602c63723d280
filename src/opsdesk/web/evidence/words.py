"""A checklist in the reader's language: the terms name each item in several."""

from dataclasses import replace

from django.utils.translation import get_language

from opsdesk.deals.terms import Terms
from opsdesk.disputes.checklist import Checklist


def in_language(checklist: Checklist, terms: Terms) -> Checklist:
    """The same checklist with its items named as the reader reads."""
    language = (get_language() or "en").partition("-")[0]
    names = {item.key: item.named(language) for item in terms.checklist}
    items = tuple(replace(item, name=names.get(item.key, item.name)) for item in checklist.items)
    return replace(checklist, items=items)
