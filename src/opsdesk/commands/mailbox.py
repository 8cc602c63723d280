"""Mailboxes that are read by IMAP: set up, tried, permitted, switched, compared."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.table import Table

from opsdesk.cases.queries import desk as desk_definition
from opsdesk.commands.consent import in_browser, on_another_device
from opsdesk.commands.import_mail import BadInstant
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mailboxes import actions, checking, orders, queries
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.cards import MailboxRow
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.providers import OTHER, PROVIDERS
from opsdesk.mailboxes.signin import authority_of
from opsdesk.web.mailboxes.labels import STATES
from opsdesk.worker.loop import name_of_worker
from opsdesk.worker.readers import take_over

HELP = "mailboxes that are read by IMAP: add, list, test, authorise, off, on, reconcile"
CONSENT_WITHIN_S = 600.0
COMPARED_WITHIN_S = 120.0
LOOK_EVERY_S = 0.5


class NoSecretFile(Refusal):
    message = gettext_noop("%(path)s cannot be read.")


class NotCompared(Refusal):
    message = gettext_noop("It was not compared in time: see its state with 'opsdesk mailbox list'.")


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every mailbox and how it goes")
    _arguments_of_add(acts.add_parser("add", help="set a mailbox up; a worker reads it from then on"))
    permit = acts.add_parser("authorise", help="give a mailbox its password, or its first token")
    permit.add_argument("key")
    permit.add_argument("--secret-file", type=Path, help="a file with the password, instead of asking")
    permit.add_argument("--device", action="store_true", help="consent on another device, by a code")
    permit.add_argument("--port", type=int, default=0, help="the port that the browser comes back to")
    permit.add_argument("--no-browser", action="store_true", help="only print the address")
    permit.add_argument("--within", type=float, default=CONSENT_WITHIN_S, help="how many seconds to wait")
    for name, words in (
        ("test", "sign in, open the folder, say what is there; nothing is changed"),
        ("off", "read it no more"),
        ("on", "read it on from where it was"),
        ("reconcile", "compare the server with the ledger now, and fetch what is missing"),
    ):
        acts.add_parser(name, help=words).add_argument("key")


def _arguments_of_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("key", help="its name in the ledger, as support-inbox")
    add.add_argument("--provider", choices=list(PROVIDERS), default=OTHER)
    add.add_argument("--username", required=True, help="usually the address")
    add.add_argument("--desk", default="support", help="the desk that answers it (support)")
    add.add_argument("--host", default="", help="the IMAP server")
    add.add_argument("--port", type=int, default=None)
    add.add_argument("--security", choices=Mailbox.Security.values, default="")
    add.add_argument("--folder", default="INBOX")
    add.add_argument("--auth", choices=Mailbox.Auth.values, default="")
    add.add_argument("--secret-file", type=Path, help="a file with the password, instead of asking")
    add.add_argument("--client-id", default="", help="as which the desk is registered (OAuth 2)")
    add.add_argument("--client-secret-file", type=Path, help="a file with the client's secret, if it has one")
    add.add_argument("--tenant", default="", help="the organisation (Microsoft)")
    for name in ("authorise", "token", "device"):
        add.add_argument(f"--{name}-address", default="", help="instead of the provider's")
    add.add_argument("--scope", default="", help="instead of the provider's")
    start = add.add_mutually_exclusive_group()
    start.add_argument("--from-date", default="", help="mail from this day on is work, older is history")
    start.add_argument("--all", action="store_true", help="all mail that lies there is work")
    add.add_argument("--no-history", action="store_true", help="leave older mail where it is")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    acts: dict[str, Callable[[argparse.Namespace, datetime], int]] = {
        "list": _list,
        "add": _add,
        "test": _test,
        "authorise": _authorise,
        "off": _off,
        "on": _on,
        "reconcile": _reconcile,
    }
    return acts[options.act](options, now)


def _list(options: argparse.Namespace, now: datetime) -> int:
    console = Console(highlight=False, markup=False)
    rows = queries.mailboxes(now)
    if not rows:
        console.print(_("There is no mailbox yet. 'opsdesk mailbox add' sets one up."))
        return 0
    table = Table(
        _("Mailbox"), _("Server"), _("State"), _("Last look"), _("Behind"), _("Leaked"), _("Vanished")
    )
    for row in rows:
        seen = f"{row.last_look_at:%Y-%m-%d %H:%M} UTC" if row.last_look_at else "–"
        state = str(STATES[row.state])
        counts = (str(row.behind), str(row.leaked), str(row.vanished))
        table.add_row(row.key, f"{row.username} {row.server}", state, seen, *counts)
    console.print(table)
    found = queries.alarms(now)
    for alarm in found:
        console.print(f"{alarm.key}: {alarm.words} {alarm.remedy}")
    return 1 if any(alarm.is_bad for alarm in found) else 0


def _add(options: argparse.Namespace, now: datetime) -> int:
    provider = PROVIDERS[options.provider]
    by_password = (options.auth or provider.auth) == Mailbox.Auth.PASSWORD
    same = ("key", "desk", "username", "provider", "host", "port", "security", "auth", "folder", "client_id")
    more = ("tenant", "authorise_address", "token_address", "device_address", "scope")
    draft = Draft(
        **{name: getattr(options, name) for name in (*same, *more)},
        start_at=_start(options, now),
        history=not options.no_history,
        secret=_secret(options.secret_file, _("Password: ")) if by_password else "",
        client_secret=_secret(options.client_secret_file) if options.client_secret_file else "",
    )
    row = actions.add(draft, actor=SYSTEM, now=now)
    print(_("%(key)s is set up.") % {"key": options.key})
    if not by_password:
        print(_("Now run: opsdesk mailbox authorise %(key)s") % {"key": options.key})
        return 0
    return _tell_tried(row.id)


def _start(options: argparse.Namespace, now: datetime) -> datetime | None:
    """From when mail is work: now, the instant that was given (in the desk's zone), or None for all of it."""
    zone = desk_definition(options.desk).zone
    if options.all or not options.from_date:
        return None if options.all else now
    try:
        found = datetime.fromisoformat(options.from_date)
    except ValueError:
        raise BadInstant(text=options.from_date) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _secret(path: Path | None, question: str = "") -> str:
    """A secret from a file, or from whoever sits there; never from the command line, where others read it."""
    if path is None:
        return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        raise NoSecretFile(path=path) from None


def _test(options: argparse.Namespace, now: datetime) -> int:
    return _tell_tried(queries.by_key(options.key, now).id)


def _tell_tried(mailbox_id: int) -> int:
    tried = checking.try_out(mailbox_id)
    if tried.problem:
        print(f"{tried.problem} {tried.remedy}", tried.detail, sep="\n")
        return 1
    print(
        ngettext("It opens: %(n)s mail lies there.", "It opens: %(n)s mails lie there.", tried.mails)
        % {"n": tried.mails}
    )
    if not tried.can_idle:
        print(_("The server tells of no new mail by itself (IDLE): it is asked every 20 seconds."))
    return 0


def _authorise(options: argparse.Namespace, now: datetime) -> int:
    row = queries.by_key(options.key, now)
    if row.auth == Mailbox.Auth.PASSWORD:
        secret = _secret(options.secret_file, _("Password: "))
    else:
        authority = authority_of(Mailbox.objects.get(id=row.id))
        secret = (
            on_another_device(authority, within_s=options.within)
            if options.device
            else in_browser(
                authority,
                port=options.port,
                within_s=options.within,
                open_browser=not options.no_browser,
            )
        )
    actions.authorise(mailbox_id=row.id, secret=secret, actor=SYSTEM, now=datetime.now(UTC))
    return _tell_tried(row.id)


def _off(options: argparse.Namespace, now: datetime) -> int:
    actions.switch_off(mailbox_id=queries.by_key(options.key, now).id, actor=SYSTEM, now=now)
    print(_("%(key)s is read no more.") % {"key": options.key})
    return 0


def _on(options: argparse.Namespace, now: datetime) -> int:
    actions.switch_on(mailbox_id=queries.by_key(options.key, now).id, actor=SYSTEM, now=now)
    print(_("%(key)s is read on from where it was.") % {"key": options.key})
    return 0


def _reconcile(options: argparse.Namespace, now: datetime) -> int:
    """Here, as soon as no worker reads the mailbox; else its reader is asked and waited for."""
    row = queries.by_key(options.key, now)
    actions.ask_to_reconcile(mailbox_id=row.id, actor=SYSTEM, now=now)
    name = f"{name_of_worker()}/command"
    give_up = time.monotonic() + COMPARED_WITHIN_S
    while not _is_compared(row := queries.by_key(options.key, now), now):
        if time.monotonic() > give_up or row.problem:
            print(row.problem, row.remedy, row.detail, sep="\n")
            raise NotCompared
        if take_over(row.id, row.reader, name=name, now=datetime.now(UTC)):
            _compare_here(row, name, now)
        else:
            time.sleep(LOOK_EVERY_S)
    counts = {"leaked": row.leaked, "pending": row.pending, "vanished": row.vanished}
    print(_("Leaked %(leaked)s, pending %(pending)s, vanished %(vanished)s.") % counts)
    return 1 if row.leaked else 0


def _is_compared(row: MailboxRow, since: datetime) -> bool:
    return row.reconciled_at is not None and row.reconciled_at >= since


def _compare_here(row: MailboxRow, name: str, now: datetime) -> None:
    reader = orders.reader(row.id, name=name, now=now)
    reader.wait_until_s = 0.0
    try:
        while reader.reconciled_at is None and not reader.troubles:
            reader.step(datetime.now(UTC))
    finally:
        reader.leave()
