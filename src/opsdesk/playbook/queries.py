"""Reading playbooks."""

from functools import lru_cache

from opsdesk.kernel.memory import remembered
from opsdesk.playbook.definition import Playbook, PlaybookPage, in_language
from opsdesk.playbook.documents import read_playbook
from opsdesk.vault import queries as vault

KIND = "playbook"


@remembered
def playbook(category: str, version: int | None = None) -> Playbook | None:
    """The newest published playbook of a category, or the one of that version; None where there is none."""
    found = vault.current(KIND, category) if version is None else vault.version(KIND, category, version)
    return _of_document(found.id, found.source, found.version) if found else None


@lru_cache(maxsize=64)
def _of_document(document_id: int, text: str, version: int) -> Playbook:
    return read_playbook(text, source=f"playbook {document_id}", version=version)


def page(category: str, language: str, version: int | None = None) -> PlaybookPage | None:
    """The playbook of a category as it is read in a language; None where none is published."""
    found = playbook(category, version)
    return in_language(found, language) if found else None


def categories() -> tuple[str, ...]:
    """The categories that have a playbook, by their codes."""
    return tuple(vault.names(KIND))
