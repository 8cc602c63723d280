"""Overview: how many are stuck, where, is a dispute urgent; and how deals go as a whole."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.deals.lifecycle import State
from opsdesk.web.charts.donut import Slice
from opsdesk.web.dashboards.ground import Ground, counted
from opsdesk.web.dashboards.pieces import Content, Picture, ring
from opsdesk.web.dashboards.urgency import urgency_picture, urgent, urgent_sentence
from opsdesk.web.deals import labels
from opsdesk.web.escaping import html_of
from opsdesk.web.numbers.tables import Column, Table, heading
from opsdesk.web.phrases import joined, phrase

METRICS = (
    "deals_created",
    "time_to_settle",
    "completion",
    "dispute_rate",
    "deals_stuck",
    "deals_never_funded",
    "disputes_active",
    "timer_visibility",
)
AT_REST = tuple(state.value for state in State if state not in (State.DELIVERED, State.APPROVED))
STUCK_BY = ("state", "scope")
KINDS = dict(zip(AT_REST, ("series-6", "series-1", "series-2", "series-5", "series-4"), strict=True))


def content(ground: Ground) -> Content:
    """The page's pieces."""
    return Content(
        sentences=(first_line(ground), where_sentence(ground), created_sentence(ground)),
        tiles=(
            ground.tile("deals_created"),
            ground.tile("completion", _limits(ground, "completion")),
            ground.tile("dispute_rate", _limits(ground, "dispute_rate")),
            ground.tile("time_to_settle", _limits(ground, "time_to_settle")),
            ground.tile("timer_visibility", _("every deadline that must act has its timer")),
        ),
        pictures=(_states(ground), urgency_picture(ground)),
        tables=(_by_state(ground), _stuck(ground), _by_scope(ground)),
        is_urgent=urgent(ground) > 0,
    )


def _limits(ground: Ground, key: str) -> str:
    return ground.limits_text(key)


def first_line(ground: Ground) -> str:
    """How many deals are stuck, where most of them, and whether a dispute is urgent."""
    return joined((stuck_sentence(ground, _stuck_places(ground)), urgent_sentence(ground)), " ")


def _stuck_places(ground: Ground) -> list[tuple[str, int, SafeString]]:
    """Where deals are stuck, in words, with how many, as a link to them too; the most first."""
    found = {key: counted(each) for key, each in ground.ask("deals_stuck", *STUCK_BY).items()}
    return [
        (
            f"{labels.word(labels.STATES, state)}, {labels.scope_name(scope)}",
            n,
            ground.opening(n, "deals_stuck", STUCK_BY, (state, scope)),
        )
        for (state, scope), n in sorted(found.items(), key=lambda each: (-each[1], each[0]))
    ]


def stuck_sentence(ground: Ground, places: list[tuple[str, int, SafeString]]) -> str:
    """How many are stuck; where, if that is one place, else where most of them are."""
    if not places:
        return _("No deal is stuck.")
    total = sum(n for _place, n, _link in places)
    words: dict[str, object] = {"n": ground.opening(total, "deals_stuck")}
    words |= {"place": places[0][0], "most": places[0][2]}
    if len(places) == 1:
        said = ngettext("%(n)d deal is stuck: %(place)s.", "%(n)d deals are stuck: %(place)s.", total)
    else:
        said = ngettext(
            "%(n)d deal is stuck, most in: %(place)s (%(most)d).",
            "%(n)d deals are stuck, most in: %(place)s (%(most)d).",
            total,
        )
    return phrase(said, words)


def where_sentence(ground: Ground) -> str:
    """The other places where deals are stuck; nothing where there is none."""
    rest = _stuck_places(ground)[1:]
    listed = joined((html_of("{} ({})", place, link) for place, _n, link in rest), "; ")
    return phrase(_("Also stuck: %(places)s."), {"places": listed}) if rest else ""


def created_sentence(ground: Ground) -> str:
    """How many deals came, how many of them are settled."""
    states = {key[0]: counted(each) for key, each in ground.ask("deals_created", "state").items()}
    total = sum(states.values())
    if not total:
        return _("No deal was created in this period.")
    settled = states.get(State.SETTLED, 0)
    words = {
        "n": ground.opening(total, "deals_created"),
        "settled": ground.opening(settled, "deals_created", ("state",), (State.SETTLED,)),
    }
    said = ngettext(
        "%(n)d deal was created in this period, %(settled)d of them settled.",
        "%(n)d deals were created in this period, %(settled)d of them settled.",
        total,
    )
    return phrase(said, words)


def _states(ground: Ground) -> Picture:
    answers = ground.ask("deals_created", "state")
    slices = [
        Slice(
            name=(name := labels.word(labels.STATES, state)),
            value=(n := counted(answers.get((state,)))),
            label=_("%(name)s: %(n)d") % {"name": name, "n": n},
            href=ground.href("deals_created", ("state",), (state,)),
            kind=KINDS[state],
        )
        for state in AT_REST
    ]
    return ring("states", _("Where the deals of this period stand"), slices, ground.href("deals_created"))


def _by_state(ground: Ground) -> Table:
    answers = {
        key: ground.ask(key, "state") for key in ("deals_created", "deals_stuck", "deals_never_funded")
    }
    rows = [
        (
            heading(labels.word(labels.STATES, state)),
            *(ground.cell(key, found, ("state",), (state,)) for key, found in answers.items()),
        )
        for state in AT_REST
    ]
    columns = (
        Column(_("State"), is_number=False),
        Column(_("Created in the period")),
        Column(_("Stuck at its end")),
        Column(_("Never funded")),
    )
    note = _(
        "Stuck: funded, and in the same state for more than 7 days. Never funded: created more than"
        " 7 days ago and not paid for."
    )
    return ground.table("by-state", _("By state"), columns, rows, note)


def _stuck(ground: Ground) -> Table:
    answers = ground.ask("deals_stuck", *STUCK_BY)
    rows = [
        (
            heading(labels.scope_name(scope)),
            heading(labels.word(labels.STATES, state)),
            ground.cell("deals_stuck", answers, STUCK_BY, (state, scope)),
        )
        for state, scope in sorted(answers, key=lambda key: (key[1], AT_REST.index(key[0])))
    ]
    columns = (Column(_("Scope"), is_number=False), Column(_("State"), is_number=False), Column(_("Stuck")))
    return ground.table("stuck", _("Where deals are stuck"), columns, rows, empty=_("No deal is stuck."))


def _by_scope(ground: Ground) -> Table:
    keys = ("deals_created", "completion", "dispute_rate", "time_to_settle", "disputes_active")
    answers = {key: ground.ask(key, "scope") for key in keys}
    scopes = sorted({of[0] for found in answers.values() for of in found})
    rows = [
        (
            heading(labels.scope_name(scope)),
            *(ground.cell(key, found, ("scope",), (scope,)) for key, found in answers.items()),
        )
        for scope in scopes
    ]
    columns = (
        Column(_("Scope"), is_number=False),
        Column(_("Created")),
        Column(_("Completion")),
        Column(_("Dispute rate")),
        Column(_("Mean time to settle")),
        Column(_("Active disputes")),
    )
    return ground.table("by-scope", _("By scope"), columns, rows)
