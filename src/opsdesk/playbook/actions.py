"""Publishing playbooks."""

from datetime import datetime
from importlib import resources

from django.db import transaction

from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.playbook.documents import read_playbook
from opsdesk.playbook.queries import KIND
from opsdesk.vault import actions as vault
from opsdesk.vault import queries
from opsdesk.vault.models import Document

SHIPPED = "shipped with Opsdesk"


class AnotherCategory(Refusal):
    message = gettext_noop("The text is the playbook of %(found)s, not of %(wanted)s.")


@transaction.atomic
def publish_playbook(
    text: str, *, source: str, note: str = "", actor: Actor, now: datetime, category: str = ""
) -> Document:
    """Publish the next version of a category's playbook; the newest one's text again publishes nothing.

    Raises `DocumentInvalid` with `source`, line and remedy; refuses who may not publish, `AnotherCategory`.
    """
    check_may(actor, Act.PUBLISH, desk=EVERY_DESK)
    key = read_playbook(text, source=source).key
    if category and key != category:
        raise AnotherCategory(found=key, wanted=category)
    document = vault.publish(kind=KIND, name=key, source=text, note=note, actor=actor, now=now)
    forget()
    return document


@transaction.atomic
def publish_shipped(*, now: datetime) -> list[Document]:
    """Publish each shipped playbook whose category has none yet; those published."""
    files = resources.files("opsdesk.playbook").joinpath("shipped").iterdir()
    texts = {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".yaml")}
    return [
        publish_playbook(text, source=name, note=SHIPPED, actor=SYSTEM, now=now)
        for name, text in sorted(texts.items())
        if queries.current(KIND, read_playbook(text, source=name).key) is None
    ]
