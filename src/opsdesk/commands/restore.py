"""`opsdesk restore`: a backup in the place of the database."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from rich.console import Console

from opsdesk.commands.archive.manifest import Manifest
from opsdesk.commands.archive.restoring import Restored, restore
from opsdesk.commands.backup import bar, in_words, tell_bytes

HELP = "put a backup in the place of the database; nothing may be running"
YES = "yes"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="the backup")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="put it in the place of a database that is there; that one is kept aside",
    )
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument(
        "--send-replies",
        action="store_true",
        help="send the replies that waited when the backup was made, also those that went out since",
    )


def run(options: argparse.Namespace, *, now: datetime) -> int:
    def confirm(manifest: Manifest) -> bool:
        return options.yes or _agreed(manifest)

    with bar(_("Restoring")) as progress:
        done = restore(
            options.path.absolute(),
            replacing=options.replace,
            confirm=confirm,
            now=now,
            send_replies=options.send_replies,
            progress=progress,
        )
    return _tell(done)


def _agreed(manifest: Manifest) -> bool:
    if not sys.stdin.isatty():
        return False
    print(_("The backup: %(what)s.") % {"what": in_words(manifest)}, file=sys.stderr)
    print(_("It takes the place of the database that is here; that one is kept aside."), file=sys.stderr)
    print(_("Go on? Write 'yes':"), file=sys.stderr, end=" ", flush=True)
    return sys.stdin.readline().strip().lower() == YES


def _tell(done: Restored) -> int:
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    say(
        _("Restored: %(what)s; the rows of every table are as many as they were.")
        % {"what": in_words(done.manifest)}
    )
    code = tell_bytes(done.bytes)
    if done.migrated:
        say(_("Brought up to date: %(migrations)s.") % {"migrations": ", ".join(done.migrated)})
    say(_("The change sequence is in generation %(number)d.") % {"number": done.generation})
    say(_("The triggers of %(number)d append-only tables are armed.") % {"number": done.triggers})
    if done.aside:
        say(_("The database that was here is kept: %(path)s") % {"path": done.aside})
    if not done.same_key:
        say(
            _("The backup belongs to another master key. Put that one to %(key)s, or enter passwords anew.")
            % {"key": Path(settings.OPSDESK_HOME) / "master.key"}
        )
    _tell_replies(done)
    if done.back:
        say(_("What had been erased since is back. Erase it again:"))
        for command in done.back.commands():
            say(f"  {command}")
    return code


def _tell_replies(done: Restored) -> None:
    say = Console(highlight=False, markup=False, soft_wrap=True).print
    if done.held:
        say(
            _(
                "%(number)d replies that waited to be sent are held: they may have gone out since."
                " Look at them on the page Letters, 'given up', and try again those that did not."
            )
            % {"number": done.held}
        )
    if done.queued:
        say(
            _("%(number)d replies wait to be sent, as of the backup; they may have gone out since.")
            % {"number": done.queued}
        )
