"""What can be said to `opsdesk mailbox`."""

import argparse
from pathlib import Path

from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.providers import OTHER, PROVIDERS

CONSENT_WITHIN_S = 600.0


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every mailbox and how it goes")
    _arguments_of_add(acts.add_parser("add", help="set a mailbox up; a worker reads it from then on"))
    _arguments_of_change(acts.add_parser("change", help="mend what was typed; what is not named stays"))
    permit = acts.add_parser("authorise", help="give a mailbox its password, or its first token")
    permit.add_argument("key")
    permit.add_argument("--secret-file", type=Path, help="a file with the password, instead of asking")
    permit.add_argument("--device", action="store_true", help="consent on another device, by a code")
    permit.add_argument("--port", type=int, default=0, help="the port that the browser comes back to")
    permit.add_argument("--no-browser", action="store_true", help="only print the address")
    permit.add_argument("--within", type=float, default=CONSENT_WITHIN_S, help="how many seconds to wait")
    for name, words in (
        ("remove", "take away one that never took a mail in; its name is free again"),
        ("test", "sign in, open the folder, say what is there; nothing is changed"),
        ("off", "read it no more"),
        ("on", "read it on from where it was"),
        ("reconcile", "compare the server with the ledger now, and fetch what is missing"),
    ):
        acts.add_parser(name, help=words).add_argument("key")


def _arguments_of_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("key", help="its name in the ledger, as support-inbox")
    add.add_argument("--username", required=True, help="usually the address")
    add.add_argument("--secret-file", type=Path, help="a file with the password, instead of asking")
    _arguments_of_both(add).add_argument(
        "--no-history", action="store_true", help="leave older mail where it is"
    )
    add.set_defaults(provider=OTHER, desk="support", folder="INBOX")


def _arguments_of_change(change: argparse.ArgumentParser) -> None:
    change.add_argument("key")
    change.add_argument("--username", help="usually the address")
    both = _arguments_of_both(change)
    both.add_argument("--history", action=argparse.BooleanOptionalAction, help="fetch older mail as history")


def _arguments_of_both(to: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """What can be said when it is set up, and mended later; what is not given is None."""
    to.add_argument("--provider", choices=list(PROVIDERS))
    to.add_argument("--desk", help="the desk that answers it (support)")
    to.add_argument("--host", help="the IMAP server")
    to.add_argument("--port", type=int)
    to.add_argument("--security", choices=Mailbox.Security.values)
    to.add_argument("--folder")
    to.add_argument("--auth", choices=Mailbox.Auth.values)
    to.add_argument("--client-id", help="as which the desk is registered (OAuth 2)")
    to.add_argument("--client-secret-file", type=Path, help="a file with the client's secret, if it has one")
    to.add_argument("--tenant", help="the organisation (Microsoft)")
    for name in ("authorise", "token", "device"):
        to.add_argument(f"--{name}-address", help="instead of the provider's")
    to.add_argument("--scope", help="instead of the provider's")
    start = to.add_mutually_exclusive_group()
    start.add_argument("--from-date", default="", help="mail from this day on is work, older is history")
    start.add_argument("--all", action="store_true", help="all mail that lies there is work")
    return to
