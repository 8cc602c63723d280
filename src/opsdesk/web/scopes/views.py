"""Scopes: which country and category takes deals, by which terms, and who decided so."""

from dataclasses import dataclass

from django.http.response import HttpResponseBase
from django.urls import reverse

from opsdesk.deals import overview, queries
from opsdesk.deals.ground import DESK
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.overview import ScopeRow, Tuned
from opsdesk.deals.terms import CAPPED, Terms
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.people import queries as people
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Document
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, page, wants_fragment
from opsdesk.web.scopes import sheet as sheets
from opsdesk.web.scopes.forms import unusual
from opsdesk.web.scopes.verbs import VERBS


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version and the parameters it changed."""

    document: Document
    changes: tuple[Tuned, ...]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one reason may end with: each outcome with its cap, and what the deadline gives."""

    reason: Reason
    outcomes: tuple[tuple[Outcome, object], ...]
    by_deadline: object
    second_look: bool


def scopes(request: Request) -> HttpResponseBase:
    """Every scope with its stage, what is left of its cap, its stop."""
    check_may(request.actor, Act.READ, desk=DESK)
    rows = overview.scopes()
    names = people.names([row.stop.by_id for row in rows if row.stop and row.stop.by_id])
    if (file := sheet_file(request, sheets.sheet(rows, names))) is not None:
        return file
    context = {
        "rows": rows,
        "names": names,
        "may_publish": may(request.actor, Act.PUBLISH, desk=EVERY_DESK),
        "path": request.get_full_path(),
    }
    return page(request, "scopes/list.html#list" if wants_fragment(request) else "scopes/list.html", context)


def scope(request: Request, key: str) -> HttpResponseBase:
    """One scope: its stage, its terms, its versions, what was decided and what came of it."""
    check_may(request.actor, Act.READ, desk=DESK)
    row = overview.scope(key)
    decisions, tunings = overview.decisions(key), overview.tunings(key)
    documents = vault.versions(queries.TEMPLATE, key)
    terms = queries.newest_terms(key) if documents else None
    named = {each.by_id for each in decisions} | {each.by_id for each in tunings}
    named |= {each.published_by_id for each in documents} | ({row.stop.by_id} if row.stop else set())
    names = people.names([number for number in named if number is not None])
    logs = (
        sheets.versions(key, documents, names),
        sheets.tunings(key, tunings, names),
        sheets.decisions(key, overview.decisions(key, most=None), names),
    )
    if (file := sheet_file(request, *logs)) is not None:
        return file
    context = {
        "scope": row,
        "verbs": offered(row) if may(request.actor, Act.SET_SCOPE, desk=DESK) else (),
        "may_publish": may(request.actor, Act.PUBLISH, desk=EVERY_DESK),
        "may_tune": may(request.actor, Act.SET_SCOPE, desk=DESK),
        "terms": terms,
        "warnings": unusual(terms) if terms else [],
        "allowances": allowances(terms) if terms else (),
        "decisions": decisions,
        "tunings": tunings,
        "versions": [_version(each, tunings) for each in documents],
        "names": names,
        "playbook": reverse("playbook", args=[row.category]),
    }
    return page(request, "scopes/scope.html", context)


def offered(row: ScopeRow) -> list[tuple[str, object, bool]]:
    """The decisions that fit the scope as it is: noun, words, whether it shuts something."""
    return [(noun, verb.button, verb.danger) for noun, verb in VERBS.items() if verb.offered(row)]


def allowances(terms: Terms) -> tuple[Allowance, ...]:
    """What each reason may end with under these terms."""
    return tuple(
        Allowance(
            reason=reason,
            outcomes=tuple(
                (each.outcome, each.cap if each.outcome in CAPPED else None)
                for each in terms.allowed.get(reason, ())
            ),
            by_deadline=terms.ttl_caps.get(reason),
            second_look=reason in terms.second_look,
        )
        for reason in Reason
    )


def _version(document: Document, tunings: tuple[Tuned, ...]) -> VersionRow:
    return VersionRow(document, tuple(each for each in tunings if each.version == document.version))
