"""Reading scopes and their terms."""

from functools import lru_cache

from django.db import connection

from opsdesk.deals.documents import read_published
from opsdesk.deals.models import Scope
from opsdesk.deals.refusals import ScopeUnknown, TemplateMissing
from opsdesk.deals.terms import Terms
from opsdesk.journal.rows import select_rows
from opsdesk.kernel.memory import remembered
from opsdesk.vault import queries as vault

TEMPLATE = "template"
_VERSION = "SELECT source FROM vault_document WHERE kind = %s AND name = %s AND version = %s"


@remembered
def newest_terms(scope: str) -> Terms:
    """The newest published terms of a scope. Refuses `TemplateMissing`."""
    document = vault.current(TEMPLATE, scope)
    if document is None:
        raise TemplateMissing(scope=scope)
    return _read(document.source, scope, document.version)


@remembered
def terms(scope: str, version: int) -> Terms:
    """One published version of a scope's terms: it never changes. Refuses `TemplateMissing`."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, [TEMPLATE, scope, version])
        found = cursor.fetchone()
    if found is None:
        raise TemplateMissing(scope=scope)
    return _read(found[0], scope, version)


def has_terms(scope: str) -> bool:
    """Whether any version of a template is published for the scope."""
    return vault.current(TEMPLATE, scope) is not None


def scope(key: str) -> Scope:
    """The scope of that key, as `MN.USED_CAR_PRIVATE`. Refuses `ScopeUnknown`."""
    country, _, category = key.partition(".")
    for found in select_rows(Scope, "WHERE country = %s AND category = %s", [country, category]):
        return found
    raise ScopeUnknown(scope=key)


def scopes() -> tuple[Scope, ...]:
    """Every scope there is, by country and category."""
    return tuple(select_rows(Scope, "ORDER BY country, category", []))


# By the text too: a publication that is rolled back leaves its version to the next one.
@lru_cache(maxsize=512)
def _read(text: str, scope: str, version: int) -> Terms:
    return read_published(text, source=f"{scope}, version {version}", version=version)
