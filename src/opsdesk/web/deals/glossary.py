"""The words of the deals desk side by side in every language: each list of codes with its labels."""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from opsdesk.deals.ground import DESK
from opsdesk.disputes.models import Basis, Kind
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.web.deals import labels
from opsdesk.web.deals.labels import Words
from opsdesk.web.disputes.filters import BAND_LABELS
from opsdesk.web.http import Request, page


def sections() -> Iterator[tuple[Words, Mapping[str, Words]]]:
    """Each list of codes with its labels."""
    yield _("States of a deal"), labels.STATES
    yield _("Moves"), labels.MOVES
    yield _("How a deal ended"), labels.ENDINGS
    yield _("Timers"), labels.TIMERS
    yield _("Money actions"), labels.ACTIONS
    yield _("Parts of the money"), labels.CAUSES
    yield _("Parties"), labels.PARTIES
    yield _("Reasons of an issue"), labels.REASONS
    yield _("Outcomes of a dispute"), labels.OUTCOMES
    yield _("Bases of a ruling"), dict(Basis.choices)
    yield _("Bands of time left"), BAND_LABELS
    yield _("Types of evidence"), dict(Kind.choices)
    yield _("Stages of a scope"), labels.STAGES


def in_language(label: Words, language: str) -> str:
    with override(language):
        return str(label)


def glossary(request: Request) -> HttpResponse:
    """Every word with its code; each language has a column."""
    check_may(request.actor, Act.READ, desk=DESK)
    languages = [code for code, _name in settings.LANGUAGES]
    tables = [
        (title, [(code, [in_language(label, each) for each in languages]) for code, label in words.items()])
        for title, words in sections()
    ]
    return page(request, "deals/glossary.html", {"tables": tables, "languages": settings.LANGUAGES})
