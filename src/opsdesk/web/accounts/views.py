"""Customers: the list, one's card with its cases, entering and changing them."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.accounts import queries
from opsdesk.accounts.models import Account
from opsdesk.accounts.queries import AccountCard
from opsdesk.accounts.rules import NewAccount, check_may_change
from opsdesk.cases import owners
from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.ground import load as get_case
from opsdesk.cases.lists import QueueFilters, QueuePage, queue_page
from opsdesk.cases.models import Case
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.web.accounts.forms import AddAccountForm, ChangeAccountForm, ChooseAccountForm, called
from opsdesk.web.accounts.sheet import sheet
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, or_404, page, sent, with_query
from opsdesk.web.numbers.words import day_text
from opsdesk.web.phrases import opening, phrase
from opsdesk.web.queues.filters import ALL_STATES
from opsdesk.web.refusals import submitted

NEWEST = 20


def accounts(request: Request) -> HttpResponseBase:
    """Every customer by name, with a search; of a day those that were live on it."""
    search, after = request.GET.get("text", "").strip()[:200], request.GET.get("after", "")
    today, live = request.now.date(), _day(request.GET.get("live", ""))
    if (file := sheet_file(request, sheet(search, today=today, live=live))) is not None:
        return file
    start = int(after) if after.isdecimal() and len(after) < 18 else None
    found = queries.page(search=search, live=live, after=start)
    context = {
        "rows": found.rows,
        "search": search,
        "live": live,
        "today": today,
        "counted": _counted(live, today),
        "next": with_query(reverse("accounts"), text=search, live=live, after=found.next_after)
        if found.next_after
        else "",
        "manages": _manages(request),
    }
    return page(request, "accounts/accounts.html", context)


def _day(text: str) -> date | None:
    """The day that an address names; None where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _counted(live: date | None, today: date) -> SafeString:
    """How many are live on a day, opening them."""
    n = queries.live_count(live or today)
    some = opening(n, with_query(reverse("accounts"), live=live or today) if n else "")
    if live is None or live == today:
        text = ngettext("%(n)s customer is live today.", "%(n)s customers are live today.", n)
        return phrase(text, {"n": some})
    text = ngettext("%(n)s customer was live on %(day)s.", "%(n)s customers were live on %(day)s.", n)
    if live > today:
        text = ngettext(
            "%(n)s customer will be live on %(day)s.", "%(n)s customers will be live on %(day)s.", n
        )
    return phrase(text, {"n": some, "day": day_text(live)})


def account(request: Request, key: str) -> HttpResponse:
    """One customer, what it is known by, and its newest cases."""
    card = _card(key)
    lists = [(desk, _newest(request, desk, card)) for desk in _desks(request)]
    context = {
        "card": card,
        "account": card.account,
        "today": request.now.date(),
        "lists": lists,
        "manages": _manages(request),
        "under_way": owners.is_under_way(card.account.id),
    }
    return page(request, "accounts/account.html", context)


def _card(key: str) -> AccountCard:
    return queries.card(or_404(queries.by_key(key)).id)


def _newest(request: Request, desk: DeskDefinition, card: AccountCard) -> QueuePage:
    filters = QueueFilters(desk=desk.key, states=ALL_STATES, account_id=card.account.id)
    return queue_page(filters, person_id=request.person.id, size=NEWEST)


def add(request: Request) -> HttpResponse:
    """Enter a customer."""
    check_may_change(request.actor)
    form = AddAccountForm(sent(request))

    def act(data: dict[str, Any]) -> Account:
        return owners.enter(NewAccount(**data), actor=request.actor, now=request.now)

    if added := submitted(form, act):
        messages.success(request, _("The account is entered."))
        return go(request, reverse("account", args=[added.key]))
    dialog = Dialog(_("Enter an account"), reverse("add_account"), _("Enter it"), reverse("accounts"), form)
    return show(request, dialog)


def change(request: Request, key: str) -> HttpResponse:
    """Change a customer."""
    check_may_change(request.actor)
    card = _card(key)
    known = {
        "name": card.account.name,
        "domains": list(card.domains),
        "addresses": list(card.addresses),
        "live_on": card.account.live_on,
        "left_on": card.account.left_on,
    }
    form = ChangeAccountForm(sent(request), initial=known)

    def act(data: dict[str, Any]) -> Account:
        wanted = NewAccount(key, **data)
        return owners.change(account_id=card.account.id, wanted=wanted, actor=request.actor, now=request.now)

    back = reverse("account", args=[key])
    if submitted(form, act):
        messages.success(request, _("Kept."))
        return go(request, back)
    title = _("Change %(name)s") % {"name": card.account.name}
    return show(request, Dialog(title, reverse("change_account", args=[key]), _("Keep"), back, form))


def choose(request: Request, case_id: int) -> HttpResponse:
    """Say by hand whose request it is."""
    case = get_case(case_id)
    check_may(request.actor, Act.CLASSIFY, desk=case.desk, queue=case.queue, tier=case.tier)
    names = called(queries.everybody())
    now = queries.get(case.account_id).key if case.account_id else ""
    form = ChooseAccountForm(sent(request), initial={"account": names.get(now, "")})

    def act(data: dict[str, Any]) -> Case:
        chosen = data["account"].id if data["account"] else None
        return owners.choose(case_id=case_id, account_id=chosen, actor=request.actor, now=request.now)

    back = reverse("case", args=[case_id])
    if submitted(form, act):
        messages.success(request, _("Kept."))
        return go(request, back)
    title = _("Whose request is #%(case)s?") % {"case": case_id}
    action, fields = reverse("choose_account", args=[case_id]), "accounts/choose.html"
    dialog = Dialog(title, action, _("Keep"), back, form, fields=fields)
    return show(request, dialog, {"offered": names.items()})


def _desks(request: Request) -> list[DeskDefinition]:
    return [desk for desk in cases.desks() if may(request.actor, Act.READ, desk=desk.key)]


def _manages(request: Request) -> bool:
    return any(may(request.actor, Act.MANAGE_ACCOUNTS, desk=desk.key) for desk in cases.desks())
