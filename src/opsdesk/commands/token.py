"""Tokens of programs: make one, list them, revoke one."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import OF_A_TOKEN, Act
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people import tokens

HELP = "tokens by which programs use the API: add, list, revoke"
# As they are typed: `raise-an-issue`.
ABILITIES = {act.value.replace(" ", "-"): act for act in Act if act in OF_A_TOKEN}
MOST_DAYS = 3650


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every token, with what it may and when it was last used")
    add = acts.add_parser("add", help="make a token; its secret is printed this once")
    add.add_argument("name", help="which program uses it, as marketplace")
    add.add_argument(
        "--may", action="append", choices=list(ABILITIES), help="an ability; several may be given (all)"
    )
    add.add_argument("--scope", action="append", help="as MN.USED_CAR_PRIVATE; several may be given (all)")
    add.add_argument("--days", type=int, default=None, help="for how many days it is valid (until revoked)")
    acts.add_parser("revoke", help="let nobody in by it any more").add_argument("id", type=int)


def run(options: argparse.Namespace, *, now: datetime) -> int:
    acts: dict[str, Callable[[argparse.Namespace, datetime], None]] = {
        "list": _list,
        "add": _add,
        "revoke": _revoke,
    }
    acts[options.act](options, now)
    return 0


def _list(options: argparse.Namespace, now: datetime) -> None:
    console = Console(highlight=False, markup=False)
    rows = tokens.listed(now)
    if not rows:
        console.print(_("There is no token yet. 'opsdesk token add' makes one."))
        return
    table = Table("", _("Token"), _("State"), _("It may"), _("Scopes"), _("Last used"))
    for row in rows:
        state = _("valid") if row.is_valid else _("revoked") if row.revoked_at else _("ended")
        used = f"{row.last_used_at:%Y-%m-%d %H:%M} UTC" if row.last_used_at else "–"
        named = f"{row.name} (opd_…{row.tail})"
        table.add_row(
            str(row.id),
            named,
            state,
            ", ".join(each.replace(" ", "-") for each in row.abilities),
            ", ".join(row.scopes) or _("every scope"),
            used,
        )
    console.print(table)


def _add(options: argparse.Namespace, now: datetime) -> None:
    if options.days is not None and not 0 < options.days <= MOST_DAYS:
        raise Invalid("days", gettext_noop("A token is valid for 1 to 3650 days."))
    made = tokens.add(
        name=options.name,
        abilities=[ABILITIES[name].value for name in options.may or ABILITIES],
        scopes=options.scope or [],
        expires_at=now + timedelta(days=options.days) if options.days else None,
        actor=SYSTEM,
        now=now,
    )
    print(_("The secret of %(name)s, shown this once:") % {"name": options.name})
    print(made.secret)


def _revoke(options: argparse.Namespace, now: datetime) -> None:
    tokens.revoke(token_id=options.id, actor=SYSTEM, now=now)
    print(_("It is revoked: it opens nothing any more."))
