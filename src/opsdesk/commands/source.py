"""Where mail comes from: list the sources, add and manage webhooks, stop taking mail."""

import argparse
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import sources

HELP = "list where mail comes from; add a webhook, change its token, close or reopen a source"


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every source, with how much came from it")
    add = acts.add_parser("add-webhook", help="take mail by HTTP; prints its address and its token, once")
    add.add_argument("key", help="its name in the ledger and in its address, as provider-inbound")
    add.add_argument("--desk", default="support", help="the desk that answers it (support)")
    for name, words in (
        ("rotate-token", "another token for a webhook; the old one is worth nothing from then on"),
        ("close", "take nothing more from a webhook, or by SMTP; what came stays"),
        ("reopen", "take mail again from a source that was closed"),
    ):
        acts.add_parser(name, help=words).add_argument("key")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    acts: dict[str, Callable[[argparse.Namespace, datetime], None]] = {
        "list": _list,
        "add-webhook": _add,
        "rotate-token": _rotate,
        "close": _close,
        "reopen": _reopen,
    }
    acts[options.act](options, now)
    return 0


def _list(options: argparse.Namespace, now: datetime) -> None:
    rows = sources.listed()
    console = Console(highlight=False, markup=False)
    if not rows:
        console.print(_("There is no source yet. Files make one, and so does the first mail by SMTP."))
        return
    table = Table(_("Source"), _("Kind"), _("Desk"), _("Arrivals"), _("Newest"), _("State"))
    for row in rows:
        newest = f"{row.newest_at:%Y-%m-%d %H:%M} UTC" if row.newest_at else "–"
        state = _("closed") if row.closed_at else _("open")
        table.add_row(row.key, row.kind, row.desk, str(row.arrivals), newest, state)
    console.print(table)


def _add(options: argparse.Namespace, now: datetime) -> None:
    token = sources.add_webhook(options.key, desk=options.desk, actor=SYSTEM, now=now)
    print(_("Send each mail as it is, with this token. It is shown this once:"))
    _tell(options.key, token)


def _rotate(options: argparse.Namespace, now: datetime) -> None:
    token = sources.rotate_token(options.key, actor=SYSTEM, now=now)
    print(_("The old token is worth nothing any more. The new one, shown this once:"))
    _tell(options.key, token)


def _tell(key: str, token: str) -> None:
    print(f"POST {settings.OPSDESK_ADDRESS}/hooks/mail/{key}")
    print(f"Authorization: Bearer {token}")


def _close(options: argparse.Namespace, now: datetime) -> None:
    sources.close(options.key, actor=SYSTEM, now=now)
    print(_("%(source)s is closed: it takes nothing more.") % {"source": options.key})


def _reopen(options: argparse.Namespace, now: datetime) -> None:
    sources.reopen(options.key, actor=SYSTEM, now=now)
    print(_("%(source)s is open.") % {"source": options.key})
