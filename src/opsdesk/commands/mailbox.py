"""Mailboxes that are read by IMAP: set up, tried, permitted, switched, compared."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.table import Table

from opsdesk.cases.queries import desk as desk_definition
from opsdesk.commands.consent import in_browser, on_another_device
from opsdesk.commands.import_mail import BadInstant
from opsdesk.commands.mailbox_arguments import arguments
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mailboxes import actions, changing, checking, orders, queries
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.cards import MailboxRow
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.providers import PROVIDERS
from opsdesk.mailboxes.signin import authority_of
from opsdesk.web.mailboxes.labels import STATES
from opsdesk.worker.loop import name_of_worker
from opsdesk.worker.readers import take_over

__all__ = ["HELP", "arguments", "run"]

HELP = "mailboxes that are read by IMAP: add, change, remove, list, test, authorise, off, on, reconcile"
COMPARED_WITHIN_S = 120.0
LOOK_EVERY_S = 0.5


class NoSecretFile(Refusal):
    message = gettext_noop("%(path)s cannot be read.")


class NotCompared(Refusal):
    message = gettext_noop("It was not compared in time: see its state with 'opsdesk mailbox list'.")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    acts: dict[str, Callable[[argparse.Namespace, datetime], int]] = {
        "list": _list,
        "add": _add,
        "change": _change,
        "remove": _remove,
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
    draft = Draft(
        key=options.key,
        start_at=_start(options, now),
        history=not options.no_history,
        secret=_secret(options.secret_file, _("Password: ")) if by_password else "",
        **_typed(options),
    )
    row = actions.add(draft, actor=SYSTEM, now=now)
    print(_("%(key)s is set up.") % {"key": options.key})
    if not by_password:
        print(_("Now run: opsdesk mailbox authorise %(key)s") % {"key": options.key})
        return 0
    return _tell_opened(row.id, options.key)


def _typed(options: argparse.Namespace) -> dict[str, Any]:
    """What was given of the set-up."""
    given = {name: getattr(options, name) for name in ("desk", "folder", *changing.TYPED)}
    if options.client_secret_file:
        given["client_secret"] = _secret(options.client_secret_file)
    return {name: value for name, value in given.items() if value is not None}


def _tell_opened(mailbox_id: int, key: str) -> int:
    """Try it out; where it does not open, say with which command what was typed is mended."""
    failed = _tell_tried(mailbox_id)
    if failed:
        print(
            _(
                "It is kept and has not opened. Another password: opsdesk mailbox authorise %(key)s. Another"
                " server, account or folder: opsdesk mailbox change %(key)s. Not at all: opsdesk mailbox"
                " remove %(key)s."
            )
            % {"key": key}
        )
    return failed


def _change(options: argparse.Namespace, now: datetime) -> int:
    mailbox_id = queries.by_key(options.key, now).id
    before = changing.as_set_up(mailbox_id)
    wanted = replace(before, **_typed(options))
    if options.history is not None:
        wanted = replace(wanted, history=options.history)
    if options.all or options.from_date:
        options.desk = wanted.desk
        wanted = replace(wanted, start_at=_start(options, now))
    if not changing.change(mailbox_id=mailbox_id, wanted=wanted, actor=SYSTEM, now=now):
        print(_("Nothing was to be changed."))
        return 0
    print(_("%(key)s is changed.") % {"key": options.key})
    return _tell_tried(mailbox_id)


def _remove(options: argparse.Namespace, now: datetime) -> int:
    changing.remove(mailbox_id=queries.by_key(options.key, now).id, actor=SYSTEM, now=now)
    print(_("%(key)s is removed.") % {"key": options.key})
    return 0


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
