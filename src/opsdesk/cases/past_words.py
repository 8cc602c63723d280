"""Erasing what imported cases say in another tool's words. They stay as cases, with all their times."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from opsdesk.cases import forgetting
from opsdesk.cases.indexed import of_case
from opsdesk.cases.models import Case, Stay
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.search import actions as search
from opsdesk.vault.erasing import overwrite_what_is_freed

REDACTED = "case.past_redacted"


@dataclass(frozen=True, slots=True)
class PastWords:
    """The words of an imported case that may name somebody."""

    subject: str
    excerpt: str
    requester_name: str
    resolution: str


@transaction.atomic
def redact_past(
    cases: Mapping[int, PastWords], stays: Mapping[int, str], *, reason: str, actor: Actor, now: datetime
) -> list[int]:
    """Have cases and stays say these words from now on; the cases whose words changed. `reason` is a code.

    Refuses who may not.
    """
    check_may(actor, Act.REDACT, desk=EVERY_DESK)
    overwrite_what_is_freed()
    said_otherwise = [id for id, words in cases.items() if _say(Case, id, asdict(words))]
    of_stays = [id for id, words in stays.items() if _say(Stay, id, {"words": words})]
    theirs = Stay.objects.filter(id__in=of_stays).values_list("case_id", flat=True)
    changed = sorted({*said_otherwise, *theirs})
    if changed:
        record_many([Draft(REDACTED, "case", id, actor, now, {"reason": reason}) for id in changed], now=now)
        search.put_many([of_case(case) for case in Case.objects.filter(id__in=said_otherwise)])
        forgetting.ask(now=now)
    return changed


def _say(model: type[Model], id: int, words: Mapping[str, str]) -> int:
    """Have one row say these words; 0 where it does already."""
    return model._default_manager.filter(id=id).exclude(**words).update(**words)
