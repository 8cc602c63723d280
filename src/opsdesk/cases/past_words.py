"""Erasing what imported cases say in another tool's words. They stay as cases, with all their times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

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
    for id, words in cases.items():
        Case.objects.filter(id=id).update(
            subject=words.subject,
            excerpt=words.excerpt,
            requester_name=words.requester_name,
            resolution=words.resolution,
        )
    for id, told in stays.items():
        Stay.objects.filter(id=id).update(words=told)
    of_stays = Stay.objects.filter(id__in=list(stays)).values_list("case_id", flat=True)
    changed = sorted({*cases, *of_stays})
    record_many([Draft(REDACTED, "case", id, actor, now, {"reason": reason}) for id in changed], now=now)
    search.put_many([of_case(case) for case in Case.objects.filter(id__in=list(cases))])
    forgetting.ask(now=now)
    return changed
